import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ask, askFile, askRun } from '../../src/run/asks';
import { readRun, runFolder } from '../../src/run/run-folder';
import { runCli } from '../cli';
import { scratchFolder } from '../scratch';

const scratch = scratchFolder();
const words = [
  'train',
  '--model',
  'vae',
  '--data',
  'digits',
  '--backend',
  'wasm',
  '--epochs',
  '500',
  '--out',
  'run',
];

async function until(found: () => boolean): Promise<void> {
  while (!found()) await sleep(20);
}

it('writes a checkpoint that is asked for and goes on, and ends when that is asked', async () => {
  const folder = runFolder(join(scratch(), 'run'));
  const training = runCli([...words, '--log-every-steps', '1'], scratch());
  await until(() => existsSync(folder.metrics));
  const steps = () => (existsSync(folder.checkpoints) ? readdirSync(folder.checkpoints) : []);
  const taken = (ask: Ask) => until(() => !existsSync(askFile(folder, ask)));

  await askRun(folder, 'checkpoint');
  await askRun(folder, 'checkpoint');
  await taken('checkpoint');
  await until(() => steps().some((name) => /^step-\d+$/.test(name)));
  expect((await readRun(folder))?.status).toBe('running');

  await askRun(folder, 'stop');
  const { code, stderr } = await training;
  expect(stderr).toMatch(
    /stopped: Asked to stop at step \d+; a checkpoint holds everything\.\n {2}Go on with: aigc train --resume --out run/,
  );
  expect(code).toBe(143);
  expect(await readRun(folder)).toMatchObject({ status: 'stopped', length: { endStep: expect.any(Number) } });
  expect(existsSync(askFile(folder, 'stop'))).toBe(false);
});

it('passes over what was asked of an earlier call', async () => {
  const folder = runFolder(join(scratch(), 'run'));
  await runCli([...words.slice(0, -4), '--steps', '2', '--out', 'run'], scratch());
  await askRun(folder, 'stop');
  const { code } = await runCli(
    ['train', '--resume', '--steps', '4', '--backend', 'wasm', '--out', 'run'],
    scratch(),
  );
  expect(code).toBe(0);
  expect(readdirSync(folder.path)).not.toContain('ask-stop');
});

it('follows no link to ask', async () => {
  const folder = runFolder(scratch());
  const other = join(scratch(), 'other.txt');
  writeFileSync(other, 'kept');
  symlinkSync(join(scratch(), 'made.txt'), askFile(folder, 'stop'));
  await askRun(folder, 'stop');
  expect(readdirSync(scratch()).sort()).toEqual(['ask-stop', 'other.txt']);
});
