import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { namesOf } from '../../src/compare/run-summary';
import { createClock, isDamaged, type LogLine, readMetrics } from '../../src/run/run-log';
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

const secondsAt = (lines: readonly LogLine[], batchSize: number) => lines.map(createClock(batchSize));

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
  const { lines, damaged } = await readAll(path);
  expect(lines).toEqual([step(1, 1), step(1, 1)]);
  expect(damaged).toBe(2);
  expect(await readAll(join(folder(), 'none'))).toEqual({ lines: [], damaged: 0 });
  mkdirSync(join(folder(), 'dir'));
  await expect(readAll(join(folder(), 'dir'))).rejects.toThrow(/that is a folder/);
});

async function readAll(path: string) {
  const lines: LogLine[] = [];
  let damaged = 0;
  for await (const line of readMetrics(path)) {
    if (line.value) lines.push(line.value);
    if (isDamaged(line)) damaged++;
  }
  return { lines, damaged };
}

it('keeps the time of a million short epochs in a second or two', () => {
  const clock = createClock(10);
  let seconds = 0;
  for (let at = 1; at <= 1_000_000; at++) seconds = clock(epoch(at, 0.5, 20));
  expect(seconds).toBeCloseTo(500_000, 3);
});

it('takes figures by the names of what every object has for absent unless they are written', async () => {
  const path = join(folder(), 'metrics.jsonl');
  const line = '{"event":"step","step":1,"losses":{"elbo":1,"__proto__":{"bad":1}},"imagesPerSecond":1}';
  writeFileSync(path, `${line.replace('{"bad":1}', '2')}\n`);
  const [read] = (await readAll(path)).lines;
  expect(read?.event === 'step' && [read.losses.elbo, read.losses.toString, read.losses.bad]).toEqual([
    1,
    undefined,
    undefined,
  ]);
});

it('reads lines longer than a chunk, refuses what is no log, and keeps it', async () => {
  const path = join(folder(), 'metrics.jsonl');
  const long = JSON.stringify({ ...step(1, 1), note: 'x'.repeat(600_000) });
  writeFileSync(path, `${long}\n${long}\n`);
  expect((await readAll(path)).lines).toHaveLength(2);
  writeFileSync(path, 'x'.repeat(3_000_000));
  await expect(readAll(path)).rejects.toThrow(/is no log that aigc wrote/);
});

it('names runs by the last parts of their paths that tell them apart', () => {
  expect(namesOf(['/a/one', '/a/two/'])).toEqual(['one', 'two']);
  expect(namesOf(['/a/one/run', '/a/two/run', '/b/x'])).toEqual(['one/run', 'two/run', 'x']);
});
