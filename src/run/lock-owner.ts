// Who holds the lock of a folder, and whether it lives.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { errorCode, fileError, isMissing } from '../file-error';
import { parseJson, readJson } from '../json';
import { type ProcessState, stateOf, stateOfAigc } from '../process/identity';
import { readText } from '../read-file';

/** A folder, so that it appears with its content, and only where there is none: no file system does less. In it is one
 *  file, named after the owner's nonce, so that whoever takes a lock away takes away none but that one. */
export const lockName = 'lock';

/** The lock of an older aigc: a file with a process id and a host. */
export const oldLockName = 'lock.json';

export interface Owner {
  /** The file of its lock. */
  readonly file: string;
  readonly pid: number;
  readonly host: string;
  /** What only a living owner changes. */
  readonly pulse: string;
  /** Since the pulse changed, by this machine's clock. */
  readonly silentMs: number;
  readonly process: ProcessState;
}

export interface Timing {
  readonly beatMs: number;
  /** An owner of whom nobody can tell otherwise counts as dead after so long without a beat. */
  readonly limitMs: number;
}

export const lockTiming: Timing = { beatMs: 2000, limitMs: 20_000 };

const identitySchema = z.object({
  pid: z.number().int().positive(),
  host: z.string(),
  machine: z.string().optional(),
  start: z.string().optional(),
});

/** @returns whoever's lock is there, alive or not; undefined when there is none */
export function readOwner(folder: string): Owner | undefined {
  for (const name of lockFiles(folder)) {
    const owner = readLock(join(folder, lockName, name));
    if (owner) return owner;
  }
  return undefined;
}

/** The files of owners; empty when there is none. @throws DataError when it cannot be read */
export function lockFiles(folder: string): string[] {
  const path = join(folder, lockName);
  try {
    return readdirSync(path).filter((name) => /^[0-9a-f-]{36}\.json$/.test(name));
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw fileError(error, path, 'read');
  }
}

/** Undefined when it has gone meanwhile. One that cannot be understood has an owner of whom nothing is known. */
function readLock(file: string): Owner | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) return undefined;
  const silentMs = Math.max(0, Date.now() - stat.mtimeMs);
  try {
    const [head = '', pulse = ''] = readText(file).split('\n');
    const identity = identitySchema.parse(parseJson(head));
    return { file, ...identity, pulse, silentMs, process: stateOf(identity) };
  } catch (error) {
    if (isMissing(error)) return undefined;
    return {
      file,
      pid: 0,
      host: 'an unknown host',
      pulse: String(stat.mtimeMs),
      silentMs,
      process: 'unknown',
    };
  }
}

/** An older aigc renewed nothing: what it writes in the folder has to stand for it. */
export function readOldOwner(folder: string): Owner | undefined {
  const file = join(folder, oldLockName);
  try {
    const identity = identitySchema.parse(readJson(file));
    const changed = Math.max(...readdirSync(folder).map((name) => changedAt(join(folder, name))));
    const silentMs = Math.max(0, Date.now() - changed);
    return { file, ...identity, pulse: String(changed), silentMs, process: stateOfAigc(identity) };
  } catch {
    return undefined;
  }
}

/** Locks and drafts of them are no work. */
function changedAt(path: string): number {
  if (/[/\\]\.?lock(-[^/\\]*)?$/.test(path)) return 0;
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

/** The owner of a folder, unless it is known to be dead or has long been silent. For those who only look. */
export function findOwner(folder: string, timing: Timing = lockTiming): Owner | undefined {
  return [readOwner(folder), readOldOwner(folder)].find(
    (owner) =>
      owner !== undefined && owner.process !== 'dead' && (lives(owner) || owner.silentMs < timing.limitMs),
  );
}

export function lives({ process }: Owner): boolean {
  return process === 'alive' || process === 'stopped';
}

/**
 * Whether an owner lives. Where its process cannot be looked up, it is watched until its pulse changes or it has been
 * silent for the limit; however old a lock looks, at least three beats are waited for, for clocks differ and computers sleep.
 * @param again reads the owner of that lock again
 * @param waiting told once, when it takes a while
 */
export async function watchOwner(
  owner: Owner,
  again: () => Owner | undefined,
  { beatMs, limitMs }: Timing,
  waiting: () => void,
): Promise<'alive' | 'dead'> {
  if (owner.process === 'dead') return 'dead';
  if (lives(owner)) return 'alive';
  const threeBeats = 3 * beatMs;
  const needed = owner.process === 'missing' ? threeBeats : Math.max(threeBeats, limitMs - owner.silentMs);
  waiting();
  for (const began = performance.now(); performance.now() - began < needed; ) {
    await sleep(beatMs / 4);
    const now = again();
    if (now?.file !== owner.file) return 'dead';
    if (now.pulse !== owner.pulse) return 'alive';
  }
  return 'dead';
}

/** `process 123 on node-7 (ckpt/lock renewed 3 s ago)` */
export function ownerWords({ pid, host, file, silentMs, process }: Owner): string {
  const stopped = process === 'stopped' ? ', stopped' : '';
  return `process ${pid} on ${host}${stopped}, ${file} renewed ${Math.round(silentMs / 1000)} s ago`;
}
