// `aigc tune`: searches for good options of a family, with trials that are runs of `aigc train`.
import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import { idleFlags, type RawValues, resolveOptions } from '../../config/resolve';
import { environmentValues } from '../../config/shared-options';
import { type TuneValues, tuneOptions } from '../../config/tune-options';
import type { DataSet } from '../../dataset/image-set';
import { checkRememberedSet, resolveDefaultDataSet } from '../../dataset/load';
import { oddityWarning } from '../../dataset/oddity';
import { InterruptedError, UsageError } from '../../errors';
import { makeFolder, sweepTemporaries } from '../../files';
import { familyOf } from '../../library/family-file';
import { findFamily } from '../../models';
import type { Family } from '../../models/family';
import { type Output, openOutput } from '../../output';
import { localLauncher } from '../../process/local-launcher';
import { BusyError, type Lock, lockFolder } from '../../run/lock';
import { onStopSignal } from '../../training/stop';
import { withDataAt } from '../../tune/moved-data';
import { openJournal, type Study } from '../../tune/optuna-journal';
import { checkFolder, makePlan, planFlags } from '../../tune/request';
import { bracketAt, configurationsOf, startSearch } from '../../tune/search';
import { checkFamilyIsOurs, withFamilyAt } from '../../tune/searched-family';
import { idleInSpace, neverDrawn, type Space, spaceWords } from '../../tune/space';
import { bestOf, lengthWords, optionWords, trialWords, valueWords } from '../../tune/standing';
import {
  readResults,
  readTune,
  type TrialResult,
  type TuneFolder,
  type TunePlan,
  type TuneRecord,
  trialName,
  tuneFolder,
  writeTune,
} from '../../tune/tune-folder';
import { unlikeNats } from '../../tune/tune-plan';
import { counted, fixed, shellWord } from '../../words';
import { addOutputFlags, type CommandModule } from '../command';
import { loadNamedData } from '../data-input';
import { openDownloadDisplay } from '../download-display';
import { addOptionFlags } from '../options';
import { addReadingFlags, foldReading } from '../reading';
import { openSearchDisplay } from './display';
import { finish } from './ending';

const setHelp =
  'an option and where to look for its value: learning-rate=1e-4..1e-2:log, beta=1,2,4; again for another; ' +
  "with --search, instead of the family's ranges";

export const tune: CommandModule = {
  configure(command: Command, context) {
    addOptionFlags(command, tuneOptions);
    addReadingFlags(command);
    command.option('--set <OPTION=RANGE>', setHelp, (word: string, earlier: string[] = []) => [
      ...earlier,
      word,
    ]);
    addOutputFlags(command);
    command.addHelpText(
      'after',
      '\nExample:\n  $ aigc tune --model vae --data digits --budget-minutes 10\n  $ aigc tune --model vae --data mnist --set learning-rate=1e-4..1e-2:log --trials 27 --parallel 4',
    );
    command.action(async (given: RawValues) => {
      const output = openOutput(context, given);
      const flags = foldReading(given, ['data']);
      const values = resolveOptions(tuneOptions, flags, environmentValues());
      checkSetOnce((flags.set as string[] | undefined) ?? []);
      if (values.epochs !== undefined && values.steps !== undefined) {
        throw new UsageError('--epochs and --steps both say how long to train.', {
          hint: 'Give one of them.',
        });
      }
      const folder = tuneFolder(values.out);
      const record = await readTune(folder);
      const family = await familyOfSearch(record, folder, flags, values);
      const named = flags.model === undefined ? flags : { ...flags, model: family.name };
      checkFolder(record, folder, family, named, values);
      const wanted = record
        ? await goingOn(withFamilyAt(record, folder, family, values.model), folder, values, output)
        : await newRecord(family, named, values, output);
      announce({ plan: wanted.plan, family, values }, output);
      if (values.dryRun) return;
      const lock = await lockFolder(folder.path, output);
      try {
        await sweepTemporaries(folder.path);
        if (!record) await writeNew(folder, wanted);
        else if (wanted !== record) await writeTune(folder, wanted);
        await makeFolder(folder.trial(1));
        const { plan, createdAt } = wanted;
        await runSearch({ folder, lock, createdAt, plan, family, values }, output);
      } finally {
        lock.release();
      }
    });
  },
};

/** @throws BusyError when another search has come to the folder while this one was starting */
async function writeNew(folder: TuneFolder, record: TuneRecord): Promise<void> {
  if (await readTune(folder)) {
    throw new BusyError(`Another aigc has begun a search in ${folder.path} while this one was starting.`, {
      hint: 'Go on with it with --resume, or choose another --out.',
    });
  }
  await writeTune(folder, record);
}

/** @throws UsageError when --set names an option twice: the ranges would not add up */
function checkSetOnce(words: readonly string[]): void {
  const names = words.map((word) => word.split('=')[0] as string);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return;
  throw new UsageError(`--set names ${twice} twice.`, {
    hint: `Give all of its values at once: --set ${twice}=VALUE,VALUE.`,
  });
}

/** The family that --model names, or else that of the search. A file that only the search names is not run. */
async function familyOfSearch(
  record: TuneRecord | undefined,
  folder: TuneFolder,
  { model }: RawValues,
  values: TuneValues,
): Promise<Family> {
  if (!record || model !== undefined) return familyOf(values.model);
  checkFamilyIsOurs(record, folder);
  return findFamily(record.plan.model);
}

async function newRecord(
  family: Family,
  flags: RawValues,
  values: TuneValues,
  output: Output,
): Promise<TuneRecord> {
  const data = await loadData(values.data, output);
  const plan = await makePlan(family, data, values, (flags.set as string[] | undefined) ?? []);
  for (const line of idleFlags(tuneOptions, flags, values)) output.warn(line);
  const odd = oddityWarning(data.name, data.train);
  if (odd !== undefined) output.warn(odd);
  warnOfSpace(family, plan, output);
  return { createdAt: new Date().toISOString(), flags: planFlags(flags), plan };
}

/** The search on record, with its data where --data says that it is now. */
async function goingOn(
  record: TuneRecord,
  folder: TuneFolder,
  { data }: TuneValues,
  output: Output,
): Promise<TuneRecord> {
  if (data !== undefined) return withDataAt(record, folder, await loadData(data, output));
  await checkRememberedSet(record.plan.data, '--data');
  return record;
}

async function loadData(asked: string | undefined, output: Output): Promise<DataSet> {
  if (asked !== undefined) return loadNamedData(asked, output);
  const display = openDownloadDisplay(output);
  const options = { onProgress: display.onProgress };
  const { dataSet } = await resolveDefaultDataSet(options).finally(display.stop);
  return dataSet;
}

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

function announce({ plan, family, values }: Searched, output: Output): void {
  const { budgetMinutes, parallel } = values;
  const { rungs } = bracketAt(plan, family, 1);
  const stages = rungs.map(({ trials, length }) => `${trials} × ${length}`).join(', ');
  const limit = budgetMinutes === undefined ? '' : ` For at most ${budgetMinutes} minutes.`;
  const lines = [
    `Searching ${spaceWords(plan.space).join(' ')} of ${plan.model} on ${plan.data} by ${plan.figure.label}, ${plan.figure.better} is better.`,
    `Trials × ${plan.unit}: ${stages}${plan.trials === undefined ? ', and again until time is up' : ''}; ${parallel} at a time.${limit}`,
  ];
  output.progress(lines, { event: 'plan', ...plan, rungs, budgetMinutes, parallel });
}

interface Searched {
  readonly plan: TunePlan;
  readonly family: Family;
  readonly values: TuneValues;
}

interface HeldSearch extends Searched {
  readonly folder: TuneFolder;
  readonly lock: Lock;
  /** ISO 8601. */
  readonly createdAt: string;
}

async function runSearch(held: HeldSearch, output: Output): Promise<void> {
  const { folder, lock, plan, family, values } = held;
  const earlier = await readResults(folder);
  if (earlier.length > 0)
    output.progress(`Going on after ${counted(earlier.length, 'result')}.`, {
      event: 'resume',
      results: earlier.length,
    });
  const journal = await openedJournal(held, earlier);
  const display = openSearchDisplay(output, plan, family, { ...values, earlier });
  const search = startSearch({
    folder,
    plan,
    family,
    results: earlier,
    budgetMinutes: values.budgetMinutes,
    launcher: localLauncher(values.parallel),
    backend: values.backend === 'auto' ? undefined : values.backend,
    onWork: display.onWork,
    onWait: (trial, { pid, host }) =>
      output.progress(
        `Trial ${trialName(trial)} is still at work in process ${pid} on ${host}, which an earlier call has left: waiting for it.`,
        { event: 'waiting', trial, pid, host },
      ),
    confirm: lock.check,
    onResult: (result, all) => {
      display.onResult(all);
      journal?.(result);
      output.progress(resultLine(result, all, plan), result);
    },
    onEstimate: (minutes) => estimate(minutes, values, output),
  });
  const signal = onStopSignal(() => {
    display.stop();
    output.progress(
      'Stopping: the trials at work write their checkpoints; Ctrl-C again does not wait for them.',
    );
    search.stop();
  });
  const outcome = await search.done.finally(() => {
    signal.release();
    display.stop();
  });
  lock.check();
  await finish(held, outcome, output);
  if (outcome.reason === 'signal' && signal.signal) {
    throw new InterruptedError(
      constants.signals[signal.signal],
      `${signal.signal} after ${counted(outcome.results.length, 'result')}; all are kept.`,
      { hint: `Go on with: aigc tune --resume --out ${shellWord(folder.path)}` },
    );
  }
}

/** What writes --optuna-journal, where there is to be one. */
async function openedJournal(held: HeldSearch, earlier: readonly TrialResult[]) {
  const { folder, plan, family, values, createdAt } = held;
  if (values.optunaJournal === undefined) return undefined;
  const study: Study = {
    ...{ path: folder.path, plan, options: family.options, createdAt },
    configurations: (count) => configurationsOf(plan, family, count),
    rungs: (number) => bracketAt(plan, family, number).rungs.map(({ trials }) => trials),
  };
  await makeFolder(dirname(values.optunaJournal));
  return openJournal(values.optunaJournal, study, earlier);
}

/** `Trial 0007 · 3 epochs · ELBO −110.22 nats · best −108.10, trial 0002 · 2.1 min · learning-rate 0.00123` */
function resultLine(result: TrialResult, all: readonly TrialResult[], plan: TunePlan): string {
  const words = trialWords(result.trial, plan);
  const best = bestOf(all, plan);
  return [
    words.charAt(0).toUpperCase() + words.slice(1),
    lengthWords(result.length, plan),
    valueWords(result, plan),
    ...(best && best.trial !== result.trial
      ? [`best: ${valueWords(best, plan)}, ${trialWords(best.trial, plan)}`]
      : []),
    `${fixed(result.spentMinutes, 1)} min`,
    optionWords(result, plan),
    ...(result.status === 'failed' && result.reason ? [result.reason] : []),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** What keeps the budget from sufficing is said while there is time to change one's mind. */
function estimate(minutes: number, { budgetMinutes }: TuneValues, output: Output): void {
  const words = minutes < 1 ? 'under a minute' : `about ${Math.round(minutes)} minutes`;
  if (budgetMinutes === undefined || minutes <= budgetMinutes) {
    output.progress(`At this speed a bracket of trials takes ${words}.`);
    return;
  }
  output.warn(
    `At this speed a bracket takes ${words}, and there are ${budgetMinutes}: fewer --epochs, --steps or --trials would be searched to the end.`,
  );
}
