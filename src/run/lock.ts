// The lock of a folder, which keeps two writers apart: taken by one, renewed while that one lives, taken over from the dead.
// How, and why it is sound: docs/architecture.md, "The lock".
import { randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DataError, UsageError } from '../errors';
import { errorCode, fileError } from '../file-error';
import { makeFolder } from '../files';
import { ownIdentity } from '../process/identity';
import { beatDigits, startHeartbeat } from './heartbeat';
import {
  lives,
  lockFiles,
  lockName,
  lockTiming,
  type Owner,
  oldLockName,
  ownerWords,
  readOldOwner,
  readOwner,
  type Timing,
  watchOwner,
} from './lock-owner';

export interface Lock {
  /** Call it before each write. @throws DataError when the folder or its lock is no longer ours */
  check(): void;
  release(): void;
}

export interface LockOutput {
  progress(line: string, event?: Readonly<Record<string, unknown>>): void;
  warn(line: string): void;
}

/** Another process is at work in the folder. */
export class BusyError extends UsageError {}

/** What a rename may say of a lock that has gone meanwhile. */
const passing = [
  'ENOENT',
  'ENOTEMPTY',
  'EEXIST',
  ...(process.platform === 'win32' ? ['EPERM', 'EACCES'] : []),
];

/** How often a start may lose to others who come and go. */
const maxAttempts = 100;

/**
 * Makes the folder and takes its lock; that of an owner who is dead is taken over, and it is said.
 * @param isBrief it is released before its first beat: nothing beats
 * @throws BusyError when another process is at work there; DataError when the disk refuses
 */
export async function lockFolder(
  folder: string,
  output: LockOutput,
  timing: Timing = lockTiming,
  isBrief = false,
): Promise<Lock> {
  await makeFolder(folder);
  const nonce = randomUUID();
  const file = join(folder, lockName, `${nonce}.json`);
  const head = `${JSON.stringify({ ...ownIdentity(), since: new Date().toISOString() })}\n`;
  await take(folder, nonce, `${head}${'0'.repeat(beatDigits)}\n`, (owner) =>
    bury(owner, folder, output, timing),
  );
  const offset = Buffer.byteLength(head);
  const stopBeating = isBrief
    ? () => undefined
    : startHeartbeat({ path: file, offset, everyMs: timing.beatMs });
  const release = () => {
    stopBeating();
    try {
      rmSync(file, { force: true });
      rmdirSync(join(folder, lockName));
    } catch {
      // It is another's by now, or the disk refuses: then it is a dead owner's.
    }
  };
  try {
    await buryOld(folder, output, timing);
    sweepDrafts(folder);
  } catch (error) {
    release();
    throw error;
  }
  return { check: () => checkOwn(folder, file), release };
}

/** Puts the lock in its place, in one step with what is in it. @param onOwner returns when the owner's lock is gone */
async function take(
  folder: string,
  nonce: string,
  content: string,
  onOwner: (owner: Owner) => Promise<void>,
): Promise<void> {
  const lock = join(folder, lockName);
  const draft = join(folder, `.${lockName}-${nonce}`);
  try {
    for (let attempt = 0; attempt < maxAttempts; attempt++) {
      try {
        if (!existsSync(draft)) mkdirSync(draft);
        writeFileSync(join(draft, `${nonce}.json`), content);
        // Windows puts no folder in the place of another, not even of an empty one.
        removeEmpty(lock);
        renameSync(draft, lock);
        return;
      } catch (error) {
        // A network disk may say no when it has done it.
        if (lockFiles(folder).includes(`${nonce}.json`)) return;
        const owner = readOwner(folder);
        if (owner) await onOwner(owner);
        // Without an owner it has been given back, or a sweep has taken our draft; else the disk means what it says.
        else if (!passing.includes(errorCode(error) ?? '')) throw fileError(error, lock, 'write');
      }
    }
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  throw new DataError(
    `${lock} cannot be taken: it holds what is no lock of aigc, or others take it again and again.`,
    {
      hint: `When nobody is at work in ${folder}, remove it: rm -r ${lock}`,
    },
  );
}

/** Takes the lock of a dead owner away: that one, by its name, and no other that has come in its place. */
async function bury(owner: Owner, folder: string, output: LockOutput, timing: Timing): Promise<void> {
  await mournOrRefuse(owner, () => readOwner(folder), folder, output, timing);
  rmSync(owner.file, { force: true });
}

/** The lock of an older aigc is in nobody's way: whoever holds the new one removes it. */
async function buryOld(folder: string, output: LockOutput, timing: Timing): Promise<void> {
  const old = readOldOwner(folder);
  if (old) await mournOrRefuse(old, () => readOldOwner(folder), folder, output, timing);
  rmSync(join(folder, oldLockName), { force: true });
}

async function mournOrRefuse(
  owner: Owner,
  again: () => Owner | undefined,
  folder: string,
  output: LockOutput,
  timing: Timing,
): Promise<void> {
  const verdict = await watchOwner(owner, again, timing, () =>
    output.progress(`Waiting to see whether the owner of ${folder} lives: ${ownerWords(owner)}.`, {
      event: 'lock',
      state: 'waiting',
      folder,
      pid: owner.pid,
      host: owner.host,
    }),
  );
  if (verdict === 'alive') throw busy(again() ?? owner, folder, timing);
  const line = `Taking ${folder} over from process ${owner.pid} on ${owner.host}, which `;
  const event = { event: 'lock', state: 'taken-over', folder, pid: owner.pid, host: owner.host };
  if (owner.process === 'dead') output.progress(`${line}is gone.`, event);
  else output.warn(`${line}has not renewed ${owner.file} any more.`);
}

export function busy(owner: Owner, folder: string, { limitMs }: Timing = lockTiming): BusyError {
  const stopped = owner.process === 'stopped';
  return new BusyError(`Another aigc is at work in ${folder}: ${ownerWords(owner)}.`, {
    hint: stopped
      ? `Let it go on with \`kill -CONT ${owner.pid}\`, end it with \`kill -KILL ${owner.pid}\`, or choose another --out.`
      : `Wait for it, stop it${lives(owner) ? ` with \`kill ${owner.pid}\`` : ' there'}, or choose another --out. Its lock counts until ${limitMs / 1000} s after its end at most.`,
  });
}

function checkOwn(folder: string, file: string): void {
  try {
    // Read, for a network disk answers a look from memory.
    readFileSync(file);
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ESTALE'].includes(errorCode(error) ?? ''))
      throw fileError(error, file, 'read');
    const other = readOwner(folder);
    const what = other ? `${ownerWords(other)} has taken it over` : 'it or its lock was removed or moved';
    throw new DataError(`${folder} is no longer this process's: ${what}.`, {
      hint: 'Nothing was written to it since. What this process had done after its last checkpoint is lost.',
    });
  }
}

/** What those left who were killed while they took the lock. One who is about to take it makes another draft. */
function sweepDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (/^\.lock-[0-9a-f-]{36}$|^lock\.json\.\d+$/.test(name))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It is not empty, which is the answer, or not there.
  }
}
