// What there is to say of one run: its record, how far and how fast it came, its curves, its newest figures and grid.
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Options, OptionValues } from '../config/option';
import { DataError } from '../errors';
import { errorCode, fileError } from '../file-error';
import { families } from '../models';
import { imagesOfStep } from '../models/family';
import { findOwner } from '../run/lock-owner';
import { type RunFolder, type RunRecord, readRun, runFolder } from '../run/run-folder';
import {
  createClock,
  type Evaluation,
  isDamaged,
  isTrainingLine,
  readEvaluations,
  readMetrics,
  type TrainingLine,
} from '../run/run-log';

export interface RunSummary {
  readonly folder: RunFolder;
  readonly record: RunRecord;
  readonly family: string;
  /** `running` only when a process is training there; what run.json calls so but nobody trains was killed. */
  readonly status: RunRecord['status'] | 'killed';
  readonly step: number;
  /** Whole epochs. */
  readonly epoch: number;
  /** Of training. */
  readonly minutes: number | undefined;
  /** Over the whole run. */
  readonly imagesPerSecond: number | undefined;
  /** The newest, by name: the mean of the last epoch's logged steps, or of the last few lines when there was none. */
  readonly losses: Readonly<Record<string, number>>;
  readonly heldOut: Readonly<Record<string, number>>;
  /** One of each figure: against the run's own data if there is one, of the newest step, and of these the last. */
  readonly evaluations: readonly Evaluation[];
  /** Of steps and of epochs the newest and, in a very long log, evenly spread ones before. */
  readonly history: readonly LoggedAt[];
  /** Steps an epoch, once one has ended. */
  readonly stepsPerEpoch: number | undefined;
  /** The newest grid of samples. */
  readonly grid: string | undefined;
  /** Lines of its logs that had to be left out. */
  readonly damagedLines: number;
}

/** A line of the log, and when it was: minutes of training. */
export interface LoggedAt {
  readonly line: TrainingLine;
  readonly minutes: number;
}

/** @throws DataError when the folder holds no run, or one that cannot be read */
export async function readRunSummary(path: string): Promise<RunSummary> {
  const folder = runFolder(path);
  const record = await readRun(folder);
  if (!record) {
    throw new DataError(`There is no run in ${path}: expected a folder with a run.json.`, {
      hint: 'Name folders that `aigc train --out` wrote.',
    });
  }
  const log = await readHistory(folder.metrics, imagesOfRunStep(record));
  const evaluations = await readChosen(folder.evaluations, record.dataset.fingerprint);
  const { last, lastEpoch } = log;
  const isKilled = record.status === 'running' && findOwner(path) === undefined;
  return {
    folder,
    record,
    family: String(record.config.model),
    status: isKilled ? 'killed' : record.status,
    step: Math.max(record.step, last?.line.step ?? 0),
    epoch: lastEpoch?.epoch ?? 0,
    minutes: last?.minutes,
    imagesPerSecond: log.imagesPerSecond,
    losses: lastEpoch ? lastEpoch.losses : meanLosses(log.newest),
    heldOut: lastEpoch?.heldOut ?? {},
    evaluations: evaluations.chosen,
    history: log.history,
    stepsPerEpoch: log.stepsPerEpoch,
    grid: await newestGrid(folder.samples),
    damagedLines: log.damaged + evaluations.damaged,
  };
}

/** Of steps, and of epochs: many more than a chart draws, and few enough to keep. */
const mostKept = 2 ** 16;
/** How many of the last lines make up the newest losses while no epoch has ended. */
const newestLines = 5;

/** Reads metrics.jsonl once, line by line, whatever its size. */
async function readHistory(path: string, batchSize: number) {
  const clock = createClock(batchSize);
  const kept = { step: createSpread<LoggedAt>(mostKept), epoch: createSpread<LoggedAt>(mostKept) };
  const newest: TrainingLine[] = [];
  let [damaged, count] = [0, 0];
  let last: LoggedAt | undefined;
  let firstEpoch: Extract<TrainingLine, { event: 'epoch' }> | undefined;
  let lastEpoch = firstEpoch;
  for await (const logged of readMetrics(path)) {
    if (isDamaged(logged)) damaged++;
    const line = logged.value;
    if (line === undefined || !isTrainingLine(line)) continue;
    last = { line, minutes: clock(line) / 60 };
    kept[line.event].add(last, count++);
    newest.push(line);
    if (newest.length > newestLines) newest.shift();
    if (line.event === 'epoch') lastEpoch = line;
    firstEpoch ??= lastEpoch;
  }
  const history = [...kept.step.items(), ...kept.epoch.items()].sort((a, b) => a.order - b.order);
  return {
    history: history.map(({ item }) => item),
    stepsPerEpoch: firstEpoch && firstEpoch.step / firstEpoch.epoch,
    last,
    lastEpoch,
    newest,
    imagesPerSecond: last?.minutes ? (last.line.step * batchSize) / (60 * last.minutes) : undefined,
    damaged,
  };
}

export interface Spread<T> {
  add(item: T, order: number): void;
  items(): readonly { readonly item: T; readonly order: number }[];
}

/** Keeps at most `most` of the items it is given: all of them, every second, every fourth, and always the last. */
export function createSpread<T>(most: number): Spread<T> {
  let kept: { item: T; order: number }[] = [];
  let last: { item: T; order: number } | undefined;
  let [every, count] = [1, 0];
  return {
    add: (item, order) => {
      last = { item, order };
      if (count++ % every === 0) kept.push(last);
      if (kept.length < most) return;
      kept = kept.filter((_, i) => i % 2 === 0);
      every *= 2;
    },
    items: () => (last === undefined || kept.at(-1) === last ? kept : [...kept, last]),
  };
}

/** A batch for a family of a newer aigc, whose times may then be too short. */
export function imagesOfRunStep({ config }: RunRecord): number {
  const family = families.find(({ name }) => name === config.model);
  // A record holds the family's options as they were completed.
  if (family) return imagesOfStep(family, config as OptionValues<Options>);
  return typeof config.batchSize === 'number' ? config.batchSize : 1;
}

/** One line of each figure: of the run's own data if there is one, of the newest step, and of these the last. */
export async function readChosen(path: string, fingerprint: string) {
  const chosen = new Map<string, Evaluation>();
  let damaged = 0;
  const own = (line: Evaluation) => Number(isOf(line, fingerprint));
  for await (const logged of readEvaluations(path)) {
    if (isDamaged(logged)) damaged++;
    const line = logged.value;
    if (line === undefined) continue;
    const known = chosen.get(line.figure);
    const order = known && (own(line) - own(known) || (line.step ?? 0) - (known.step ?? 0));
    if (order === undefined || order >= 0) chosen.set(line.figure, line);
  }
  return { chosen: [...chosen.values()], damaged };
}

/** Lines of an early aigc do not say what they were measured against. */
export function isOf(line: Evaluation, fingerprint: string): boolean {
  return line.fingerprint === undefined || line.fingerprint === fingerprint;
}

function meanLosses(newest: readonly TrainingLine[]): Readonly<Record<string, number>> {
  const names = Object.keys(newest[0]?.losses ?? {});
  const mean = (name: string) =>
    newest.reduce((sum, { losses }) => sum + (losses[name] ?? 0), 0) / newest.length;
  return Object.fromEntries(names.map((name) => [name, mean(name)]));
}

async function newestGrid(samples: string): Promise<string | undefined> {
  const files = await readdir(samples).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return [];
    throw fileError(error, samples, 'read');
  });
  const epochs = files.flatMap((file) => {
    const epoch = /^epoch-(\d+)\.png$/.exec(file)?.[1];
    return epoch === undefined ? [] : [{ file, epoch: Number(epoch) }];
  });
  const newest = epochs.reduce<{ file: string; epoch: number } | undefined>(
    (best, next) => (best && best.epoch >= next.epoch ? best : next),
    undefined,
  );
  return newest && join(samples, newest.file);
}

/** The shortest names that tell folders apart: their last parts, and as many before them as it takes. */
export function namesOf(paths: readonly string[]): string[] {
  const parts = paths.map((path) => resolve(path).split(/[\\/]/).filter(Boolean));
  return parts.map((own, i) => {
    for (let count = 1; count < own.length; count++) {
      const name = own.slice(-count).join('/');
      if (parts.every((other, j) => i === j || other.slice(-count).join('/') !== name)) return name;
    }
    return own.join('/');
  });
}
