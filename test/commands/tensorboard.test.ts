// `aigc train --tensorboard`: event files, read back record by record, and by TensorBoard where Python has it.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../cli';
import { crc, type Logged, readEventFiles } from '../event-files';
import { hasPython, python } from '../python';
import { scratchFolder } from '../scratch';
import { writeDigits } from '../small-set';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder(), ...names);
const train = (...words: string[]) =>
  runCli(
    ['train', '--model', 'vae', '--data', 'set', '--batch-size', '32', '--grid', '2x2', ...words, '--quiet'],
    folder(),
    { AIGC_BACKEND: 'wasm' },
  );

beforeEach(() => writeDigits(at('set')));

interface LogLine {
  readonly event: string;
  readonly step: number;
  readonly losses: Readonly<Record<string, number>>;
}

/** The losses of the steps that metrics.jsonl tells of. */
const logged = (out: string): LogLine[] =>
  readFileSync(at(out, 'metrics.jsonl'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === 'step');

const scalars = (events: readonly Logged[], tag: string) =>
  events.filter((event) => event.tag === tag).map(({ step, value }) => [step, value]);

const expected = (out: string) =>
  logged(out).map(({ step, losses }) => [step, Math.fround(losses.elbo as number)]);

const hasTensorboard = hasPython('tensorboard', 'reading event files by TensorBoard');

const reader = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
events = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'images': 0, 'histograms': 0})
events.Reload()
print(json.dumps({
  'scalars': [[e.step, e.value] for e in events.Scalars('train/elbo')],
  'images': [[e.step, e.width, e.height] for e in events.Images('samples')],
  'histograms': [[e.step, e.histogram_value.num] for e in events.Histograms('weights/encoder.hidden.bias')],
}))`;

test('the checksum is CRC-32C', () => {
  expect(crc(Buffer.from('123456789'))).toBe(0xe3069283);
});

test('logs losses, test figures, grids, weights and the configuration, and a resumed run each step once', async () => {
  expect(
    await train('--steps', '8', '--log-every-steps', '1', '--out', 'run', '--tensorboard'),
  ).toMatchObject({ code: 0 });
  const [first = ''] = readdirSync(at('run', 'tensorboard'));
  expect(first).toMatch(/^events\.out\.tfevents\.\d{10}\.aigc\.\d+$/);
  const whole = readFileSync(at('run', 'tensorboard', first));
  const more = await train('--steps', '12', '--resume', '--out', 'run', '--tensorboard');
  expect(more).toMatchObject({ code: 0 });
  const events = readEventFiles(at('run', 'tensorboard'));
  expect(scalars(events, 'train/elbo')).toEqual(expected('run'));
  const steps = (tag: string) => events.filter((event) => event.tag === tag).map(({ step }) => step);
  expect(steps('samples')).toEqual([8, 12]);
  expect(steps('weights/decoder.output.kernel')).toEqual([8, 12]);
  expect(events.find(({ tag }) => tag === 'samples')?.bytes?.includes('PNG')).toBe(true);
  expect(events.find(({ tag }) => tag === 'configuration')?.bytes?.toString()).toContain('"model": "vae"');
  expect(events.some(({ tag }) => tag.startsWith('weights/adam'))).toBe(false);

  if (hasTensorboard) {
    // As of a run that was killed: half a record is left.
    writeFileSync(at('run', 'tensorboard', first), Buffer.concat([whole, Buffer.from([9, 0, 0])]));
    const read = JSON.parse(
      execFileSync(python, ['-c', reader, at('run', 'tensorboard')], { encoding: 'utf8' }),
    );
    expect(read.scalars).toEqual(expected('run'));
    expect(read.images.map(([step]: number[]) => step)).toEqual([8, 12]);
    expect(read.histograms).toEqual([8, 12].map((step) => [step, 400]));
  }

  await train('--steps', '1', '--force', '--out', 'run');
  expect(existsSync(at('run', 'tensorboard'))).toBe(false);
});

test('takes back what a roll-back takes back', async () => {
  const unstable = ['--epochs', '1', '--learning-rate', '0.35', '--seed', '2', '--log-every-steps', '1'];
  const { code, stderr } = await train(...unstable, '--out', 'run', '--tensorboard');
  expect(stderr).toContain('Going back to step');
  expect(code).toBe(0);
  expect(scalars(readEventFiles(at('run', 'tensorboard')), 'train/elbo')).toEqual(expected('run'));
});
