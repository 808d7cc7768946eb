// Which process one is, so that others can tell whether it lives: an id alone may be another program's by then.
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';
import { errorCode } from '../file-error';

export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** The boot and the namespace that the id counts in. Only Linux tells it. */
  readonly machine?: string | undefined;
  /** When the process started, in ticks of that boot. */
  readonly start?: string | undefined;
}

/** `stopped`: it lives, and does nothing until it is continued. `missing`: there is no such id here, but it may belong
 *  elsewhere. `unknown`: nobody here can tell. */
export type ProcessState = 'alive' | 'stopped' | 'dead' | 'missing' | 'unknown';

export function ownIdentity(): ProcessIdentity {
  const { pid } = process;
  const identity = { pid, host: hostname() };
  try {
    // Where /proc is another namespace's, its ids are not ours.
    if (readlinkSync('/proc/self') !== String(pid)) return identity;
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const machine = `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
    return { ...identity, machine, start: readStat(pid)?.start };
  } catch {
    return identity;
  }
}

/** Whether the process that said so of itself lives. An id whose process started at another time is another's. */
export function stateOf({ pid, host, machine, start }: ProcessIdentity): ProcessState {
  const own = ownIdentity();
  if (machine !== own.machine || (machine === undefined && host !== own.host)) return 'unknown';
  if (machine === undefined || start === undefined) return isMissing(pid) ? 'missing' : 'unknown';
  const found = readStat(pid);
  // Some systems hide the processes of others.
  if (!found) return isMissing(pid) ? 'dead' : 'unknown';
  if (found.start !== start || 'ZX'.includes(found.state)) return 'dead';
  return 'Tt'.includes(found.state) ? 'stopped' : 'alive';
}

/** The same for one of which only id and host are known: it lives where that process runs aigc. */
export function stateOfAigc({ pid, host }: ProcessIdentity): ProcessState {
  if (host !== hostname()) return 'unknown';
  // The one who asks has its own id, and is not meant.
  if (pid === process.pid || isMissing(pid)) return 'dead';
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return words.some((word) => /^aigc(\.js)?$/.test(basename(word))) ? 'alive' : 'dead';
  } catch {
    return 'unknown';
  }
}

function isMissing(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errorCode(error) === 'ESRCH';
  }
}

function readStat(pid: number): { readonly state: string; readonly start: string } | undefined {
  const fields = statFields(pid);
  const [state, start] = [fields[0], fields[19]];
  return state && start ? { state, start } : undefined;
}

/** proc_pid_stat(5): state, parent, group, session, terminal, the terminal's group and so on. The name before them, in
 *  brackets, may hold anything, so they are counted from its end. None where the system does not tell. */
function statFields(pid: number): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

/** Whether this process's group is the one that its terminal is for. Known on Linux; elsewhere it is said not to be. */
export function inForeground(): boolean {
  const [, , group, , , ofTerminal] = statFields(process.pid);
  return group !== undefined && group === ofTerminal;
}

/** Memory that a process of this machine holds, to 16 MiB; undefined where the system does not tell. */
export function residentBytes(pid: number): number | undefined {
  try {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Math.round(Number(kilobytes) / 2 ** 14) * 2 ** 24;
  } catch {
    return undefined;
  }
}
