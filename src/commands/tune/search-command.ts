// What `aigc tune` and `aigc sweep` do alike: a plan made or found again, its folder held, its trials run.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Options } from '../../config/option';
import { idleFlags, type RawValues } from '../../config/resolve';
import { environmentValues } from '../../config/shared-options';
import type { SearchValues } from '../../config/tune-options';
import type { DataSet } from '../../dataset/image-set';
import { checkRememberedSet, resolveDefaultDataSet } from '../../dataset/load';
import { oddityWarning } from '../../dataset/oddity';
import { UsageError } from '../../errors';
import { makeFolder, sweepTemporaries } from '../../files';
import { familyOf } from '../../library/family-file';
import { findFamily } from '../../models';
import type { Family } from '../../models/family';
import { type Output, openOutput } from '../../output';
import { BusyError, type Lock, lockFolder } from '../../run/lock';
import { findOwner } from '../../run/lock-owner';
import { bracketAt } from '../../tune/bracket';
import { isShared } from '../../tune/hands';
import { withDataAt } from '../../tune/moved-data';
import { checkFolder, planFlags } from '../../tune/request';
import { checkFamilyIsOurs, withFamilyAt } from '../../tune/searched-family';
import {
  readTune,
  type TuneFolder,
  type TunePlan,
  type TuneRecord,
  tuneFolder,
  writeTune,
} from '../../tune/tune-folder';
import { addOutputFlags, type CommandContext } from '../command';
import { loadNamedData } from '../data-input';
import { openDownloadDisplay } from '../download-display';
import { addOptionFlags } from '../options';
import { addReadingFlags, foldReading } from '../reading';
import { checkEngine, engineOf } from './engine';
import { checkPrint, printManifest } from './manifest';
import { runOnly } from './only';
import { runSearch } from './running';

/** One of the two commands. */
export interface SearchKind<V extends SearchValues> {
  readonly name: 'tune' | 'sweep';
  readonly options: Options;
  readonly setHelp: string;
  readonly examples: readonly string[];
  resolve(flags: RawValues, file: RawValues): V;
  /** @param words of --set */
  makePlan(family: Family, data: DataSet, values: V, words: readonly string[]): Promise<TunePlan>;
  /** What of a plan is in vain. */
  warn(family: Family, plan: TunePlan, output: Output): void;
  /** What is about to be done, in lines. */
  describe(plan: TunePlan, family: Family, values: V): readonly string[];
}

export function configureSearch<V extends SearchValues>(
  kind: SearchKind<V>,
  command: Command,
  context: CommandContext,
): void {
  addOptionFlags(command, kind.options);
  addReadingFlags(command);
  command.option('--set <OPTION=RANGE>', kind.setHelp, (word: string, earlier: string[] = []) => [
    ...earlier,
    word,
  ]);
  addOutputFlags(command);
  command.addHelpText('after', `\nExample:\n${kind.examples.map((line) => `  $ aigc ${line}`).join('\n')}`);
  command.action((given: RawValues) => search(kind, given, openOutput(context, given)));
}

/** `2 at a time`, `on slurm` */
export function atATime({ parallel, on = 'local' }: SearchValues): string {
  if (on === 'local') return `${parallel ?? 1} at a time`;
  return parallel === undefined ? `on ${on}` : `${parallel} at a time on ${on}`;
}

async function search<V extends SearchValues>(
  kind: SearchKind<V>,
  given: RawValues,
  output: Output,
): Promise<void> {
  const flags = foldReading(given, ['data']);
  const values = kind.resolve(flags, environmentValues());
  checkSetOnce(setWords(flags));
  checkEngine(values);
  checkPrint(values);
  if (values.epochs !== undefined && values.steps !== undefined) {
    throw new UsageError('--epochs and --steps both say how long to train.', {
      hint: 'Give one of them.',
    });
  }
  const folder = tuneFolder(values.out);
  const record = await readTune(folder);
  const family = await familyOfSearch(record, folder, flags, values);
  const named = flags.model === undefined ? flags : { ...flags, model: family.name };
  const resume = values.resume || values.only !== undefined;
  checkFolder(record, folder, family, named, { ...kind, ...values, resume });
  if (record && values.only !== undefined)
    return runOnly(withFamilyAt(record, folder, family, values.model).plan, folder, family, values);
  const wanted = record
    ? await goingOn(withFamilyAt(record, folder, family, values.model), folder, values, output)
    : await newRecord(kind, family, named, values, output);
  announce(kind, wanted.plan, family, values, output);
  if (values.dryRun) return;
  // What an engine has is known to one process alone.
  const isShareable = record !== undefined && engineOf(folder, values) === 'local';
  const lock = await lockOrJoin(folder, isShareable, output);
  try {
    await sweepTemporaries(folder.path, isShared(folder) ? sharedIdleMs : 0);
    if (!record) await writeNew(folder, wanted);
    else if (wanted !== record) await writeTune(folder, wanted);
    await makeFolder(folder.trial(1));
    const { plan, createdAt } = wanted;
    if (values.print) await printManifest({ folder, plan, createdAt, values }, output);
    else await runSearch({ folder, lock, createdAt, plan, family, values }, output);
  } finally {
    lock.release();
  }
}

/** The lock of a search's folder; or none, where another process is at a search that is gone on with: then the two share
 *  its trials.
 *  @throws BusyError where another has just begun it, or shares nothing */
async function lockOrJoin(folder: TuneFolder, resume: boolean, output: Output): Promise<Lock> {
  try {
    return await lockFolder(folder.path, output);
  } catch (error) {
    if (!(error instanceof BusyError) || !resume) throw error;
    for (const began = performance.now(); !isShared(folder); await sleep(100))
      if (performance.now() - began > betweenTrialsMs) throw error;
    const owner = findOwner(folder.path);
    const who = owner ? `process ${owner.pid} on ${owner.host}` : 'another process';
    output.progress(`Joining ${who} at this search: each takes trials that nobody has.`, {
      event: 'join',
      ...(owner && { pid: owner.pid, host: owner.host }),
    });
    return { check: () => undefined, release: () => undefined };
  }
}

/** A search that is shared is at no trial for no longer. */
const betweenTrialsMs = 2000;

/** Others at work in the folder have no file open for so long. */
const sharedIdleMs = 600_000;

function setWords({ set }: RawValues): string[] {
  return (set as string[] | undefined) ?? [];
}

function announce<V extends SearchValues>(
  kind: SearchKind<V>,
  plan: TunePlan,
  family: Family,
  values: V,
  output: Output,
): void {
  const { budgetMinutes, parallel } = values;
  const { rungs } = bracketAt(plan, family, 1);
  output.progress(kind.describe(plan, family, values), {
    event: 'plan',
    ...plan,
    rungs,
    budgetMinutes,
    parallel,
  });
}

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
  values: SearchValues,
): Promise<Family> {
  if (!record || model !== undefined) return familyOf(values.model);
  checkFamilyIsOurs(record, folder);
  return findFamily(record.plan.model);
}

async function newRecord<V extends SearchValues>(
  kind: SearchKind<V>,
  family: Family,
  flags: RawValues,
  values: V,
  output: Output,
): Promise<TuneRecord> {
  const data = await loadData(values.data, output);
  const plan = await kind.makePlan(family, data, values, setWords(flags));
  for (const line of idleFlags(kind.options, flags, values as unknown as RawValues)) output.warn(line);
  const odd = oddityWarning(data.name, data.train);
  if (odd !== undefined) output.warn(odd);
  kind.warn(family, plan, output);
  return { createdAt: new Date().toISOString(), flags: planFlags(flags, kind.options), plan };
}

/** The search on record, with its data where --data says that it is now. */
async function goingOn(
  record: TuneRecord,
  folder: TuneFolder,
  { data }: SearchValues,
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
