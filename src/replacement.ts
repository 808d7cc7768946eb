// Replaces several files of a folder as one: whatever ends the process, and whenever, a reader finds all of the old
// ones or all of the new ones.
import { lstat, mkdtemp, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DataError } from './errors';
import { errorCode, fileError } from './file-error';
import { makeFolder, syncFolder } from './files';
import { exists } from './read-file';

/** While it is there the old files count: those that are in its `old` have been moved aside. */
const underWay = '.aigc-swap';
/** What `underWay` is renamed to, which is the moment from which the new files, in its `new`, count. */
const decided = '.aigc-swapped';
/** Where new files are written; nobody reads them there. */
const draftPrefix = '.aigc-new-';

/**
 * Writes new files beside the older ones and puts them in their place. When anything fails, what was there is there.
 * What else the folder holds is not touched.
 * @param older the names of the files that go, besides those that the new ones replace
 * @param write writes the new files into the empty folder that it is given
 * @throws DataError when the disk refuses, or when a folder bears the name of a file
 */
export async function replaceFiles(
  folder: string,
  older: readonly string[],
  write: (draft: string) => Promise<unknown>,
): Promise<void> {
  await makeFolder(folder);
  await settleFolder(folder);
  const names = await draft(folder, older, write);
  const swap = join(folder, underWay);
  try {
    for (const name of names) await moveIfThere(join(folder, name), join(swap, 'old', name));
    await syncFolder(folder);
    await rename(swap, join(folder, decided));
  } catch (error) {
    await settleFolder(folder).catch(() => undefined); // Else the next reader does.
    throw fileError(error, folder, 'write');
  }
  await syncFolder(folder);
  await settleFolder(folder);
}

/** Nobody writes one file for so long without a change to it. */
const idleMs = 600_000;

/**
 * The same of one file with what belongs to it, while other processes write other files of that folder: the file comes
 * last, and until then, from when what belonged to the old one goes, there is none.
 * @param older the names of what goes with the old one, besides those that the new ones replace
 * @param write writes it, by its own name, and what belongs to it, into the empty folder that it is given
 * @throws DataError when the disk refuses, or when a folder bears the name of a file
 */
export async function replaceBeside(
  path: string,
  older: readonly string[],
  write: (draft: string) => Promise<unknown>,
): Promise<void> {
  const [folder, own] = [dirname(path), basename(path)];
  await makeFolder(folder);
  let place: string | undefined;
  try {
    await sweepDrafts(folder, `.${own}.new-`);
    place = await mkdtemp(join(folder, `.${own}.new-`));
    await write(place);
    const others = (await readdir(place)).filter((name) => name !== own);
    await refuseFolders(folder, [own, ...others]);
    for (const name of [own, ...older]) await rm(join(folder, name), { force: true });
    for (const name of others) await rename(join(place, name), join(folder, name));
    await syncFolder(folder);
    await rename(join(place, own), path);
    await syncFolder(folder);
  } catch (error) {
    throw fileError(error, path, 'write');
  } finally {
    if (place !== undefined) await rm(place, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Removes what writers of this file left that were killed. */
async function sweepDrafts(folder: string, prefix: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(prefix)) continue;
    const draft = join(folder, name);
    const names = await readdir(draft).catch(noneIfAbsent);
    const changes = await Promise.all(
      ['.', ...names].map(
        async (file) => (await stat(join(draft, file)).catch(() => undefined))?.mtimeMs ?? 0,
      ),
    );
    if (Date.now() - Math.max(...changes) > idleMs) await rm(draft, { recursive: true, force: true });
  }
}

/** Finishes or takes back a replacement that was cut, as every reader of such files does first; most often there is
 *  none. @throws DataError when the disk does not let it */
export async function settleFolder(folder: string): Promise<void> {
  const [swap, swapped] = [join(folder, underWay), join(folder, decided)];
  try {
    if (await exists(swap)) {
      await moveAll(join(swap, 'old'), folder);
      await rm(join(swap, 'new'), { recursive: true, force: true });
      await removeEmpty(join(swap, 'old'));
      await removeEmpty(swap);
    }
    if (await exists(swapped)) {
      await moveAll(join(swapped, 'new'), folder);
      await syncFolder(folder);
      await rm(swapped, { recursive: true, force: true });
    }
  } catch (cause) {
    const { message } = fileError(cause, folder, 'write') as Error;
    throw new DataError(`Files of ${folder} were being replaced when that was cut short. ${message}`, {
      hint: `Name the folder once where it may be written: the files lie in it, in ${underWay} or ${decided}.`,
      cause,
    });
  }
}

/** @returns the names of the files that move, old and new */
async function draft(
  folder: string,
  older: readonly string[],
  write: (draft: string) => Promise<unknown>,
): Promise<Set<string>> {
  let place: string | undefined;
  try {
    for (const name of await readdir(folder))
      if (name.startsWith(draftPrefix)) await rm(join(folder, name), { recursive: true, force: true });
    place = await mkdtemp(join(folder, draftPrefix));
    await makeFolder(join(place, 'old'));
    await makeFolder(join(place, 'new'));
    await write(join(place, 'new'));
    const names = new Set([...older, ...(await readdir(join(place, 'new')))]);
    await refuseFolders(folder, names);
    await rename(place, join(folder, underWay));
    return names;
  } catch (error) {
    if (place !== undefined) await rm(place, { recursive: true, force: true }).catch(() => undefined);
    throw fileError(error, folder, 'write');
  }
}

/** @throws DataError when one of the names is that of a folder, which no file can replace */
export async function refuseFolders(folder: string, names: Iterable<string>): Promise<void> {
  for (const name of names) {
    const path = join(folder, name);
    if (!(await lstat(path).catch(() => undefined))?.isDirectory()) continue;
    throw new DataError(`${path} is a folder, and a file is to have its name.`, {
      hint: 'Move it away, or choose another --out.',
    });
  }
}

async function moveAll(from: string, to: string): Promise<void> {
  for (const name of await readdir(from).catch(noneIfAbsent))
    await moveIfThere(join(from, name), join(to, name));
}

async function moveIfThere(from: string, to: string): Promise<void> {
  await rename(from, to).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });
}

function noneIfAbsent(error: unknown): string[] {
  if (errorCode(error) === 'ENOENT') return [];
  throw error;
}

async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch(noneIfAbsent);
}
