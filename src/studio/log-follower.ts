// Follows a run's metrics.jsonl: reads what is new, once, and keeps bounded columns of all of it.
import { figureSpec } from '../compare/figures';
import { createSpread, type Spread } from '../compare/run-summary';
import { spread } from '../export/epoch-grids';
import type { Figures } from '../run/events';
import {
  createClock,
  type EpochLine,
  isDamaged,
  isTrainingLine,
  type LogLine,
  readMetrics,
} from '../run/run-log';
import type { Line, MetricLine, Series, Warning } from './api';
import { createStepTable, mostColumns, type StepTable } from './columns';
import { lookAt } from './look';

interface LoggedEpoch {
  readonly line: EpochLine;
  readonly minutes: number;
}

export interface NewLines {
  readonly lines: readonly MetricLine[];
  /** The number of the last. */
  readonly line: number;
  /** They are too many to be told one by one, or what was read before no longer counts. */
  readonly rewritten: boolean;
}

export interface LogFollower {
  /** Reads what is new; calls that overlap get the same. @throws DataError when the log cannot be read */
  update(): Promise<NewLines>;
  series(points: number): Omit<Series, 'id'>;
  /** What the watchdog said. */
  warnings(): readonly Warning[];
}

/** Of epochs: many more than a chart draws. */
const mostEpochs = 2 ** 13;
const mostWarnings = 1000;
/** More at once are not told one by one. */
const mostNewLines = 500;

interface Read {
  readonly steps: StepTable;
  readonly epochs: Spread<LoggedEpoch>;
  readonly clock: (line: LogLine) => number;
  readonly warnings: Warning[];
  firstEpoch: EpochLine | undefined;
  /** Bytes up to the end of the last line that counts. */
  end: number;
  /** Lines. */
  count: number;
  damaged: number;
}

/** @param imagesOfStep images that a step reads: for the clock */
export function createLogFollower(path: string, imagesOfStep: number): LogFollower {
  const begin = (): Read => ({
    steps: createStepTable(),
    epochs: createSpread<LoggedEpoch>(mostEpochs),
    clock: createClock(imagesOfStep),
    warnings: [],
    firstEpoch: undefined,
    end: 0,
    count: 0,
    damaged: 0,
  });
  let read = begin();
  let file: { readonly id: number; readonly size: number } | undefined;
  let reading: Promise<NewLines> | undefined;

  const readNew = async (): Promise<NewLines> => {
    const found = regular(path);
    const isOther = file !== undefined && (found?.id !== file.id || found.size < read.end);
    if (isOther) read = begin();
    const isSame = found !== undefined && found.size === file?.size && !isOther;
    file = found;
    const lines: MetricLine[] = [];
    let many = isOther;
    if (found && !isSame) {
      for await (const logged of readMetrics(path, read.end)) {
        if (!logged.whole) break;
        read.end = logged.end;
        read.count++;
        if (isDamaged(logged)) read.damaged++;
        const line = logged.value && take(read, logged.value);
        if (!line) continue;
        if (lines.length < mostNewLines) lines.push(line);
        else many = true;
      }
    }
    return { lines: many ? [] : lines, line: read.count, rewritten: many };
  };

  return {
    update: () => {
      reading ??= readNew().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    series: (points) => seriesOf(read, points),
    warnings: () => read.warnings,
  };
}

/** Undefined where there is no regular file: a link is not followed. */
function regular(path: string) {
  const found = lookAt(path);
  return found?.isFile() ? { id: found.ino, size: found.size } : undefined;
}

/** @returns what is told of the line, if it holds figures */
function take(read: Read, line: LogLine): MetricLine | undefined {
  const minutes = read.clock(line) / 60;
  if (!isTrainingLine(line)) {
    const { event: kind, step } = line;
    const message =
      line.event === 'rollback' ? `${line.reason} It goes on from step ${line.toStep}.` : line.message;
    if (read.warnings.length < mostWarnings) read.warnings.push({ kind, step, message });
    return undefined;
  }
  const { step, losses, imagesPerSecond } = line;
  if (line.event === 'step') {
    read.steps.add(step, minutes, imagesPerSecond, losses);
    return { event: 'step', step, minutes, losses, imagesPerSecond };
  }
  read.epochs.add({ line, minutes }, read.count);
  read.firstEpoch ??= line;
  const { epoch, seconds, heldOut } = line;
  const collapse = collapseFigures(line);
  return {
    event: 'epoch',
    ...{ step, epoch, minutes, seconds, losses, imagesPerSecond },
    ...(heldOut && { heldOut }),
    ...(collapse && { collapse }),
  };
}

function collapseFigures({ collapse }: EpochLine): Figures | undefined {
  if (!collapse) return undefined;
  const { missingClasses: _missing, expectedClasses: _expected, labelEntropy, ...figures } = collapse;
  return labelEntropy === undefined ? figures : { ...figures, labelEntropy };
}

function seriesOf(read: Read, points: number): Omit<Series, 'id'> {
  const { losses, ...steps } = read.steps.columns(points);
  const epochs = spread(
    read.epochs.items().map(({ item }) => item),
    points,
  );
  const lines = (figures: (line: EpochLine) => Figures | undefined) => linesOf(epochs, figures);
  const { firstEpoch } = read;
  return {
    steps: { ...steps, losses: losses.map((column) => ({ ...figureSpec(column.name), ...column })) },
    epochs: {
      epoch: epochs.map(({ line }) => line.epoch),
      step: epochs.map(({ line }) => line.step),
      minutes: epochs.map(({ minutes }) => minutes),
      seconds: epochs.map(({ line }) => line.seconds),
      imagesPerSecond: epochs.map(({ line }) => line.imagesPerSecond),
      losses: lines(({ losses: means }) => means),
      heldOut: lines(({ heldOut }) => heldOut),
      collapse: lines(collapseFigures),
    },
    ...(firstEpoch && { stepsPerEpoch: Math.round(firstEpoch.step / firstEpoch.epoch) }),
    damagedLines: read.damaged,
    line: read.count,
  };
}

function linesOf(
  epochs: readonly LoggedEpoch[],
  figures: (line: EpochLine) => Figures | undefined,
): readonly Line[] {
  const names = new Set<string>();
  for (const { line } of epochs)
    for (const name of Object.keys(figures(line) ?? {})) if (names.size < mostColumns) names.add(name);
  return [...names].map((name) => ({
    ...figureSpec(name),
    values: epochs.map(({ line }) => {
      const own = figures(line);
      return own && Object.hasOwn(own, name) ? (own[name] ?? null) : null;
    }),
  }));
}
