// How `aigc train` has its steps run where nobody says so, and that a run goes on as it began.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../src/cache-folder';
import { findInstallation } from '../../src/tensor/native/location';
import { readRace, winnerOf, writeRace } from '../../src/training/compiler-record';
import { jsonLines, program, runCli } from '../cli';
import { writeDigits } from '../small-set';

// Skipped where `aigc backend install` has not been run.
const describeNative = findInstallation() ? describe : describe.skip;

const root = mkdtempSync(join(tmpdir(), 'aigc-compile-'));
/** With TensorFlow in it, and nothing that was measured here. */
const cache = join(root, 'cache');
const runFile = (run: string) => join(root, run, 'run.json');
const recordOf = (run: string) => JSON.parse(readFileSync(runFile(run), 'utf8'));

/** Trains, and @returns how its steps ran, as it says and as run.json does. */
async function train(run: string, ...words: string[]): Promise<unknown[]> {
  const all = ['train', '--out', run, '--backend', 'native', '--grid', '1x1', '--json', ...words];
  const { code, stdout, stderr } = await runCli(all, root, { AIGC_CACHE_DIR: cache });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const said = jsonLines(stdout).find(({ event }) => event === 'backend');
  return [said?.compile, recordOf(run).compile];
}

describeNative('--compile auto', () => {
  beforeAll(async () => {
    await writeDigits(join(root, 'set'), 64, 16);
    mkdirSync(cache);
    symlinkSync(join(cacheFolder(), 'native'), join(cache, 'native'));
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const vae = ['--model', 'vae', '--data', 'set', '--hidden-units', '8', '--batch-size', '16'];

  it('has XLA make one kernel of small products, and TensorFlow run large ones as a graph', async () => {
    expect(await train('small', ...vae, '--steps', '2')).toEqual(['xla', 'xla']);
    const iwae = ['--model', 'iwae', '--data', 'set', '--hidden-units', '8', '--batch-size', '16'];
    const rows = (samples: string) => [...iwae, '--importance-samples', samples, '--steps', '1'];
    expect(await train('rows-256', ...rows('16'))).toEqual(['xla', 'xla']);
    expect(await train('rows-272', ...rows('17'))).toEqual(['graph', 'graph']);
  });

  it('takes for convolutions what was the faster on this machine, and goes on with that', async () => {
    const dcgan = [
      '--model',
      'dcgan',
      '--data',
      'set',
      '--channels',
      '2',
      '--hidden',
      '4',
      '--batch-size',
      '16',
    ];
    const began = (run: string) => train(run, ...dcgan, '--steps', '1');
    expect(await began('no-race')).toEqual(['graph', 'graph']);
    await writeRace({ graphMs: 352, xlaMs: 240 }, cache);
    expect(await began('xla-won')).toEqual(['xla', 'xla']);
    await writeRace({ graphMs: 117, xlaMs: 151 }, cache);
    expect(await began('graph-won')).toEqual(['graph', 'graph']);
    expect(await train('xla-won', '--resume', '--steps', '2')).toEqual(['xla', 'xla']);
    const record = JSON.parse(readFileSync(join(cache, 'compilers.json'), 'utf8'));
    const other = { ...record, xlaMs: 1, machine: `${record.machine}, amx_tile` };
    writeFileSync(join(cache, 'compilers.json'), JSON.stringify(other));
    expect(await began('of-another')).toEqual(['graph', 'graph']);
  });

  it('is told which that is by `aigc backend doctor`', async () => {
    rmSync(join(cache, 'compilers.json'));
    const { code, stdout } = await program(['backend', 'doctor', '--json'], root, { AIGC_CACHE_DIR: cache });
    const said = jsonLines(stdout).find(({ event }) => event === 'compilers');
    expect({ code, said }).toMatchObject({ code: 0, said: { auto: expect.stringMatching(/^(graph|xla)$/) } });
    expect(readRace(cache)).toEqual({ graphMs: said.graphMs, xlaMs: said.xlaMs });
    expect(winnerOf(said)).toBe(said.auto);
  });

  it('resumes a run as it began, those of an earlier aigc as graphs, unless told otherwise', async () => {
    const resumed = (steps: string, ...words: string[]) =>
      train('small', '--resume', '--steps', steps, ...words);
    expect(await resumed('3')).toEqual(['xla', 'xla']);
    const { compile: _, ...earlier } = recordOf('small');
    writeFileSync(runFile('small'), JSON.stringify(earlier));
    expect(await resumed('4')).toEqual(['graph', 'graph']);
    expect(await resumed('5')).toEqual(['graph', 'graph']);
    expect(await resumed('6', '--compile', 'xla')).toEqual(['xla', 'xla']);
    expect(await resumed('7', '--compile', 'off')).toEqual(['off', 'off']);
    expect(await resumed('8')).toEqual(['off', 'off']);
  });

  it('has Adam change a matrix and its moments in one loop of XLA, and copies none of them', async () => {
    const dump = join(root, 'xla');
    const words = ['train', '--out', 'dumped', '--backend', 'native', ...vae, '--steps', '2'];
    const { code } = await program(words, root, { XLA_FLAGS: `--xla_dump_to=${dump}` });
    expect(code).toBe(0);
    const last = readdirSync(dump).find((name) =>
      /steps.*cpu_after_optimizations\.txt$/.test(name),
    ) as string;
    const kernel = readFileSync(join(dump, last), 'utf8');
    const matrix = 'f32\\[(?:784,8|8,784)\\]\\{1,0\\}';
    expect(kernel.match(RegExp(`= ${matrix} copy\\(`, 'g'))).toBeNull();
    expect(kernel.match(RegExp(`= \\(${matrix}, ${matrix}, ${matrix}\\) fusion\\(`, 'g'))).toHaveLength(2);
  });

  it('gives a resumed run the weights of an unbroken one', async () => {
    const weights = (run: string) =>
      readFileSync(join(root, run, 'checkpoints', 'step-000014', 'weights.safetensors'));
    await train('unbroken', ...vae, '--steps', '14');
    await train('broken', ...vae, '--steps', '9');
    await train('broken', '--resume', '--steps', '14');
    expect(weights('broken').equals(weights('unbroken'))).toBe(true);
  });
});
