// `aigc train --recipe NAME`: what it stands for, and what outranks it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { idleAmong } from '../../src/config/resolve';
import { families, familyOptions } from '../../src/models';
import { jsonLines, runCli } from '../cli';
import { expectPlainError } from '../small-models';
import { writeDigits } from '../small-set';

const folder = mkdtempSync(join(tmpdir(), 'aigc-recipes-'));
const run = (...words: string[]) => runCli(words, folder, { AIGC_BACKEND: 'wasm' });
const planOf = (stdout: string) => jsonLines(stdout).find(({ event }) => event === 'plan');
const record = (out: string) => JSON.parse(readFileSync(join(folder, out, 'run.json'), 'utf8'));

beforeAll(() => writeDigits(join(folder, 'set'), 64, 16));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = families.flatMap((family) => (family.recipes ?? []).map((recipe) => ({ family, recipe })));

it.each(all.map(({ family, recipe }) => [family.name, recipe.name, family, recipe] as const))(
  '%s has a recipe %s of options that it has, each of which does something',
  (_family, _recipe, family, { options, papers, summary }) => {
    const own = Object.keys(options).filter((name) => name in family.options);
    const length = Object.keys(options).filter((name) => !(name in family.options));
    expect(['', 'epochs', 'steps']).toContain(length.join());
    const values = familyOptions(family, {}, options);
    expect(values).toMatchObject(Object.fromEntries(own.map((name) => [name, options[name]])));
    expect(Object.keys(idleAmong(family.options, values)).filter((name) => own.includes(name))).toEqual([]);
    expect(papers.length).toBeGreaterThan(0);
    expect(summary).toMatch(/minute/);
  },
);

const small = ['--data', 'set', '--batch-size', '4', '--grid', '2x2', '--out'];

it('a flag beside it wins, also over what few images ask for; run.json says what was asked for and all that it stands for', async () => {
  const words = ['--model', 'dcgan', '--recipe', 'r3', '--r1', '5', '--channels', '8', '--steps', '1'];
  expect(await run('train', ...words, ...small, 'run')).toMatchObject({ code: 0 });
  const recipe = all.find(({ family }) => family.name === 'dcgan')?.recipe.options;
  const { asked, config } = record('run');
  expect(asked).toMatchObject({ recipe: 'r3', r1: 5, channels: 8, batchSize: 4 });
  expect(asked).not.toHaveProperty('r2');
  expect(config).toMatchObject({ ...recipe, recipe: 'r3', r1: 5, channels: 8, batchSize: 4 });
  // Few images change what neither says.
  expect(config.augment).toBe('translation');
  expect(await run('train', '--resume', '--steps', '2', '--out', 'run')).toMatchObject({ code: 0 });
  expect(record('run').config).toEqual({ ...config, steps: 2 });

  const again = await run(
    'train',
    '--config',
    'run/run.json',
    '--r2',
    '7',
    '--out',
    'again',
    '--dry-run',
    '--json',
  );
  expect(planOf(again.stdout).options).toMatchObject({ ...recipe, r1: 5, r2: 7, channels: 8, batchSize: 4 });
});

it('of an unknown name says which there are, and which family has it', async () => {
  const unknown = await run('train', '--recipe', 'r4', ...small, 'none');
  expectPlainError(unknown, 2, /gan has no recipe "r4"/);
  expect(unknown.stderr).toContain('"r3"');
  const other = await run('train', '--model', 'vae', '--recipe', 'r3', ...small, 'none');
  expectPlainError(other, 2, /vae has no recipe "r3"/);
  expect(other.stderr).toContain('--model gan --recipe r3');
});

it('of a run that goes on cannot become another', async () => {
  const changed = await run('train', '--resume', '--recipe', 'r4', '--out', 'run');
  expectPlainError(changed, 2, /has --recipe r3; --resume cannot make it r4/);
});

it('its length is the run’s unless another is asked for, in a file too', async () => {
  const length = async (...words: string[]) => {
    const { stdout, stderr } = await run(
      'train',
      '--model',
      'iwae',
      '--recipe',
      'iwae-long',
      ...words,
      ...small,
      'none',
      '--dry-run',
      '--json',
    );
    const plan = planOf(stdout);
    return plan ? [plan.steps, plan.options.decaySteps, plan.options.growSteps] : stderr;
  };
  const steps = all.find(({ recipe }) => recipe.name === 'iwae-long')?.recipe.options.steps;
  expect(await length()).toEqual([steps, steps, steps]);
  expect(await length('--epochs', '3')).toEqual([48, 48, 48]);
  writeFileSync(join(folder, 'epochs.json'), JSON.stringify({ model: 'iwae', epochs: 2 }));
  expect(await length('--config', 'epochs.json')).toEqual([32, 32, 32]);
});

it('aigc models NAME shows what it stands for', async () => {
  const { stdout } = await run('models', 'dcgan');
  expect(stdout).toContain('aigc train --model dcgan --recipe r3');
  expect(stdout).toMatch(/stands for: .*--loss relativistic/);
});
