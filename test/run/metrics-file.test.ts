import {
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../src/errors';
import type { EpochEvent, StepEvent, TrainingEvent } from '../../src/run/events';
import { createMetricsFile, rewindMetricsFile } from '../../src/run/metrics-file';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const path = () => join(folder(), 'metrics.jsonl');
const stepsPerEpoch = 4;

const stepAt = (step: number): StepEvent => ({
  event: 'step',
  step,
  epoch: Math.ceil(step / stepsPerEpoch),
  losses: { generator: step / 10 },
  imagesPerSecond: 1000,
});
const epochAt = (step: number): EpochEvent => ({
  event: 'epoch',
  step,
  epoch: step / stepsPerEpoch,
  losses: { generator: 1 },
  imagesPerSecond: 1000,
  seconds: 2,
});
/** A log of 2½ epochs of 4 steps, each step logged. */
const log = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((step) =>
  step % stepsPerEpoch === 0 ? [stepAt(step), epochAt(step)] : [stepAt(step)],
);

function writeLog(events: readonly TrainingEvent[]): void {
  const file = createMetricsFile(path());
  for (const event of events) file.on?.(event);
  file.close?.();
}
const lines = () =>
  readFileSync(path(), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

it('holds a line for each step and epoch, and none for grids and checkpoints', () => {
  writeLog([...log, { event: 'grid', step: 10, epoch: 3, file: 'f' }]);
  writeLog([{ event: 'checkpoint', step: 10, folder: 'f' }]);
  expect(lines()).toEqual(log);
});

it('has each line on disk before the next step begins', () => {
  const file = createMetricsFile(path());
  file.on?.(stepAt(1));
  expect(lines()).toEqual([stepAt(1)]);
  file.close?.();
});

it('goes on after what is there', () => {
  writeLog(log.slice(0, 3));
  writeLog(log.slice(3));
  expect(lines()).toEqual(log);
});

it('says when the disk refuses', () => {
  mkdirSync(path());
  expect(() => createMetricsFile(path())).toThrow(DataError);
});

describe('rewinding', () => {
  it('drops what was logged after the step, and gives the losses of its epoch so far', async () => {
    writeLog(log);
    expect(await rewindMetricsFile(path(), 6, stepsPerEpoch)).toEqual([
      { generator: 0.5 },
      { generator: 0.6 },
    ]);
    expect(lines()).toEqual(log.filter(({ step }) => step <= 6));
  });

  it('at an epoch’s end keeps the epoch, and has no losses of the next', async () => {
    writeLog(log);
    expect(await rewindMetricsFile(path(), 8, stepsPerEpoch)).toEqual([]);
    expect(lines()).toEqual(log.filter(({ step }) => step <= 8));
    expect(lines().at(-1)).toEqual(epochAt(8));
  });

  it('drops the half line that a killed writer leaves, so that the next line is whole', async () => {
    writeLog(log.slice(0, 2));
    writeFileSync(path(), `${readFileSync(path(), 'utf8')}{"event":"step","step":2,"los`);
    await rewindMetricsFile(path(), 2, stepsPerEpoch);
    writeLog([stepAt(3)]);
    expect(lines()).toEqual([1, 2, 3].map(stepAt));
  });

  it('to the beginning empties the file', async () => {
    writeLog(log);
    expect(await rewindMetricsFile(path(), 0, stepsPerEpoch)).toEqual([]);
    expect(readFileSync(path(), 'utf8')).toBe('');
  });

  it('keeps roll-backs, and adds those that run.json names and the file lacks', async () => {
    const rollbacks = [
      { step: 7, toStep: 4, learningRateScale: 0.5, reason: 'a' },
      { step: 10, toStep: 4, learningRateScale: 0.25, reason: 'b' },
    ];
    const [first, second] = rollbacks.map((rollback) => ({ event: 'rollback', ...rollback }));
    writeLog(log);
    await rewindMetricsFile(path(), 4, stepsPerEpoch, rollbacks.slice(0, 1));
    const upTo4 = log.filter(({ step }) => step <= 4);
    expect(lines()).toEqual([...upTo4, first]);
    writeLog(log.filter(({ step }) => step > 4));
    for (const _ of ['once', 'and again, as a resume does']) {
      expect(await rewindMetricsFile(path(), 4, stepsPerEpoch, rollbacks)).toEqual([]);
      expect(lines()).toEqual([...upTo4, first, second]);
    }
  });

  it('leaves a file alone that goes no further, and does not need one', async () => {
    writeLog(log);
    const before = readFileSync(path(), 'utf8');
    expect(await rewindMetricsFile(path(), 10, stepsPerEpoch)).toEqual([
      { generator: 0.9 },
      { generator: 1 },
    ]);
    expect(readFileSync(path(), 'utf8')).toBe(before);
    expect(await rewindMetricsFile(join(folder(), 'none.jsonl'), 3, stepsPerEpoch)).toEqual([]);
  });

  it('keeps a log that it cannot read', async () => {
    symlinkSync('metrics.jsonl', path());
    await expect(rewindMetricsFile(path(), 1, stepsPerEpoch)).rejects.toThrow(DataError);
    expect(lstatSync(path()).isSymbolicLink()).toBe(true);
  });

  it('passes over steps without losses with a warning, and keeps lines that it cannot read', async () => {
    const bare = '{"event":"step","step":1,"epoch":1}';
    writeFileSync(path(), `${bare}\nnonsense\n${JSON.stringify(stepAt(2))}\n${JSON.stringify(stepAt(3))}\n`);
    const warnings: string[] = [];
    const warn = (line: string) => warnings.push(line);
    expect(await rewindMetricsFile(path(), 2, stepsPerEpoch, [], warn)).toEqual([{ generator: 0.2 }]);
    expect(warnings).toEqual([expect.stringContaining('2 of its lines cannot be read')]);
    expect(readFileSync(path(), 'utf8')).toBe(`${bare}\nnonsense\n${JSON.stringify(stepAt(2))}\n`);
  });

  it('works on a log that is larger than any string', async () => {
    // AIGC_TEST_LARGE=1: a minute and 1.1 GB of disk.
    if (!process.env.AIGC_TEST_LARGE) return;
    const lines = Buffer.from(`${JSON.stringify(stepAt(1))}\n`.repeat(10_000));
    const file = openSync(path(), 'w');
    for (let bytes = 0; bytes < 2 ** 29; bytes += lines.length) writeSync(file, lines);
    closeSync(file);
    const before = statSync(path()).size;
    writeLog([stepAt(2)]);
    await rewindMetricsFile(path(), 1, 1);
    expect(statSync(path()).size).toBe(before);
  }, 300_000);
});

it('begins on a line of its own after a half line', () => {
  writeFileSync(path(), `${JSON.stringify(stepAt(1))}\n{"event":"st`);
  writeLog([stepAt(2)]);
  expect(readFileSync(path(), 'utf8')).toBe(
    `${JSON.stringify(stepAt(1))}\n{"event":"st\n${JSON.stringify(stepAt(2))}\n`,
  );
});
