import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataError } from '../../src/errors';
import { ownIdentity } from '../../src/process/identity';
import { BusyError, type Lock, lockFolder } from '../../src/run/lock';
import { findOwner, readOwner } from '../../src/run/lock-owner';
import { waitForOwner } from '../../src/run/lock-wait';
import { scratchFolder } from '../scratch';

const scratch = scratchFolder();
const timing = { beatMs: 40, limitMs: 600 };
const onLinux = process.platform === 'linux' ? it : it.skip;

const at = (...names: string[]) => join(scratch(), 'run', ...names);
let said: string[] = [];
const output = {
  progress: (line: string) => void said.push(line),
  warn: (line: string) => void said.push(`warning: ${line}`),
};
const take = (): Promise<Lock> => lockFolder(at(), output, timing);
beforeEach(() => {
  said = [];
});

/** A process id that is nobody's any more. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

/** Leaves a lock as a process that is like this one but for `identity` would. @returns its file */
function plant(identity: Readonly<Record<string, unknown>>, silentMs = 0): string {
  mkdirSync(at('lock'), { recursive: true });
  const file = at('lock', '01234567-89ab-4cde-8f01-23456789abcd.json');
  writeFileSync(file, `${JSON.stringify({ ...ownIdentity(), ...identity })}\n0000000000\n`);
  const changed = new Date(Date.now() - silentMs);
  utimesSync(file, changed, changed);
  return file;
}

function plantOld(identity: { readonly pid: number; readonly host: string }): void {
  mkdirSync(at(), { recursive: true });
  writeFileSync(at('lock.json'), JSON.stringify(identity));
}

/** Beats for an owner elsewhere. @returns what ends it */
function beat(file: string): () => void {
  let beats = 0;
  const timer = setInterval(() => {
    beats += 1;
    const [head] = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, `${head}\n${String(beats).padStart(10, '0')}\n`);
  }, timing.beatMs);
  return () => clearInterval(timer);
}

/** A process that holds the lock, and does nothing else. */
async function startHolder(): Promise<ChildProcess> {
  const program = join(__dirname, '..', '..', 'dist', 'run', 'lock.js');
  const words = `require(${JSON.stringify(program)}).lockFolder(${JSON.stringify(at())}, { progress() {}, warn() {} }, ${JSON.stringify(timing)}).then(() => { console.log('held'); setInterval(() => {}, 1000); })`;
  const child = spawn(process.execPath, ['-e', words], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  return child;
}

const ended = (child: ChildProcess) => new Promise((resolve) => child.once('exit', resolve));

describe('twenty processes that start at once', () => {
  const [processes, rounds] = [20, 15];
  const racers: ChildProcess[] = [];
  afterEach(() => {
    for (const racer of racers) racer.kill('SIGKILL');
  });

  /** Tells each of them something. @returns their answers */
  function tell(line: string): Promise<string[]> {
    return Promise.all(
      racers.map(async (racer) => {
        const answer = new Promise((resolve) => racer.stdout?.once('data', resolve));
        racer.stdin?.write(`${line}\n`);
        return String(await answer).trim();
      }),
    );
  }

  it('have one holder, where there was no lock, a dead one, or an old dead one', async () => {
    const pid = deadPid();
    for (let i = 0; i < processes; i++)
      racers.push(spawn(process.execPath, [join(__dirname, 'lock-racer.js')]));
    for (let round = 0; round < rounds; round++) {
      rmSync(at(), { recursive: true, force: true });
      if (round % 3 === 1) plant({ pid });
      if (round % 3 === 2) plantOld({ pid, host: hostname() });
      const answers = (await tell(at())).sort();
      expect(answers).toEqual(['held', ...Array.from({ length: processes - 1 }, () => 'refused')]);
      expect(new Set(await tell('release'))).toEqual(new Set(['released']));
      expect(readdirSync(at())).toEqual([]);
    }
  });
});

describe('a lock', () => {
  it('is there while it is held, and nothing is left of it', async () => {
    const lock = await take();
    expect(readdirSync(at())).toEqual(['lock']);
    expect(findOwner(at())).toMatchObject({ pid: process.pid, host: hostname() });
    lock.check();
    await expect(take()).rejects.toThrow(BusyError);
    lock.release();
    expect(readdirSync(at())).toEqual([]);
    expect(said).toEqual([]);
  });

  it('is renewed while the main thread computes', async () => {
    const lock = await take();
    await sleep(300);
    const before = Number(readOwner(at())?.pulse);
    for (const began = Date.now(); Date.now() - began < 1000; );
    expect(Number(readOwner(at())?.pulse) - before).toBeGreaterThan(5);
    lock.release();
  });

  it.each([
    ['removed', () => rmSync(at(), { recursive: true })],
    ['moved', () => renameSync(at(), `${at()}-moved`)],
    [
      'replaced by another run',
      () => {
        rmSync(at(), { recursive: true });
        plant({ pid: 1 });
      },
    ],
  ])('is no longer its owner’s when the folder was %s', async (_, change) => {
    const lock = await take();
    change();
    expect(() => lock.check()).toThrow(DataError);
    expect(() => lock.check()).toThrow(/is no longer this process's/);
    const left = existsSync(at()) && readdirSync(at('lock'));
    lock.release();
    expect(existsSync(at()) && readdirSync(at('lock'))).toEqual(left);
  });

  it('is not made again by a beat of one who has lost it', async () => {
    const lock = await take();
    rmSync(at('lock'), { recursive: true });
    await sleep(4 * timing.beatMs);
    expect(existsSync(at('lock'))).toBe(false);
    lock.release();
  });

  it('is taken with drafts of others swept away', async () => {
    mkdirSync(at('.lock-01234567-89ab-4cde-8f01-23456789abcd'), { recursive: true });
    writeFileSync(at('lock.json.123'), '');
    writeFileSync(at('.lock-notes'), 'mine');
    (await take()).release();
    expect(readdirSync(at())).toEqual(['.lock-notes']);
  });

  it('does not take a folder that holds something else for one', async () => {
    mkdirSync(at('lock'), { recursive: true });
    writeFileSync(at('lock', 'notes.txt'), 'mine');
    await expect(take()).rejects.toThrow(/holds what is no lock of aigc/);
    expect(readdirSync(at())).toEqual(['lock']);
    expect(readdirSync(at('lock'))).toEqual(['notes.txt']);
  });
});

describe('the owner', () => {
  it('that was killed is followed at once, and that is said', async () => {
    const child = await startHolder();
    await expect(take()).rejects.toThrow(`process ${child.pid} on ${hostname()}`);
    const end = ended(child);
    child.kill('SIGKILL');
    await end;
    const began = performance.now();
    (await take()).release();
    if (process.platform === 'linux') {
      expect(performance.now() - began).toBeLessThan(3 * timing.beatMs);
      expect(said).toEqual([
        `Taking ${at()} over from process ${child.pid} on ${hostname()}, which is gone.`,
      ]);
    }
  });

  onLinux('whose id is another program’s by now is dead', async () => {
    plant({ pid: 1, start: '999999999' });
    (await take()).release();
    expect(said).toEqual([expect.stringMatching(/over from process 1 on .*, which is gone/)]);
  });

  onLinux('that waits to be reaped is dead', async () => {
    const shell = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 20'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const pid = Number(await new Promise((resolve) => shell.stdout.once('data', resolve)));
    const start = readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ')[21];
    plant({ pid, start });
    await expect(take()).rejects.toThrow(BusyError);
    await sleep(300);
    expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toContain(' Z ');
    (await take()).release();
    shell.kill();
  });

  onLinux('that was stopped lives, and the hint says how to go on', async () => {
    const child = await startHolder();
    child.kill('SIGSTOP');
    await sleep(2 * timing.limitMs);
    await expect(take()).rejects.toMatchObject({
      message: expect.stringMatching(/, stopped, .*lock.* renewed \d+ s ago/),
      hint: expect.stringContaining(`kill -CONT ${child.pid}`),
    });
    child.kill('SIGKILL');
  });

  it('elsewhere is refused when it beats', async () => {
    const end = beat(plant({ host: 'old-container', machine: 'another' }, 3_600_000));
    const refusal = await take().catch((error) => error);
    end();
    expect(refusal).toBeInstanceOf(BusyError);
    expect(refusal.message).toMatch(/on old-container, .*lock.*\.json renewed 0 s ago/);
    expect(refusal.hint).toMatch(/stop it there/);
    expect(said).toEqual([expect.stringMatching(/^Waiting to see whether the owner of .* lives: process/)]);
  });

  it.each([
    ['its last beat', 0, timing.limitMs],
    ['a beat long ago', 3_600_000, 3 * timing.beatMs],
    ['a beat of a clock that is ahead', -3_600_000, timing.limitMs],
  ])('elsewhere is followed when it beats no more, in good time after %s', async (_, silentMs, needed) => {
    plant({ host: 'old-container', machine: 'another' }, silentMs);
    const began = performance.now();
    (await take()).release();
    expect(performance.now() - began).toBeGreaterThan(0.9 * needed);
    expect(performance.now() - began).toBeLessThan(needed + 5 * timing.beatMs + 200);
    expect(said[1]).toMatch(
      /^warning: Taking .* over from process \d+ on old-container, which has not renewed/,
    );
  });

  it('that is not known, because its lock is empty, is followed when it beats no more', async () => {
    mkdirSync(at('lock'), { recursive: true });
    writeFileSync(at('lock', '01234567-89ab-4cde-8f01-23456789abcd.json'), '');
    (await take()).release();
    expect(said).toHaveLength(2);
  });
});

describe('an older aigc’s lock.json', () => {
  onLinux.each([
    ['a dead process', () => deadPid()],
    ['a process that is no aigc', () => 1],
    ['the process that asks', () => process.pid],
  ])('of %s is taken over at once', async (_, pid) => {
    plantOld({ pid: pid(), host: hostname() });
    const began = performance.now();
    (await take()).release();
    expect(performance.now() - began).toBeLessThan(timing.limitMs);
    expect(existsSync(at('lock.json'))).toBe(false);
    expect(said).toEqual([expect.stringContaining('which is gone')]);
  });

  onLinux('of an aigc at work is refused', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)', 'aigc.js', 'train']);
    await sleep(100);
    plantOld({ pid: child.pid as number, host: hostname() });
    await expect(take()).rejects.toThrow(/Another aigc is at work/);
    expect(readdirSync(at())).toEqual(['lock.json']);
    child.kill();
  });

  it('of another host is refused while its run goes on, and then taken over', async () => {
    plantOld({ pid: 4242, host: 'old-container' });
    const timer = setInterval(() => writeFileSync(at('metrics.jsonl'), String(Date.now())), timing.beatMs);
    await expect(take()).rejects.toThrow(/4242 on old-container/);
    clearInterval(timer);
    (await take()).release();
    expect(said.at(-1)).toMatch(/^warning: Taking .* over from process 4242 on old-container/);
    expect(readdirSync(at())).toEqual(['metrics.jsonl']);
  });

  it('that is not what was written has no owner', async () => {
    mkdirSync(at());
    writeFileSync(at('lock.json'), '{');
    (await take()).release();
    expect(said).toEqual([]);
  });
});

describe('waiting for an owner', () => {
  const wait = (stopping = () => false) => {
    const seen: number[] = [];
    return waitForOwner(at(), { stopping, onWait: ({ pid }) => void seen.push(pid), timing }).then(
      () => seen,
    );
  };

  it('ends when it is done, and says once that it waits', async () => {
    const lock = await take();
    setTimeout(lock.release, 300);
    const began = performance.now();
    expect(await wait()).toEqual([process.pid]);
    expect(performance.now() - began).toBeGreaterThan(250);
  });

  it('ends when it is silent, where nobody can tell, and says nothing when it is dead', async () => {
    plant({ host: 'old-container', machine: 'another' });
    expect(await wait()).toHaveLength(1);
    plant({ pid: deadPid() });
    if (process.platform === 'linux') expect(await wait()).toEqual([]);
  });

  it('ends when it is to stop', async () => {
    const lock = await take();
    const began = performance.now();
    await wait(() => performance.now() - began > 200);
    lock.release();
  });

  onLinux('ends with an error when the owner was stopped', async () => {
    const child = await startHolder();
    child.kill('SIGSTOP');
    await expect(wait()).rejects.toThrow(/, stopped, /);
    child.kill('SIGKILL');
  });
});
