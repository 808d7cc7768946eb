// How `aigc train` has its steps run where nobody says so, and that a run goes on as it began.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findInstallation } from '../../src/tensor/native/location';
import { jsonLines, program, runCli } from '../cli';
import { writeDigits } from '../small-set';

// Skipped where `aigc backend install` has not been run.
const describeNative = findInstallation() ? describe : describe.skip;

const root = mkdtempSync(join(tmpdir(), 'aigc-compile-'));
const runFile = (run: string) => join(root, run, 'run.json');
const recordOf = (run: string) => JSON.parse(readFileSync(runFile(run), 'utf8'));

/** Trains, and @returns how its steps ran, as it says and as run.json does. */
async function train(run: string, ...words: string[]): Promise<unknown[]> {
  const all = ['train', '--out', run, '--backend', 'native', '--grid', '1x1', '--json', ...words];
  const { code, stdout, stderr } = await runCli(all, root);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const said = jsonLines(stdout).find(({ event }) => event === 'backend');
  return [said?.compile, recordOf(run).compile];
}

describeNative('--compile auto', () => {
  beforeAll(() => writeDigits(join(root, 'set'), 64, 16));
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  const vae = ['--model', 'vae', '--data', 'set', '--hidden-units', '8', '--batch-size', '16'];

  it('has XLA make one kernel of small products, and TensorFlow run the rest as a graph', async () => {
    expect(await train('small', ...vae, '--steps', '2')).toEqual(['xla', 'xla']);
    const dcgan = ['--model', 'dcgan', '--data', 'set', '--channels', '4', '--batch-size', '16'];
    expect(await train('convolutions', ...dcgan, '--steps', '1')).toEqual(['graph', 'graph']);
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
