// `aigc train` and `aigc sample` as a user runs them: the real program on small real files.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PNG } from 'pngjs';
import { readCheckpoint } from '../../src/run/checkpoint';
import { runCli, startProgram } from '../cli';
import { scratchFolder } from '../scratch';
import { writeDigits } from '../small-set';

const folder = scratchFolder();
const quick = ['--data', 'set', '--batch-size', '32'];
const wasm = { AIGC_BACKEND: 'wasm' };

beforeEach(() => writeDigits(join(folder(), 'set')));

const train = (words: readonly string[], environment: Readonly<Record<string, string>> = wasm) =>
  runCli(['train', ...quick, ...words], folder(), environment);
const sample = (words: readonly string[]) => runCli(['sample', ...words], folder(), wasm);
const at = (...names: string[]) => join(folder(), ...names);
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const events = (path: string): { event: string; step: number }[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('a run', () => {
  it('writes run.json, metrics, a grid an epoch, and the newest checkpoints', async () => {
    const { code, stdout, stderr } = await train([
      '--model',
      'vae',
      '--epochs',
      '4',
      '--keep',
      '2',
      '--grid',
      '3x5',
    ]);
    expect(stderr).toMatch(/Epoch 4\/4 · ELBO −[\d.]+ nats · .*test ELBO −[\d.]+ nats · .* images\/s/);
    expect(stdout).toContain('aigc sample --checkpoint ./ckpt');
    expect(code).toBe(0);
    const run = JSON.parse(readFileSync(at('ckpt', 'run.json'), 'utf8'));
    expect(run).toMatchObject({
      status: 'finished',
      step: 32,
      backend: 'wasm',
      config: { model: 'vae', epochs: 4, latentDim: 20 },
    });
    expect(run.asked).toEqual({
      model: 'vae',
      data: at('set'),
      epochs: 4,
      keep: 2,
      grid: '3x5',
      batchSize: 32,
    });
    expect(readdirSync(at('ckpt', 'samples'))).toEqual([1, 2, 3, 4].map((epoch) => `epoch-000${epoch}.png`));
    expect(readdirSync(at('ckpt', 'checkpoints'))).toEqual(['step-000024', 'step-000032']);
    expect(readdirSync(at('ckpt')).sort()).toEqual(['checkpoints', 'metrics.jsonl', 'run.json', 'samples']);
    const epochs = events(at('ckpt', 'metrics.jsonl')).filter(({ event }) => event === 'epoch');
    expect(epochs).toHaveLength(4);
    expect(epochs[3]).toMatchObject({
      losses: { elbo: expect.any(Number) },
      heldOut: { elbo: expect.any(Number) },
    });
    const grid = PNG.sync.read(readFileSync(at('ckpt', 'samples', 'epoch-0004.png')));
    expect(grid.width / grid.height).toBeCloseTo(5 / 3, 1);
    expect(sha256(at('ckpt', 'samples', 'epoch-0001.png'))).not.toBe(
      sha256(at('ckpt', 'samples', 'epoch-0004.png')),
    );
  });

  it('is the same from the same seed, and another from another', async () => {
    for (const [out, seed] of [
      ['a', '7'],
      ['b', '7'],
      ['c', '8'],
    ] as const) {
      expect((await train(['--model', 'vae', '--steps', '10', '--out', out, '--seed', seed])).code).toBe(0);
    }
    const weights = ['a', 'b', 'c'].map((out) =>
      sha256(at(out, 'checkpoints', 'step-000010', 'weights.safetensors')),
    );
    expect(weights[0]).toBe(weights[1]);
    expect(weights[0]).not.toBe(weights[2]);
  });

  it('goes on with --resume as if it had never stopped, with more epochs too', async () => {
    await train(['--model', 'gan', '--epochs', '2', '--out', 'whole']);
    await train(['--model', 'gan', '--epochs', '1', '--out', 'broken']);
    const { code, stderr } = await runCli(
      ['train', '--resume', '--out', 'broken', '--epochs', '2'],
      folder(),
      wasm,
    );
    expect(stderr).toContain('Resuming at step 8 of 16');
    expect(code).toBe(0);
    for (const file of ['checkpoints/step-000016/weights.safetensors', 'samples/epoch-0002.png']) {
      expect(sha256(at('broken', file))).toBe(sha256(at('whole', file)));
    }
    const untimed = (out: string) =>
      events(at(out, 'metrics.jsonl')).map((event) => ({ ...event, imagesPerSecond: 0, seconds: 0 }));
    expect(untimed('broken')).toEqual(untimed('whole'));
  });

  it('never overwrites a run unless told to, and --force leaves other files alone', async () => {
    await train(['--model', 'vae', '--steps', '8']);
    writeFileSync(at('ckpt', 'notes.txt'), 'mine');
    writeFileSync(at('ckpt', 'evaluations.jsonl'), '{"event":"metric"}\n'); // of the run that is replaced
    const before = sha256(at('ckpt', 'checkpoints', 'step-000008', 'weights.safetensors'));
    const refused = await train(['--model', 'vae', '--steps', '4']);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(/already holds a run[\s\S]*--resume[\s\S]*--force/);
    expect(sha256(at('ckpt', 'checkpoints', 'step-000008', 'weights.safetensors'))).toBe(before);
    expect((await train(['--model', 'vae', '--steps', '4', '--force'])).code).toBe(0);
    expect(readdirSync(at('ckpt', 'checkpoints'))).toEqual(['step-000004']);
    expect(readFileSync(at('ckpt', 'notes.txt'), 'utf8')).toBe('mine');
    expect(existsSync(at('ckpt', 'evaluations.jsonl'))).toBe(false);
  });

  it('takes its options from run.json with --config, flags outranking it', async () => {
    await train(['--model', 'vae', '--steps', '4', '--latent-dim', '3', '--out', 'first']);
    const again = await runCli(
      ['train', '--config', 'first/run.json', '--seed', '9', '--out', 'second', '--dry-run', '--json'],
      folder(),
      wasm,
    );
    const plan = again.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line))
      .at(-1);
    expect(plan).toMatchObject({
      event: 'plan',
      model: 'vae',
      steps: 4,
      options: { latentDim: 3, batchSize: 32 },
    });
    expect(plan.values.seed).toBe(9);
    expect(existsSync(at('second'))).toBe(false);
  });

  it('warns of a flag that the others leave without effect, and of no other', async () => {
    const words = ['--model', 'vae', '--decay-steps', '5', '--dry-run'];
    const idle = await train(words);
    expect(idle.code).toBe(0);
    expect(idle.stderr).toContain('warning: --decay-steps has no effect: --schedule is constant.\n');
    expect((await train([...words, '--schedule', 'linear'])).stderr).not.toContain('no effect');
    const rates = ['--model', 'gan', '--generator-learning-rate', '1e-4', '--dry-run'];
    expect((await train([...rates, '--learning-rate', '1e-3'])).stderr).toContain(
      '--generator-learning-rate has no effect: --learning-rate is 0.001.',
    );
    expect((await train(rates)).stderr).not.toContain('no effect');
  });

  it('under --json writes events and nothing else to stdout', async () => {
    const { stdout, stderr } = await train(['--model', 'vae', '--epochs', '1', '--json']);
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const names = events.map(({ event }) => event);
    expect(names[0]).toBe('backend');
    expect(new Set(names)).toEqual(
      new Set(['backend', 'note', 'start', 'step', 'epoch', 'grid', 'checkpoint', 'end']),
    );
    expect(events.find(({ event }) => event === 'start')).toMatchObject({
      step: 0,
      epochs: 1,
      run: './ckpt',
    });
    expect(stderr).toBe('');
    // docs/events.md has a row for each, with all of its fields.
    const rows = readFileSync('docs/events.md', 'utf8').split('\n');
    for (const { event, time: _, ...fields } of events) {
      const told = rows.filter((row) => row.startsWith(`| \`${event}\` |`)).join();
      for (const field of Object.keys(fields))
        expect([event, told]).toEqual([event, expect.stringContaining(`\`${field}\``)]);
    }
  });

  it('stops in good order when its minutes are up', async () => {
    const { code, stdout } = await train(['--model', 'gan', '--epochs', '500', '--max-minutes', '0.03']);
    expect(code).toBe(0);
    expect(stdout).toContain('Time is up');
    const run = JSON.parse(readFileSync(at('ckpt', 'run.json'), 'utf8'));
    expect(run.status).toBe('stopped');
    expect(
      existsSync(at('ckpt', 'checkpoints', `step-${String(run.step).padStart(6, '0')}`, 'manifest.json')),
    ).toBe(true);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGUSR1', 138],
    ['SIGUSR2', 140],
  ] as const)(
    '%s: finishes the step, writes a checkpoint, says how to resume, exits with %i',
    async (signal, code) => {
      const words = ['train', ...quick, '--model', 'gan', '--epochs', '500', '--out', 'stopped', '--json'];
      const { child, done } = startProgram(words, folder(), wasm);
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += chunk;
        // Only once: a second signal stops the process on the spot.
        if (!child.killed && said.includes('"event":"step"')) child.kill(signal);
      });
      const { code: exit, stderr } = await done;
      expect(exit).toBe(code);
      expect(stderr).toMatch(/aigc train --resume --out stopped/);
      const { step, status } = JSON.parse(readFileSync(at('stopped', 'run.json'), 'utf8'));
      expect(status).toBe('stopped');
      expect(readdirSync(at('stopped', 'checkpoints'))).toContain(`step-${String(step).padStart(6, '0')}`);
    },
  );

  it('ends with 5 when training diverges, and keeps only checkpoints whose weights are finite', async () => {
    const often = ['--checkpoint-every-minutes', '0.00001', '--log-every-steps', '1000'];
    const { code, stderr } = await train([
      '--model',
      'vae',
      '--steps',
      '30',
      '--learning-rate',
      '1e6',
      ...often,
    ]);
    expect(stderr).toMatch(/error: Training diverged: at step \d+ the weights of \S+ are no longer finite/);
    expect(code).toBe(5);
    const steps = readdirSync(at('ckpt', 'checkpoints'));
    expect(steps.length).toBeGreaterThan(0);
    for (const step of steps) {
      const { tensors } = await readCheckpoint(at('ckpt', 'checkpoints', step));
      for (const { values } of tensors.values()) expect(values.every(Number.isFinite)).toBe(true);
    }
    const { status, step } = JSON.parse(readFileSync(at('ckpt', 'run.json'), 'utf8'));
    expect({ status, step }).toEqual({ status: 'diverged', step: Number(steps.at(-1)?.slice(5)) });
    expect((await sample(['--count', '1', '--out', 'good.png'])).code).toBe(0);
  });

  it('ends with 5 when a loss or a figure on the test images is not finite', async () => {
    const loss = await train(['--model', 'vae', '--steps', '30', '--learning-rate', '1e6', '--out', 'loss']);
    expect(loss.stderr).toMatch(/Training diverged: at step \d+ the \w+ is (NaN|-?Infinity)/);
    expect(loss.code).toBe(5);
  });

  it('does not mix with checkpoints whose run.json is gone', async () => {
    await train(['--model', 'vae', '--steps', '8']);
    rmSync(at('ckpt', 'run.json'));
    const { code, stderr } = await train(['--model', 'vae', '--steps', '4']);
    expect(code).toBe(2);
    expect(stderr).toMatch(/holds checkpoints of a run whose run.json is gone/);
    expect(readdirSync(at('ckpt', 'checkpoints'))).toEqual(['step-000008']);
  });

  it('does not mix with a log whose run.json is gone', async () => {
    mkdirSync(at('ckpt'));
    for (const name of ['metrics.jsonl', 'evaluations.jsonl']) {
      writeFileSync(at('ckpt', name), '{"event":"step","step":1}\n');
      const { code, stderr } = await train(['--model', 'vae', '--steps', '4']);
      expect({ code, stderr }).toMatchObject({
        code: 2,
        stderr: expect.stringMatching(/\.jsonl is the log of a run whose run.json is gone/),
      });
      expect(readdirSync(at('ckpt'))).toEqual([name]);
      rmSync(at('ckpt', name));
    }
  });

  it('sets a damaged newer checkpoint aside when it resumes from an older one, and keeps what it then writes', async () => {
    await train(['--model', 'vae', '--epochs', '2']);
    const newest = at('ckpt', 'checkpoints', 'step-000016', 'weights.safetensors');
    const bytes = readFileSync(newest);
    bytes.writeUInt8(bytes.readUInt8(5000) ^ 1, 5000);
    writeFileSync(newest, bytes);
    const resumed = await runCli(['train', '--resume', '--keep', '1', '--steps', '12'], folder(), wasm);
    expect(resumed).toMatchObject({ code: 0 });
    expect(resumed.stderr).toMatch(/warning: .*step-000016.*is damaged/);
    // That of step 8 is the best, and where a roll-back would go.
    expect(readdirSync(at('ckpt', 'checkpoints')).sort()).toEqual([
      'step-000008',
      'step-000012',
      'step-000016.damaged',
    ]);
    expect((await sample(['--count', '1', '--out', 'x.png'])).code).toBe(0);
  });

  it('does not resume from a checkpoint of another seed, nor silently from none', async () => {
    await train(['--model', 'vae', '--steps', '8']);
    const text = readFileSync(at('ckpt', 'run.json'), 'utf8');
    writeFileSync(at('ckpt', 'run.json'), text.replace('"seed": 1', '"seed": 2'));
    const refused = await runCli(['train', '--resume', '--steps', '12'], folder(), wasm);
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stderr).toMatch(/is of another run/);
    writeFileSync(at('ckpt', 'run.json'), text);
    rmSync(at('ckpt', 'checkpoints'), { recursive: true });
    const anew = await runCli(['train', '--resume', '--steps', '12'], folder(), wasm);
    expect(anew).toMatchObject({ code: 0 });
    expect(anew.stderr).toMatch(/warning: .*no checkpoint any more: starting from the beginning/);
  });

  it('resumes from another folder, by the whole path of its data', async () => {
    await train(['--model', 'vae', '--steps', '4']);
    mkdirSync(at('elsewhere'));
    const words = ['train', '--resume', '--out', '../ckpt', '--steps', '8', '--learning-rate', '1e-3'];
    expect(await runCli(words, at('elsewhere'), wasm)).toMatchObject({ code: 0 });
  });

  it('goes on when nobody reads its output any more', async () => {
    const words = ['train', ...quick, '--model', 'vae', '--epochs', '3', '--json'];
    const { child, done } = startProgram(words, folder(), wasm);
    child.stdout.once('data', () => {
      child.stdout.destroy();
      child.stderr.destroy();
    });
    expect((await done).code).toBe(0);
    expect(JSON.parse(readFileSync(at('ckpt', 'run.json'), 'utf8'))).toMatchObject({
      status: 'finished',
      step: 24,
    });
  });

  it('refuses a second writer in the same folder', async () => {
    const words = ['train', ...quick, '--model', 'gan', '--epochs', '5000', '--quiet'];
    const first = startProgram(words, folder(), wasm);
    while (!existsSync(at('ckpt', 'checkpoints'))) await sleep(20);
    const second = await train(['--resume']);
    first.child.kill('SIGKILL');
    await first.done;
    expect(second).toMatchObject({ code: 2, stdout: '' });
    expect(second.stderr).toMatch(
      /Another aigc is at work in .*ckpt: process \d+ on .*ckpt.lock.* renewed \d+ s ago/,
    );
  });
});

describe('sample', () => {
  beforeEach(async () => {
    await train(['--model', 'gan', '--steps', '4']);
  });

  it('draws the same bytes twice, and others with another seed', async () => {
    for (const [out, seed] of [
      ['a.png', '1'],
      ['b.png', '1'],
      ['c.png', '2'],
    ] as const) {
      expect((await sample(['--grid', '4x6', '--out', out, '--seed', seed])).code).toBe(0);
    }
    expect(sha256(at('a.png'))).toBe(sha256(at('b.png')));
    expect(sha256(at('a.png'))).not.toBe(sha256(at('c.png')));
  });

  it('writes arrays, data sets that can be trained on, and folders, with the same images in each', async () => {
    for (const out of ['x.npy', 'new-images.idx3-ubyte', 'new.idx3-ubyte.gz', 'pictures']) {
      expect(await sample(['--count', '5', '--out', out])).toMatchObject({ code: 0 });
    }
    const npy = readFileSync(at('x.npy'));
    expect(npy.toString('latin1', 0, 128)).toContain("'shape': (5, 28, 28, 1)");
    const idx = readFileSync(at('new-images.idx3-ubyte'));
    expect(idx.subarray(16).equals(npy.subarray(npy.length - 5 * 784))).toBe(true);
    expect(readdirSync(at('pictures'))).toEqual([0, 1, 2, 3, 4].map((i) => `00000${i}.png`));
    const first = PNG.sync.read(readFileSync(at('pictures', '000000.png')));
    expect([first.width, first.height]).toEqual([28, 28]);
    expect([...first.data.filter((_, i) => i % 4 === 0)]).toEqual([...idx.subarray(16, 16 + 784)]);
    const trained = await runCli(
      [
        'train',
        '--data',
        'new.idx3-ubyte.gz',
        '--model',
        'vae',
        '--batch-size',
        '2',
        '--steps',
        '1',
        '--out',
        'second',
      ],
      folder(),
      wasm,
    );
    expect(trained.code).toBe(0);
  });

  it('takes the newest of a folder of checkpoints', async () => {
    const { code, stdout } = await sample([
      '--checkpoint',
      'ckpt/checkpoints',
      '--count',
      '1',
      '--out',
      'one.png',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('at step 4: one.png');
  });

  it('takes one checkpoint’s folder too', async () => {
    const { code, stdout } = await sample([
      '--checkpoint',
      'ckpt/checkpoints/step-000004',
      '--count',
      '1',
      '--out',
      'one.png',
    ]);
    expect(code).toBe(0);
    expect(stdout).toContain('Drew 1 image of the gan at step 4: one.png');
  });
});
