// `aigc tune`: searches for good options of a family, with trials that are runs of `aigc train`.
import { resolveOptions } from '../../config/resolve';
import { type TuneValues, tuneOptions } from '../../config/tune-options';
import type { Family } from '../../models/family';
import type { Output } from '../../output';
import { bracketAt, configurationsOf } from '../../tune/bracket';
import { makePlan } from '../../tune/request';
import { idleInSpace, neverDrawn, type Space, spaceWords } from '../../tune/space';
import type { TunePlan } from '../../tune/tune-folder';
import { unlikeNats } from '../../tune/tune-plan';
import type { CommandModule } from '../command';
import { atATime, configureSearch, type SearchKind } from './search-command';

const kind: SearchKind<TuneValues> = {
  name: 'tune',
  options: tuneOptions,
  setHelp:
    'an option and where to look for its value: learning-rate=1e-4..1e-2:log, beta=1,2,4; again for another; ' +
    "with --search, instead of the family's ranges",
  examples: [
    'tune --model vae --data digits --budget-minutes 10',
    'tune --model vae --data mnist --set learning-rate=1e-4..1e-2:log --trials 27 --parallel 4',
  ],
  resolve: (flags, file) => resolveOptions(tuneOptions, flags, file),
  makePlan,
  warn: warnOfSpace,
  describe: (plan, family, values) => {
    const { budgetMinutes } = values;
    const { rungs } = bracketAt(plan, family, 1);
    const stages = rungs.map(({ trials, length }) => `${trials} × ${length}`).join(', ');
    const limit = budgetMinutes === undefined ? '' : ` For at most ${budgetMinutes} minutes.`;
    return [
      `Searching ${spaceWords(plan.space).join(' ')} of ${plan.model} on ${plan.data} by ${plan.figure.label}, ${plan.figure.better} is better.`,
      `Trials × ${plan.unit}: ${stages}${plan.trials === undefined ? ', and again until time is up' : ''}; ${atATime(values)}.${limit}`,
    ];
  },
};

export const tune: CommandModule = {
  configure: (command, context) => configureSearch(kind, command, context),
};

/** So many draws show what a space holds. */
const looked = 200;

/** What of a search is in vain. */
function warnOfSpace(family: Family, plan: TunePlan, output: Output): void {
  const space = plan.space as Space;
  const drawn = configurationsOf(plan, family, looked);
  for (const line of [...idleInSpace(family, space), ...neverDrawn(space, drawn)]) output.warn(line);
  const notes = unlikeNats(family, plan, drawn);
  if (notes.length === 0) return;
  output.warn(
    `The nats of these trials do not compare: ${notes.join('; or ')}. Search by another figure, such as --metric fid, or --set only one of them.`,
  );
}
