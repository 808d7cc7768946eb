// The folder that an install works in: beside the builds, so that a rename is enough, and named after the process, so
// that the next install knows what an interrupted one left.
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { nativeFolder } from '../tensor/native/location';

const prefix = '.staging-';

/** @returns a new folder, laid out as a cache folder */
export async function makeStaging(folder: string): Promise<string> {
  const staging = await mkdtemp(join(folder, `${prefix}${process.pid}-`));
  await mkdir(openStaging(staging).path, { recursive: true });
  return staging;
}

/** The one build in a staging folder: the folder of builds, the build's name, its path. */
export function openStaging(staging: string): { folder: string; name: string; path: string } {
  const folder = nativeFolder(staging);
  const name = `build-${basename(staging).slice(prefix.length)}`;
  return { folder, name, path: join(folder, name) };
}

/** Removes what interrupted installs left; installs that are running are left alone. */
export async function clearLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, owner] = new RegExp(`^${prefix.replace('.', '\\.')}(\\d+)-`).exec(name) ?? [];
    if (owner !== undefined && !isRunning(Number(owner)))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return pid !== process.pid;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
