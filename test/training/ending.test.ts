// How a run ends that was killed after its last checkpoint, or that the disk ended: it is on record, then or on --resume.
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finished } from '../cli';
import { mayMount, withDisk } from '../small-disk';
import { expectPlainError, trainSmall } from '../small-models';

const folder = mkdtempSync(join(tmpdir(), 'aigc-ending-'));
const at = (...names: string[]) => join(folder, ...names);
const runJson = (name: string) => JSON.parse(readFileSync(at(name, 'run.json'), 'utf8'));
const vae = ['--model', 'vae', '--hidden-units', '8', '--latent-dim', '4', '--learning-rate', '0.05'];
let run: (...words: string[]) => Promise<Finished>;

beforeAll(async () => {
  run = await trainSmall(folder, {
    whole: [...vae, '--epochs', '3', '--keep', '1'],
    part: [...vae, '--steps', '30', '--keep', '1'],
    // At such a rate the bound goes up and down.
    early: ['--model', 'vae', '--learning-rate', '0.03', '--epochs', '60', '--patience', '1'],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A copy of a run as it is after a kill before its last run.json. */
function killed(name: string, status = 'running'): string {
  const copy = `${name}-killed`;
  rmSync(at(copy), { recursive: true, force: true });
  cpSync(at(name), at(copy), { recursive: true });
  const { best: _, ...record } = runJson(name);
  writeFileSync(at(copy, 'run.json'), JSON.stringify({ ...record, status, step: 0 }));
  return copy;
}

it.each([
  ['whole', 'epoch-0003.png'],
  ['part', 'epoch-0002.png'],
])('that was killed after its last checkpoint is finished by --resume (%s)', async (name, lastGrid) => {
  const copy = killed(name);
  rmSync(at(copy, 'samples', lastGrid));
  writeFileSync(at(copy, '.run.json.123-4.tmp'), '{');
  writeFileSync(at(copy, 'samples', `.${lastGrid}.123-5.tmp`), '');
  cpSync(at(name, 'checkpoints'), at(copy, 'checkpoints', '.step-9.123.tmp'), { recursive: true });
  expect(await run('train', '--resume', '--out', copy)).toMatchObject({ code: 0 });
  expect(runJson(copy)).toEqual(runJson(name));
  expect(readdirSync(at(copy), { recursive: true }).sort()).toEqual(
    readdirSync(at(name), { recursive: true }).sort(),
  );
  for (const file of ['metrics.jsonl', join('samples', lastGrid)])
    expect(readFileSync(at(copy, file)).equals(readFileSync(at(name, file)))).toBe(true);
  expectPlainError(await run('train', '--resume', '--out', copy), 2, /has done its \d+ steps already/);
});

it('that was to stop early and was killed before that was on record does so on --resume', async () => {
  const whole = runJson('early');
  expect(whole).toMatchObject({ status: 'finished' });
  expect(whole.step).toBeLessThan(60 * 24);
  const copy = killed('early');
  const { code, stdout } = await run('train', '--resume', '--out', copy);
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/Stopped at step/) });
  expect(runJson(copy)).toEqual(whole);
  expectPlainError(await run('train', '--resume', '--out', copy), 2, /has stopped at step/);
});

it('is not made of one that has more steps than it is to have', async () => {
  expectPlainError(
    await run('train', '--resume', '--steps', '9', '--out', killed('part', 'stopped')),
    2,
    /has done its 30 steps/,
  );
});

(mayMount ? it : it.skip)('says of a full disk so in run.json, and goes on when there is room', async () => {
  const large = [
    '--model',
    'vae',
    '--hidden-units',
    '200',
    '--data',
    'set',
    '--batch-size',
    '8',
    '--grid',
    '2x2',
  ];
  await withDisk(at('disk'), 'size=900k', async () => {
    const full = await run('train', ...large, '--epochs', '4', '--keep', '4', '--out', 'disk/run');
    expect(full.stderr).toMatch(/the disk is full/);
    expect(full.code).toBe(3);
    const record = JSON.parse(readFileSync(at('disk', 'run', 'run.json'), 'utf8'));
    expect(record).toMatchObject({
      status: 'stopped',
      problem: expect.stringMatching(/the disk is full \(ENOSPC\)/),
    });
    expect(existsSync(at('disk', 'run', 'checkpoints', `step-${String(record.step).padStart(6, '0')}`))).toBe(
      true,
    );
    cpSync(at('disk', 'run'), at('moved'), { recursive: true });
  });
  expect(await run('train', '--resume', '--out', 'moved')).toMatchObject({ code: 0 });
  expect(runJson('moved')).toMatchObject({ status: 'finished', step: 96 });
  expect(runJson('moved').problem).toBeUndefined();
});
