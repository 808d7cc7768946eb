// What `aigc train` makes of flags, configuration files and the runs that go on.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { readConfigFile } from '../../src/config/file';
import type { RawValues } from '../../src/config/resolve';
import { withLength } from '../../src/config/resolve';
import { findFamily } from '../../src/models';
import { readRequest } from '../../src/training/request';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const out = () => join(folder(), 'run');

/** A run.json, and the same from before `asked` was kept. */
function writeRun(path: string, content: RawValues): string {
  const dataset = { name: 'digits', fingerprint: 'f' };
  const head = {
    formatVersion: 1,
    aigc: '0.1.0',
    createdAt: 'now',
    status: 'finished',
    step: 100,
    backend: 'wasm',
  };
  writeFileSync(path, JSON.stringify({ ...head, dataset, ...content }));
  return path;
}

/** What a request for `flags`, without a file, leaves in run.json. */
async function runOf(model: string, flags: RawValues, endStep = 100) {
  const family = findFamily(model);
  const { options, values, asked } = await readRequest(
    { ...flags, out: out(), dryRun: true },
    undefined,
    family,
  );
  const config = { model, ...values, data: 'digits', ...withLength(family.options, options, endStep) };
  return { asked: { model, data: 'digits', ...asked }, config };
}

const request = (model: string, flags: RawValues, path?: string) =>
  readRequest(
    { out: out(), ...flags },
    path === undefined ? undefined : readConfigFile(path),
    findFamily(model),
  );

it('keeps what was asked for beside what it was completed to', async () => {
  const { asked, options } = await request('gan', {
    loss: 'wgan-gp',
    epochs: '3',
    backend: 'wasm',
    force: true,
  });
  expect(asked).toEqual({ loss: 'wgan-gp', epochs: 3 });
  expect(options).toMatchObject({ loss: 'wgan-gp', gradientPenalty: 10, criticSteps: 5 });
});

describe.each([
  ['of this aigc', ({ asked, config }: Awaited<ReturnType<typeof runOf>>) => ({ asked, config })],
  ['without `asked`', ({ config }: Awaited<ReturnType<typeof runOf>>) => ({ config })],
])('a run.json %s as --config', (_, kept) => {
  const stored = async (model: string, flags: RawValues) =>
    writeRun(join(folder(), 'run.json'), kept(await runOf(model, flags)));

  it('gives another loss its own defaults', async () => {
    const path = await stored('gan', { latentDim: '32' });
    const { options } = await request('gan', { loss: 'wgan-gp' }, path);
    expect(options).toEqual((await request('gan', { loss: 'wgan-gp', latentDim: '32' })).options);
    expect(options).toMatchObject({ gradientPenalty: 10, criticSteps: 5, beta2: 0.9, latentDim: 32 });
  });

  it('gives the same run again', async () => {
    const flags = { loss: 'relativistic', r1: '0.5', learningRate: '0.001', seed: '4', steps: '100' };
    const path = await stored('gan', flags);
    const again = await request('gan', {}, path);
    const first = await request('gan', flags);
    expect(again.options).toEqual(first.options);
    expect(again.values).toEqual({ ...first.values, data: 'digits' });
  });

  it('lets a learning rate fall over the length that is asked for now', async () => {
    for (const length of [{ epochs: '1' }, { steps: '100' }]) {
      const path = await stored('vae', { schedule: 'cosine', ...length });
      const { options, values } = await request('vae', { epochs: '10' }, path);
      expect(options).toMatchObject({ schedule: 'cosine', decaySteps: undefined });
      expect(values).toMatchObject({ epochs: 10, steps: undefined });
    }
  });
});

it('keeps a --decay-steps that was asked for', async () => {
  const path = writeRun(
    join(folder(), 'run.json'),
    await runOf('vae', { schedule: 'cosine', decaySteps: '50', epochs: '1' }),
  );
  expect((await request('vae', { epochs: '10' }, path)).options.decaySteps).toBe(50);
});

it('takes of an older run what its defaults were then', async () => {
  const path = join(__dirname, '..', 'fixtures', 'cvae-perceptrons', 'run', 'run.json');
  const { config } = JSON.parse(readFileSync(path, 'utf8'));
  const { options, asked } = await request('cvae', {}, path);
  expect(options).toMatchObject({ network: 'perceptrons', prior: 'standard', latentDim: config.latentDim });
  expect(asked).toMatchObject({ network: 'perceptrons', prior: 'standard', steps: config.steps });
});

it.each(['force', 'resume', 'out', 'dryRun'])(
  'refuses "%s" in a configuration file, by name',
  async (name) => {
    const path = join(folder(), 'c.json');
    writeFileSync(path, JSON.stringify({ model: 'vae', [name]: name === 'out' ? 'precious' : true }));
    await expect(request('vae', {}, path)).rejects.toMatchObject({
      exitCode: 2,
      message: `${path}: "${name}" is not taken from a file.`,
    });
  },
);

describe('--resume', () => {
  /** Makes the run folder, and resumes it. */
  async function resumed(model: string, flags: RawValues, now: RawValues, old = false) {
    const content = await runOf(model, flags);
    mkdirSync(out(), { recursive: true });
    writeRun(join(out(), 'run.json'), old ? { config: content.config } : content);
    return { request: await request(model, { ...now, resume: true }), content };
  }

  it.each([false, true])('goes on with what the run was, from before `asked` too: %j', async (old) => {
    const flags = { schedule: 'cosine', epochs: '1', loss: 'mse' };
    const { request: again, content } = await resumed('gan', flags, { epochs: '10' }, old);
    expect(again.options).toMatchObject({ schedule: 'cosine', decaySteps: 100, loss: 'mse' });
    expect(withLength(findFamily('gan').options, again.options, 1000)).toEqual(again.options);
    expect(again.values.epochs).toBe(10);
    expect(again.asked).toMatchObject({ schedule: 'cosine', loss: 'mse', epochs: 10 });
    expect(again.asked.decaySteps).toBeUndefined();
    expect(content.config).toMatchObject({ epochs: 1, decaySteps: 100 });
  });

  it('takes steps for epochs, and the other way round', async () => {
    const { request: again } = await resumed('vae', { epochs: '2' }, { steps: '300' });
    expect(again.values).toMatchObject({ epochs: undefined, steps: 300 });
    expect(again.asked).toMatchObject({ steps: 300 });
    expect(again.asked.epochs).toBeUndefined();
  });

  it('knows the folder of --init by whatever path it is named', async () => {
    const near = relative(process.cwd(), join(folder(), 'first'));
    const { request: again } = await resumed('vae', { init: near }, { init: join(folder(), 'first', '.') });
    expect(again.values.init).toBe(join(folder(), 'first'));
    expect((await resumed('vae', { init: near }, { init: near })).request.record).toBeDefined();
    await expect(resumed('vae', { init: near }, { init: 'other' })).rejects.toMatchObject({
      exitCode: 2,
    });
  });

  it('takes a value that the run has, however it is written, and refuses another', async () => {
    expect(
      (await resumed('vae', {}, { learningRate: '1e-3', latentDim: '20.0' })).request.record,
    ).toBeDefined();
    await expect(resumed('vae', {}, { learningRate: '0.01' })).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('has --learning-rate 0.001; --resume cannot make it 0.01'),
      hint: expect.stringMatching(/--init '.*run' --learning-rate 0\.01/),
    });
    await expect(resumed('gan', {}, { learningRate: '0.01' })).rejects.toMatchObject({
      message: expect.stringContaining('has --learning-rate unset'),
    });
    await expect(resumed('vae', {}, { seed: '2' })).rejects.toMatchObject({
      hint: expect.not.stringContaining('--init'),
    });
  });
});
