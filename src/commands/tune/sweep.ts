// `aigc sweep`: trains a grid or a list of configurations, each with every seed.
import { flagWords } from '../../config/option';
import { resolveOptions } from '../../config/resolve';
import { type SweepValues, sweepOptions } from '../../config/tune-options';
import type { Family } from '../../models/family';
import type { Output } from '../../output';
import { makeSweepPlan } from '../../tune/sweep-plan';
import { type TunePlan, trialName } from '../../tune/tune-folder';
import { unlikeNats } from '../../tune/tune-plan';
import { counted, shellWord } from '../../words';
import type { CommandModule } from '../command';
import { atATime, configureSearch, type SearchKind } from './search-command';

const kind: SearchKind<SweepValues> = {
  name: 'sweep',
  options: sweepOptions,
  setHelp:
    'an option and its values: learning-rate=1e-3,1e-4; again for another, and all of them are crossed',
  examples: [
    'sweep --model vae --data digits --set learning-rate=1e-3,1e-4 --set beta=1,4 --seeds 1..3',
    'sweep --model gan --data mnist --list runs.json --epochs 20 --dry-run',
  ],
  resolve: (flags, file) => resolveOptions(sweepOptions, flags, file),
  makePlan: makeSweepPlan,
  warn: warnOfNats,
  describe: (plan, _family, values) => [
    ...headLines(plan, values),
    ...(values.dryRun ? trialLines(plan) : []),
  ],
};

export const sweep: CommandModule = {
  configure: (command, context) => configureSearch(kind, command, context),
};

function warnOfNats(family: Family, plan: TunePlan, output: Output): void {
  const notes = unlikeNats(family, plan, plan.configurations ?? []);
  if (notes.length > 0)
    output.warn(
      `The nats of these trials do not compare: ${notes.join('; or ')}. Go by another figure, such as --metric fid.`,
    );
}

function headLines(plan: TunePlan, values: SweepValues): string[] {
  const { budgetMinutes } = values;
  const { configurations = [], seeds = [] } = plan;
  const limit = budgetMinutes === undefined ? '' : ` For at most ${budgetMinutes} minutes.`;
  return [
    `${counted(configurations.length, 'configuration')} of ${plan.model} on ${plan.data} × ${counted(seeds.length, 'seed')} by ${plan.figure.label}, ${plan.figure.better} is better.`,
    `${counted(configurations.length * seeds.length, 'trial')} of ${counted(plan.length, plan.unit.slice(0, -1))}; ${atATime(values)}.${limit}`,
  ];
}

/** A line for each trial: its number, its seed and its options as words of `aigc train`. */
function trialLines({ configurations = [], seeds = [] }: TunePlan): string[] {
  return seeds.flatMap((seed, i) =>
    configurations.map((one, j) => {
      const words = ['--seed', String(seed), ...flagWords(one)].map(shellWord);
      return `${trialName(i * configurations.length + j + 1)}  ${words.join(' ')}`;
    }),
  );
}
