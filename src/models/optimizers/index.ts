// The registry of optimizers, by the name that --optimizer takes.
import { createAdam } from '../adam-optimizer';
import type { Parameters } from '../parameters';
import { createMuon } from './muon';
import type { Optimizer, OptimizerSetting } from './optimizer';
import { createScheduleFreeAdam } from './schedule-free-adam';

/** An optimizer to choose, and what else follows from the choice. */
interface OptimizerChoice {
  create(parameters: Parameters, prefix: string, setting: OptimizerSetting): Optimizer;
  /** Its own β₁, in place of a family's or an objective's. */
  readonly beta1?: number;
  /** Its learning rates, where none is asked for: so many times those of a family or an objective, which were found for Adam. */
  readonly rateFactor?: number;
  /** Whether it keeps the average of the weights itself, which draws, in place of a schedule. */
  readonly keepsAverage?: boolean;
}

export const optimizerNames = ['adam', 'muon', 'schedule-free-adam'] as const;
export type OptimizerName = (typeof optimizerNames)[number];

export const optimizers: Readonly<Record<OptimizerName, OptimizerChoice>> = {
  adam: { create: createAdam },
  muon: { create: createMuon, rateFactor: 10 }, // docs/optimizers.md
  'schedule-free-adam': { create: createScheduleFreeAdam, beta1: 0.9, keepsAverage: true },
};
