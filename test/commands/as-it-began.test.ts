// A run that goes on goes on as it began, and says where it cannot or where that is of no use.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../cli';
import { writeDigits } from '../small-set';

const folder = mkdtempSync(join(tmpdir(), 'aigc-began-'));
const small = [
  '--model',
  'vae',
  '--data',
  'set',
  '--hidden-units',
  '4',
  '--batch-size',
  '8',
  '--grid',
  '1x1',
];
const runFile = (name: string) => join(folder, name, 'run.json');
const recordOf = (name: string) => JSON.parse(readFileSync(runFile(name), 'utf8'));
const weightsAt = (name: string, step: string) =>
  readFileSync(join(folder, name, 'checkpoints', `step-${step}`, 'weights.safetensors'));

/** @returns what it said on stderr */
async function train(out: string, ...words: string[]): Promise<string> {
  const { code, stderr } = await runCli(['train', '--out', out, ...words], folder, { AIGC_BACKEND: 'auto' });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return stderr;
}

beforeAll(() => writeDigits(join(folder, 'set'), 32, 8));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('on the backend of before, with the bits of an unbroken run', async () => {
  await train('whole', ...small, '--backend', 'cpu', '--steps', '3');
  await train('parted', ...small, '--backend', 'cpu', '--steps', '1');
  const said = await train('parted', '--resume', '--steps', '3');
  expect(said).toMatch(/Backend: cpu .*as before \(--backend takes another\)/);
  expect(said).not.toContain('last bits');
  expect(recordOf('parted').backend).toBe('cpu');
  expect(weightsAt('parted', '000003').equals(weightsAt('whole', '000003'))).toBe(true);
});

it('on another when it is told to, or when that of before is not there', async () => {
  expect(await train('parted', '--resume', '--steps', '4', '--backend', 'wasm')).toContain(
    'on cpu before, and goes on on wasm: the last bits',
  );
  writeFileSync(runFile('parted'), JSON.stringify({ ...recordOf('parted'), backend: 'of-another-time' }));
  expect(await train('parted', '--resume', '--steps', '5')).toContain('on of-another-time before');
});

it('tells of steps that train nothing, because the learning rate has fallen to 0', async () => {
  const fallen = /cosine has brought the learning rate to 0 after 2 steps \(--decay-steps\)/;
  const wasm = ['--backend', 'wasm'];
  expect(await train('fallen', ...small, ...wasm, '--schedule', 'cosine', '--steps', '2')).not.toMatch(
    fallen,
  );
  const longer = await train('fallen', '--resume', '--steps', '3');
  expect(longer).toMatch(fallen);
  expect(longer).toContain('--init fallen');
  const words = [...small, ...wasm, '--schedule', 'cosine', '--decay-steps', '2', '--steps', '3'];
  const early = await train('early', ...words);
  expect(early).toMatch(fallen);
  expect(early).not.toContain('--init');
});
