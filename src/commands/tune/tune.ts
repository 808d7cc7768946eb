// `aigc tune`: searches for good options of a family, with trials that are runs of `aigc train`.
import { constants } from 'node:os';
import type { Command } from 'commander';
import { writeChart } from '../../chart/file';
import { drawPage } from '../../chart/page';
import { idleFlags, type RawValues, resolveOptions } from '../../config/resolve';
import { environmentValues } from '../../config/shared-options';
import { type TuneValues, tuneOptions } from '../../config/tune-options';
import { defaultDataFolder } from '../../dataset';
import type { DataSet } from '../../dataset/image-set';
import { checkRememberedSet, resolveDefaultDataSet } from '../../dataset/load';
import { DataError, InterruptedError, UsageError } from '../../errors';
import { makeFolder, sweepTemporaries, writeFileAtomic } from '../../files';
import { findFamily } from '../../models';
import type { Family } from '../../models/family';
import { type Output, openOutput } from '../../output';
import { BusyError, type Lock, lockFolder } from '../../run/lock';
import { onStopSignal } from '../../training/stop';
import { searchPage } from '../../tune/chart';
import { withDataAt } from '../../tune/moved-data';
import { resultTable, searchReport } from '../../tune/report';
import { checkFolder, makePlan, planFlags } from '../../tune/request';
import { bracketAt, configurationsOf, type SearchOutcome, startSearch } from '../../tune/search';
import { idleInSpace, neverDrawn, type Space, spaceWords } from '../../tune/space';
import { bestOf, lengthWords, optionWords, trainCommand, trialWords, valueWords } from '../../tune/standing';
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
      checkFolder(record, folder, flags, values);
      const wanted = record
        ? await goingOn(record, folder, values, output)
        : await newRecord(flags, values, output);
      announce(wanted.plan, values, output);
      if (values.dryRun) return;
      const lock = await lockFolder(folder.path, output);
      try {
        await sweepTemporaries(folder.path);
        if (!record) await writeNew(folder, wanted);
        else if (wanted !== record) await writeTune(folder, wanted);
        await makeFolder(folder.trial(1));
        await runSearch({ folder, lock, plan: wanted.plan, values }, output);
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

async function newRecord(flags: RawValues, values: TuneValues, output: Output): Promise<TuneRecord> {
  const family = findFamily(values.model);
  const data = await loadData(values.data, output);
  const plan = await makePlan(family, data, values, (flags.set as string[] | undefined) ?? []);
  for (const line of idleFlags(tuneOptions, flags, values)) output.warn(line);
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
  const options = { dataFolder: defaultDataFolder, onProgress: display.onProgress };
  const { dataSet } = await resolveDefaultDataSet(options).finally(display.stop);
  return dataSet;
}

/** So many draws show what a space holds. */
const looked = 200;

/** What of a search is in vain. */
function warnOfSpace(family: Family, plan: TunePlan, output: Output): void {
  const space = plan.space as Space;
  const drawn = configurationsOf(plan, looked);
  for (const line of [...idleInSpace(family, space), ...neverDrawn(space, drawn)]) output.warn(line);
  const notes = unlikeNats(family, plan, drawn);
  if (notes.length === 0) return;
  output.warn(
    `The nats of these trials do not compare: ${notes.join('; or ')}. Search by another figure, such as --metric fid, or --set only one of them.`,
  );
}

function announce(plan: TunePlan, { budgetMinutes, parallel }: TuneValues, output: Output): void {
  const { rungs } = bracketAt(plan, 1);
  const stages = rungs.map(({ trials, length }) => `${trials} × ${length}`).join(', ');
  const limit = budgetMinutes === undefined ? '' : ` For at most ${budgetMinutes} minutes.`;
  const lines = [
    `Searching ${spaceWords(plan.space).join(' ')} of ${plan.model} on ${plan.data} by ${plan.figure.label}, ${plan.figure.better} is better.`,
    `Trials × ${plan.unit}: ${stages}${plan.trials === undefined ? ', and again until time is up' : ''}; ${parallel} at a time.${limit}`,
  ];
  output.progress(lines, { event: 'plan', ...plan, rungs, budgetMinutes, parallel });
}

interface HeldSearch {
  readonly folder: TuneFolder;
  readonly lock: Lock;
  readonly plan: TunePlan;
  readonly values: TuneValues;
}

async function runSearch({ folder, lock, plan, values }: HeldSearch, output: Output): Promise<void> {
  const earlier = await readResults(folder);
  if (earlier.length > 0)
    output.progress(`Going on after ${counted(earlier.length, 'result')}.`, {
      event: 'resume',
      results: earlier.length,
    });
  const display = openSearchDisplay(output, plan, { ...values, earlier });
  const search = startSearch({
    folder,
    plan,
    results: earlier,
    budgetMinutes: values.budgetMinutes,
    parallel: values.parallel,
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
  await finish(folder, plan, outcome, output);
  if (outcome.reason === 'signal' && signal.signal) {
    throw new InterruptedError(
      constants.signals[signal.signal],
      `${signal.signal} after ${counted(outcome.results.length, 'result')}; all are kept.`,
      { hint: `Go on with: aigc tune --resume --out ${shellWord(folder.path)}` },
    );
  }
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

async function finish(
  folder: TuneFolder,
  plan: TunePlan,
  { results, reason }: SearchOutcome,
  output: Output,
): Promise<void> {
  const page = await searchPage(folder, plan, results);
  const charts = page ? [`${folder.chart}.svg`, `${folder.chart}.png`] : [];
  if (page) await writeChart(drawPage(page), charts);
  if (results.length > 0) await writeFileAtomic(folder.report, searchReport(results, plan, folder, charts));
  const best = bestOf(results, plan);
  const command = best && trainCommand(plan, best);
  const event = { event: 'end', reason, best, command, report: folder.report, charts };
  if (best && command) output.result(event, endWords(results, best, plan, folder));
  else if (reason === 'signal') return;
  else if (results.length > 0) {
    throw new DataError(
      `None of the trials came to a figure. The last: ${results.at(-1)?.reason ?? 'no reason known'}`,
      {
        hint: `See ${folder.report}, and search elsewhere with --set.`,
      },
    );
  } else {
    throw new DataError('Time was up before the first trial was done.', {
      hint: `Go on with more of it: aigc tune --resume --out ${shellWord(folder.path)} --budget-minutes N`,
    });
  }
}

function endWords(
  results: readonly TrialResult[],
  best: TrialResult,
  plan: TunePlan,
  folder: TuneFolder,
): string[] {
  return [
    ...resultTable(results, plan),
    '',
    `Best: ${valueWords(best, plan)}, ${trialWords(best.trial, plan)}. Train it anew:`,
    `  ${trainCommand(plan, best)}`,
    `Report: ${folder.report}, chart: ${folder.chart}.png`,
  ];
}
