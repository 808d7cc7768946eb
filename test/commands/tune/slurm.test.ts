// Searches on a real Slurm: what they come to is what they come to here, whatever happens to the engine meanwhile.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { program, runCli, startProgram } from '../../cli';
import { type Cluster, describeOnSlurm, startCluster } from '../../slurm';
import { expectPlainError } from '../../small-models';
import { writeDigits } from '../../small-set';

const root = mkdtempSync(join(tmpdir(), 'aigc-slurm-'));
const at = (...names: string[]) => join(root, ...names);
const wasm = { AIGC_BACKEND: 'wasm' };
const small = ['--model', 'vae', '--data', 'set', '--set', 'hidden-units=8', '--set', 'batch-size=32'];
let cluster: Cluster;

const table = (out: string) => readFileSync(at(out, 'report.md'), 'utf8').match(/^\|.*\|$/gm);
const linesOf = (file: string) => readFileSync(file, 'utf8').trim().split('\n');

/** The process that trains a trial. */
function ownerOf(out: string, trial: string): number | undefined {
  const lock = at(out, 'trials', trial, 'lock');
  const [file] = existsSync(lock) ? readdirSync(lock) : [];
  return file === undefined ? undefined : JSON.parse(linesOf(join(lock, file))[0] as string).pid;
}

describeOnSlurm()('on Slurm', () => {
  beforeAll(async () => {
    mkdirSync(at('cluster'));
    cluster = startCluster(at('cluster'));
    await writeDigits(at('set'), 64, 16);
  });
  afterAll(() => {
    cluster?.stop();
    rmSync(root, { recursive: true, force: true });
  });
  const onSlurm = () => ({ ...wasm, ...cluster.environment });

  it('loses nothing when the search is killed, a job is cancelled and the controller starts anew', async () => {
    const words = [
      'tune',
      ...small,
      '--set',
      'learning-rate=1e-4..1e-1:log',
      '--epochs',
      '2',
      '--trials',
      '4',
      '--eta',
      '2',
    ];
    expect(await runCli([...words, '--out', 'here', '--parallel', '2'], root, wasm)).toMatchObject({
      code: 0,
    });
    const { child, done } = startProgram([...words, '--out', 'there', '--on', 'slurm'], root, onSlurm());
    let said = '';
    child.stderr.on('data', (text) => {
      said += text;
    });
    const job = await cluster.until(() => /as job (\d+)/.exec(said)?.[1]);
    child.kill('SIGKILL');
    await done;
    cluster.run('scancel', `${job}_3`);
    cluster.restartController();
    const resumed = await program(['tune', '--resume', '--out', 'there'], root, onSlurm());
    expect(resumed).toMatchObject({ code: 0 });
    expect(table('there')).toEqual(table('here'));
    expect(linesOf(at('there', 'trials.jsonl'))).toHaveLength(4 + 2);
    expect(readdirSync(at('there', 'jobs')).filter((name) => /list$|sh$/.test(name))).toEqual([]);
  }, 240_000);

  it('goes on from the checkpoint when a job is requeued, and counts a killed trial as failed', async () => {
    const words = ['sweep', ...small, '--seeds', '1,2', '--epochs', '400'];
    expect(await runCli([...words, '--out', 'still', '--parallel', '2'], root, wasm)).toMatchObject({
      code: 0,
    });
    const { child, done } = startProgram(
      [...words, '--out', 'shaken', '--on', 'slurm', '--json'],
      root,
      onSlurm(),
    );
    let said = '';
    child.stdout.on('data', (text) => {
      said += text;
    });
    const job = await cluster.until(() => /"job":(\d+)/.exec(said)?.[1]);
    const killed = await cluster.until(() => ownerOf('shaken', '0002'));
    const log = at('shaken', 'trials', '0001', 'metrics.jsonl');
    await cluster.until(() => existsSync(log) && linesOf(log).length > 9);
    process.kill(killed, 'SIGKILL');
    cluster.run('scontrol', 'requeue', `${job}_0`);
    await cluster.until(
      () => cluster.run('squeue', '-h', '-r', '-j', `${job}_0`, '-o', '%T').trim() === 'PENDING',
    );
    const [step] = readdirSync(at('shaken', 'trials', '0001', 'checkpoints'));
    // Slurm ends a job for good that is to begin again in the second in which it was killed: "credential revoked".
    await sleep(1100);
    cluster.run('scontrol', 'update', `JobId=${job}_0`, 'StartTime=now');
    const { code, stdout, stderr } = await done;
    expect(code === 0 ? [] : [code, stdout.split('\n').slice(-6), stderr]).toEqual([]);
    expect(Number(step?.slice('step-'.length))).toBeLessThan(2 * 400);
    expect(table('shaken')?.[3]).toMatch(/\| 0002 \| 2 \| 400 \| failed \|/);
    const again = await runCli(
      ['sweep', '--resume', '--retry', '--out', 'shaken', '--on', 'slurm'],
      root,
      onSlurm(),
    );
    expect(again).toMatchObject({ code: 0 });
    expect(table('shaken')).toEqual(table('still'));
    expect(readFileSync(at('shaken', 'jobs', '0001-1.log'), 'utf8')).toMatch(
      /SIGTERM: Trial 0001 has written/,
    );
  }, 240_000);

  it('ends in order when a job is cancelled, and says what the engine refuses in its words', async () => {
    const words = ['sweep', ...small, '--epochs', '100000', '--quiet', '--out', 'cancelled', '--on', 'slurm'];
    const { done } = startProgram(words, root, onSlurm());
    await cluster.until(() => ownerOf('cancelled', '0001'));
    cluster.run('scancel', '--user=root');
    expect(await done).toMatchObject({
      code: 143,
      stderr: expect.stringMatching(/^stopped: Trials were cancelled on the engine; 0 results are kept/),
    });
    const other = [...words.slice(0, -3), 'refused', '--on', 'slurm'];
    const refused = await runCli([...other, '--slurm', 'partition=nope'], root, onSlurm());
    expectPlainError(refused, 4, /Slurm refused the trials: .*Invalid partition name specified/);
    const without = await runCli(
      ['sweep', '--resume', '--quiet', '--out', 'refused', '--on', 'slurm'],
      root,
      {
        ...wasm,
        PATH: '/none',
      },
    );
    expectPlainError(without, 4, /There is no scontrol here/);
  }, 240_000);
});
