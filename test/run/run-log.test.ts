import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesOf } from '../../src/compare/run-summary';
import { type LogLine, readMetrics, secondsAt } from '../../src/run/run-log';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();

const step = (at: number, imagesPerSecond: number): LogLine => ({
  event: 'step',
  step: at,
  losses: { elbo: -1 },
  imagesPerSecond,
});
const epoch = (at: number, seconds: number, imagesPerSecond: number): LogLine => ({
  event: 'epoch',
  step: at,
  epoch: 1,
  losses: {},
  imagesPerSecond,
  seconds,
});

it('adds up the time of training from rates and epochs', () => {
  // 10 images a step: 5 steps at 10 steps/s, 5 at 5 steps/s; the epoch of 10 steps took 2 s, 0.5 s of it measuring.
  const lines = [step(5, 100), step(10, 50), epoch(10, 2, 50), step(15, 100)];
  expect(secondsAt(lines, 10)).toEqual([0.5, 1.5, 2, 2.5]);
});

it('counts the epoch of a resumed call from where that began', () => {
  // The first call did 6 steps in 6 s; the second the last 4 in 8 s.
  const lines = [step(6, 10), step(10, 5), epoch(10, 8, 5)];
  expect(secondsAt(lines, 10)).toEqual([6, 14, 14]);
});

it('passes over damaged lines, and says nothing of the half line of a writer at work', async () => {
  const path = join(folder(), 'metrics.jsonl');
  const good = JSON.stringify(step(1, 1));
  writeFileSync(path, `${good}\n{"event":"step","st\n[1]\n{"event":"other"}\n\n${good}\n{"event":"ste`);
  const { lines, damaged } = await readMetrics(path);
  expect(lines).toEqual([step(1, 1), step(1, 1)]);
  expect(damaged).toBe(2);
  expect(await readMetrics(join(folder(), 'none'))).toEqual({ lines: [], damaged: 0 });
  mkdirSync(join(folder(), 'dir'));
  await expect(readMetrics(join(folder(), 'dir'))).rejects.toThrow(/that is a folder/);
});

it('names runs by the last parts of their paths that tell them apart', () => {
  expect(namesOf(['/a/one', '/a/two/'])).toEqual(['one', 'two']);
  expect(namesOf(['/a/one/run', '/a/two/run', '/b/x'])).toEqual(['one/run', 'two/run', 'x']);
});
