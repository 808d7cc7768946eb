// Where a search stands: the best trial, the order of all, and the command that trains the best anew.
import { flagName, flagWords } from '../config/option';
import { counted, fixed, shellWord } from '../words';
import { ranked } from './halving';
import { variedNames } from './space';
import { type TrialResult, type TunePlan, trialName } from './tune-folder';

/** The last result of each trial: those that came furthest first, then the best. Figures of unlike lengths do not compare. */
export function standings(results: readonly TrialResult[], plan: TunePlan): TrialResult[] {
  const last = new Map<number, TrialResult>();
  for (const result of results) {
    const known = last.get(result.trial);
    if (!known || result.length > known.length) last.set(result.trial, result);
  }
  const all = ranked([...last.values()], plan.figure.better);
  const reached = ({ value, length }: TrialResult) => (value === undefined ? 0 : length);
  return all.sort((a, b) => reached(b) - reached(a));
}

/** @returns undefined when no trial has a figure */
export function bestOf(results: readonly TrialResult[], plan: TunePlan): TrialResult | undefined {
  return standings(results, plan).find(({ value }) => value !== undefined);
}

/** What trains a configuration from the beginning, for as long as the search trains its best. */
export function trainCommand(plan: TunePlan, { options, seed = plan.seed }: TrialResult): string {
  const model = plan.familyFile?.path ?? plan.model;
  const words = [
    ...['aigc', 'train', '--model', model, '--data', plan.data, `--${plan.unit}`, String(plan.length)],
    ...['--seed', String(seed), ...flagWords(options), '--out', './best'],
  ];
  return words.map(shellWord).join(' ');
}

/** `ELBO −105.71 nats` */
export function valueWords({ value, status }: Pick<TrialResult, 'value' | 'status'>, plan: TunePlan): string {
  const { label, unit } = plan.figure;
  if (value === undefined) return status;
  return `${label} ${figureNumber(value)}${unit ? ` ${unit}` : ''}`;
}

/** Four digits at least. */
export function figureNumber(value: number): string {
  return fixed(value, Math.abs(value) >= 10 ? 2 : 4);
}

/** `learning-rate 0.00123 · latent-dim 20`: without the options that are fixed. */
export function optionWords({ options, seed }: TrialResult, plan: TunePlan): string {
  const words = variedNames(plan.space).map((name) => `${flagName(name).slice(2)} ${options[name] ?? '–'}`);
  return [...words, ...(hasSeeds(plan) ? [`seed ${seed}`] : [])].join(' · ');
}

/** Whether its trials differ in their seeds. */
export function hasSeeds({ seeds = [] }: TunePlan): boolean {
  return seeds.length > 1;
}

/** How a search is begun and gone on with. */
export function commandOf({ configurations }: Pick<TunePlan, 'configurations'>): 'tune' | 'sweep' {
  return configurations ? 'sweep' : 'tune';
}

/** `1 epoch`, `20 steps` */
export function lengthWords(length: number, { unit }: TunePlan): string {
  return counted(length, unit.slice(0, -1));
}

/** `trial 0007` and, of the first when it is not drawn, that it has the family's defaults. */
export function trialWords(trial: number, plan: TunePlan): string {
  return `trial ${trialName(trial)}${trial === 1 && plan.first ? ' (the defaults)' : ''}`;
}
