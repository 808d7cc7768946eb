// What `aigc train` does by itself when training goes wrong, or no better: the real program on small real files.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSplit } from '../../src/dataset/idx-writer';
import { readCheckpoint } from '../../src/run/checkpoint';
import { runAndKill, runCli } from '../cli';
import { scratchFolder } from '../scratch';
import { rectangles, writeDigits } from '../small-set';

const folder = scratchFolder();
const wasm = { AIGC_BACKEND: 'wasm' };

beforeEach(() => writeDigits(join(folder(), 'set')));

const quick = ['train', '--data', 'set', '--batch-size', '32', '--grid', '2x2'];
const train = (...words: string[]) => runCli([...quick, ...words], folder(), wasm);
const resume = (out: string, ...words: string[]) =>
  runCli(['train', '--resume', '--out', out, ...words], folder(), wasm);
const at = (...names: string[]) => join(folder(), ...names);
const runOf = (out: string) => JSON.parse(readFileSync(at(out, 'run.json'), 'utf8'));
const checkpointsOf = (out: string) => readdirSync(at(out, 'checkpoints')).sort();
const weightsOf = (out: string, step: string) =>
  createHash('sha256')
    .update(readFileSync(at(out, 'checkpoints', step, 'weights.safetensors')))
    .digest('hex');
const lines = (text: string): { event: string; step: number; toStep?: number }[] =>
  text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
const untimed = (out: string) =>
  lines(readFileSync(at(out, 'metrics.jsonl'), 'utf8')).map((event) => ({
    ...event,
    imagesPerSecond: 0,
    seconds: 0,
  }));

/** Explodes in the first epoch, and at half the rate in the second; at a quarter it goes through. A checkpoint comes
 *  after every few steps, also of weights that are about to explode. */
const unstable = [
  ...['--model', 'vae', '--epochs', '2', '--learning-rate', '0.35', '--seed', '2', '--log-every-steps', '1'],
  ...['--checkpoint-every-minutes', '0.001'],
];
const lastStep = 'step-000016';

/** Kills a run when it says, for the n-th time, that it is rolled back. */
const killAtRollback = (out: string, times: number, delayMs: number) =>
  runAndKill([...quick, ...unstable, '--json', '--out', out], folder(), wasm, {
    text: '"event":"rollback"',
    times,
    delayMs,
  });

describe('a run that diverges', () => {
  it('goes back with half the learning rate until it goes well, and killed on the way gives the same', async () => {
    const whole = await train(...unstable, '--out', 'whole');
    expect(whole.stderr).toMatch(
      /warning: Training diverged: at step \d+ the elbo .* Going back to step \d+, with 1\/2 of the learning rate\./,
    );
    expect(whole.code).toBe(0);
    const { rollbacks } = runOf('whole');
    expect(rollbacks.length).toBeGreaterThan(1);
    expect(lines(readFileSync(at('whole', 'metrics.jsonl'), 'utf8')).filter(isRollback)).toEqual(
      rollbacks.map((rollback: object) => ({ event: 'rollback', ...rollback })),
    );
    const { manifest } = await readCheckpoint(at('whole', 'checkpoints', lastStep));
    expect(manifest.learningRateScale).toBe(0.5 ** rollbacks.length);

    for (const [i, [count, delayMs]] of [
      [1, 15],
      [rollbacks.length, 0],
    ].entries()) {
      const out = `killed-${i}`;
      await killAtRollback(out, count as number, delayMs as number);
      if (i === 1) undoLog(out);
      const resumed = await resume(out);
      expect(resumed).toMatchObject({ code: 0 });
      expect(weightsOf(out, lastStep)).toBe(weightsOf('whole', lastStep));
      expect(runOf(out).rollbacks).toEqual(rollbacks);
      expect(untimed(out)).toEqual(untimed('whole'));
    }
  }, 60_000);

  const isRollback = ({ event }: { event: string }) => event === 'rollback';

  /** As if the kill had come after run.json named the roll-back, and before the log did. */
  function undoLog(out: string): void {
    const path = at(out, 'metrics.jsonl');
    const events = lines(readFileSync(path, 'utf8'));
    const last = events.findLastIndex(isRollback);
    const { step, toStep = 0 } = events[last] ?? { step: 0 };
    const doomed = Array.from({ length: step - toStep }, (_, i) => ({ event: 'step', step: toStep + 1 + i }));
    const before = [
      ...events.slice(0, last),
      ...doomed.map((event) => ({ ...event, losses: { elbo: -1e9 } })),
    ];
    writeFileSync(path, before.map((event) => `${JSON.stringify(event)}\n`).join(''));
  }

  it('stops with 5 after --rollbacks, with a checkpoint that loads, and does not begin anew when resumed', async () => {
    const words = ['--model', 'vae', '--steps', '12', '--learning-rate', '1e6', '--log-every-steps', '1'];
    const { code, stderr } = await train(...words, '--rollbacks', '2', '--out', 'hopeless');
    expect(code).toBe(5);
    expect(stderr).toMatch(
      /error: Training diverged: .* rolled back 2 times; the learning rate is 1\/4 of what/,
    );
    expect(runOf('hopeless')).toMatchObject({ status: 'diverged', step: 0, rollbacks: [{}, {}] });
    const drawn = ['sample', '--checkpoint', 'hopeless', '--count', '1', '--out', 'x.png'];
    expect((await runCli(drawn, folder(), wasm)).code).toBe(0);
    expect((await resume('hopeless')).code).toBe(5);
    expect(runOf('hopeless').rollbacks).toHaveLength(2);
    const none = await runCli(['sample', '--checkpoint', 'hopeless/best'], folder(), wasm);
    expect(none).toMatchObject({ code: 3, stderr: expect.stringMatching(/has no best checkpoint yet/) });
  });
});

describe('a model whose samples look alike', () => {
  beforeEach(async () => {
    const set = rectangles(256, 8, 8, 1);
    const labels = Uint8Array.from({ length: set.count }, (_, i) => i % 2);
    rmSync(at('set'), { recursive: true });
    await writeSplit(at('set'), 'train', { ...set, labels, classCount: 2 });
  });

  /** So heavy a KL divergence that the decoder learns to ignore its latents. Judged from step 400. */
  const alike = [
    ...['--model', 'vae', '--beta', '1000', '--latent-dim', '2', '--hidden-units', '16'],
    ...['--batch-size', '8', '--steps', '452', '--watch-every-epochs', '7'],
  ];

  it('is noticed at the first look: --on-collapse warn, stop and rollback', async () => {
    const warned = await train(...alike, '--out', 'warn', '--log-every-steps', '100');
    expect(warned.stderr).toMatch(/warning: All samples look alike: .*, at epoch 14\./);
    expect(warned.code).toBe(0);
    const epochs = lines(readFileSync(at('warn', 'metrics.jsonl'), 'utf8')).filter(
      ({ event }) => event === 'epoch',
    );
    const looked = epochs.filter((event) => 'collapse' in event);
    expect(looked.map(({ step }) => step)).toEqual([224, 448]);
    expect(looked[1]).toMatchObject({
      collapse: {
        diversity: expect.any(Number),
        coverage: expect.any(Number),
        labelEntropy: expect.any(Number),
      },
    });

    const stopped = await train(...alike, '--on-collapse', 'stop', '--out', 'stop', '--json');
    expect(stopped.code).toBe(5);
    expect(stopped.stderr.match(/samples look alike/g)).toHaveLength(1);
    expect(lines(stopped.stdout).find(({ event }) => event === 'collapse')).toMatchObject({
      step: 448,
      sinceEpoch: 14,
    });
    expect(runOf('stop').status).toBe('collapsed');
    expect(checkpointsOf('stop')).not.toContain('step-000448');
    // Its weights did not change because they were looked at, nor by being resumed.
    expect((await resume('stop', '--on-collapse', 'warn')).code).toBe(0);
    expect(weightsOf('stop', 'step-000452')).toBe(weightsOf('warn', 'step-000452'));

    const back = await train(...alike, '--on-collapse', 'rollback', '--rollbacks', '1', '--out', 'back');
    expect(back.stderr).toMatch(/look alike: .* Going back to step 416, with 1\/2 of the learning rate/);
    expect(back.stderr).toMatch(/error: All samples look alike: .* It was rolled back once/);
    expect(back.stderr.match(/samples look alike/g)).toHaveLength(2); // at the roll-back, and at the end
    expect(back.code).toBe(5);
    expect(runOf('back').rollbacks).toMatchObject([{ step: 448, toStep: 416, learningRateScale: 0.5 }]);
  }, 60_000);
});

describe('the best checkpoint', () => {
  /** A rate with which the test ELBO goes up and down. */
  const restless = ['--model', 'vae', '--learning-rate', '0.05', '--hidden-units', '32', '--keep', '1'];

  it('survives pruning, is RUN/best, and training stops when none better comes for --patience epochs, resumed or not', async () => {
    const { code, stdout } = await train(...restless, '--epochs', '60', '--patience', '3', '--out', 'run');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /Stopped at step \d+ of 480: for 3 epochs the test ELBO has not become better\.\nThe best is of step \d+ \(test ELBO −[\d.]+\): aigc sample --checkpoint run\/best/,
    );
    const { best, step, status } = runOf('run');
    const epochs = lines(readFileSync(at('run', 'metrics.jsonl'), 'utf8')) as unknown as {
      event: string;
      step: number;
      heldOut: { elbo: number };
    }[];
    const values = epochs.filter(({ event }) => event === 'epoch').map(({ heldOut }) => heldOut.elbo);
    const largest = Math.max(...values);
    expect({ best, step, status }).toEqual({
      best: { step: 8 * (values.indexOf(largest) + 1), figure: 'elbo', value: largest },
      step: best.step + 24,
      status: 'finished',
    });
    const names = [best.step, step].map((number) => `step-${String(number).padStart(6, '0')}`);
    expect(checkpointsOf('run')).toEqual(names);
    const drawn = await runCli(
      ['sample', '--checkpoint', 'run/best', '--count', '1', '--out', 'x.png'],
      folder(),
      wasm,
    );
    expect(drawn.stdout).toContain(`at step ${best.step}`);
    await train(...restless, '--steps', String(best.step + 12), '--patience', '3', '--out', 'broken');
    expect((await resume('broken', '--epochs', '60')).code).toBe(0);
    expect(runOf('broken')).toMatchObject({ best, step, status: 'finished' });
    expect(checkpointsOf('broken')).toEqual(names);
    const again = await resume('run');
    expect(again.code).toBe(2);
    expect(again.stderr).toMatch(/has stopped at step \d+: for 3 epochs .*[\s\S]*larger --patience/);
  });

  it('of a GAN is that whose samples are most like real images', async () => {
    const words = ['--model', 'gan', '--epochs', '1', '--watch-every-epochs', '1', '--out', 'run', '--json'];
    const { stdout } = await train(...words);
    expect(runOf('run').best).toMatchObject({ figure: 'likeness' });
    expect(lines(stdout).find(({ event }) => event === 'checkpoint')).toMatchObject({ step: 8, best: true });
  });
});
