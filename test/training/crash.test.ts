// Kills a run with SIGKILL at random moments, resumes it, and compares: the weights must be those of an unbroken run.
// `npm run test:crash` does it at twenty moments, CI at three.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAndKill, runCli } from '../cli';
import { scratchFolder } from '../scratch';
import { writeDigits } from '../small-set';

const folder = scratchFolder();
const points = Number(process.env.AIGC_CRASH_POINTS ?? 3);
const environment = { AIGC_BACKEND: process.env.AIGC_CRASH_BACKEND ?? 'wasm' };
const lastStep = 'step-000016';

/** A checkpoint after nearly every step, so that many a kill comes in the middle of writing one. */
const words = (out: string) => [
  ...['train', '--model', 'gan', '--data', 'set', '--batch-size', '32', '--epochs', '2', '--out', out],
  ...['--checkpoint-every-minutes', '0.0001', '--log-every-steps', '1', '--json'],
];

const weightsHash = (out: string): string =>
  JSON.parse(readFileSync(join(folder(), out, 'checkpoints', lastStep, 'manifest.json'), 'utf8')).weights
    .sha256;

/** Kills a run some time after it has logged so many steps. @returns whether it was still going */
const killAfter = (out: string, steps: number, delayMs: number) =>
  runAndKill(words(out), folder(), environment, { text: '"event":"step"', times: steps, delayMs });

it(
  `gives the weights of an unbroken run after SIGKILL at ${points} random moments`,
  async () => {
    await writeDigits(join(folder(), 'set'));
    expect(await runCli(words('whole'), folder(), environment)).toMatchObject({ code: 0 });
    const expected = weightsHash('whole');
    let killed = 0;
    for (let point = 0; point < points; point++) {
      const out = `killed-${point}`;
      const moment = { steps: 1 + Math.floor(Math.random() * 13), delayMs: Math.random() * 200 };
      if (await killAfter(out, moment.steps, moment.delayMs)) killed += 1;
      const { code, stderr } = await runCli(['train', '--resume', '--out', out], folder(), environment);
      const done = code === 2 && stderr.includes('steps already');
      expect({ moment, stderr, finished: done || code === 0 }).toMatchObject({ finished: true });
      expect({ moment, weights: weightsHash(out) }).toEqual({ moment, weights: expected });
      const left = readdirSync(join(folder(), out, 'checkpoints')).filter((name) => name.startsWith('.'));
      if (!done) expect(left).toEqual([]);
    }
    expect(killed).toBeGreaterThan(points / 2);
  },
  60_000 + points * 30_000,
);
