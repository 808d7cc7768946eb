// The registry of optimizers, by the name that --optimizer takes.
import { createAdam } from '../adam-optimizer';
import type { Parameters } from '../parameters';
import { createMuon } from './muon';
import type { Optimizer, OptimizerSetting } from './optimizer';
import { createScheduleFreeAdam } from './schedule-free-adam';

type Create = (parameters: Parameters, prefix: string, setting: OptimizerSetting) => Optimizer;

export const optimizers = {
  adam: createAdam,
  muon: createMuon,
  'schedule-free-adam': createScheduleFreeAdam,
} as const satisfies Readonly<Record<string, Create>>;

export type OptimizerName = keyof typeof optimizers;

export const optimizerNames = [
  'adam',
  'muon',
  'schedule-free-adam',
] as const satisfies readonly OptimizerName[];
