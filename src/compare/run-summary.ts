// What there is to say of one run: its record, how far and how fast it came, its curves, its newest figures and grid.
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Options, OptionValues } from '../config/option';
import { DataError } from '../errors';
import { errorCode, fileError } from '../files';
import { families } from '../models';
import { imagesOfStep } from '../models/family';
import { findOwner } from '../run/lock-owner';
import { type RunFolder, type RunRecord, readRun, runFolder } from '../run/run-folder';
import { type Evaluation, type LogLine, readEvaluations, readMetrics, secondsAt } from '../run/run-log';

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
  readonly history: readonly Logged[];
  /** The newest grid of samples. */
  readonly grid: string | undefined;
  /** Lines of its logs that had to be left out. */
  readonly damagedLines: number;
}

/** A line of the log, and when it was: minutes of training. */
export interface Logged {
  readonly line: LogLine;
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
  const metrics = await readMetrics(folder.metrics);
  const evaluations = await readEvaluations(folder.evaluations);
  const batchSize = imagesOfRunStep(record);
  const seconds = secondsAt(metrics.lines, batchSize);
  const last = metrics.lines.at(-1);
  const trained = seconds.at(-1);
  const isKilled = record.status === 'running' && findOwner(path) === undefined;
  return {
    folder,
    record,
    family: String(record.config.model),
    status: isKilled ? 'killed' : record.status,
    step: Math.max(record.step, last?.step ?? 0),
    epoch: lastEpoch(metrics.lines)?.epoch ?? 0,
    minutes: trained === undefined ? undefined : trained / 60,
    imagesPerSecond: last && trained ? (last.step * batchSize) / trained : undefined,
    losses: newestLosses(metrics.lines),
    heldOut: lastEpoch(metrics.lines)?.heldOut ?? {},
    evaluations: chosenEvaluations(evaluations.lines, record.dataset.fingerprint),
    history: metrics.lines.map((line, i) => ({ line, minutes: (seconds[i] as number) / 60 })),
    grid: await newestGrid(folder.samples),
    damagedLines: metrics.damaged + evaluations.damaged,
  };
}

/** A batch for a family of a newer aigc, whose times may then be too short. */
function imagesOfRunStep({ config }: RunRecord): number {
  const family = families.find(({ name }) => name === config.model);
  // A record holds the family's options as they were completed.
  if (family) return imagesOfStep(family, config as OptionValues<Options>);
  return typeof config.batchSize === 'number' ? config.batchSize : 1;
}

function chosenEvaluations(lines: readonly Evaluation[], fingerprint: string): Evaluation[] {
  const own = (line: Evaluation) => Number(isOf(line, fingerprint));
  // The sort keeps the order of equals; of each figure the last line stays.
  const ranked = [...lines].sort((a, b) => own(a) - own(b) || (a.step ?? 0) - (b.step ?? 0));
  return [...new Map(ranked.map((line) => [line.figure, line])).values()];
}

/** Lines of an early aigc do not say what they were measured against. */
export function isOf(line: Evaluation, fingerprint: string): boolean {
  return line.fingerprint === undefined || line.fingerprint === fingerprint;
}

function lastEpoch(lines: readonly LogLine[]) {
  return lines.findLast((line) => line.event === 'epoch');
}

/** How many of the last lines make up the newest losses while no epoch has ended. */
const newestLines = 5;

function newestLosses(lines: readonly LogLine[]): Readonly<Record<string, number>> {
  const epoch = lastEpoch(lines);
  if (epoch) return epoch.losses;
  const newest = lines.slice(-newestLines);
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
