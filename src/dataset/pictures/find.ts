// Which pictures lie in a folder, and which class each belongs to: the subfolders are the classes.
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors';
import { fileError } from '../../file-error';
import { conversionLine, headBytes, tellByName, tellKind } from '../../images/picture-kind';
import { openRegular } from '../../read-file';
import { settleFolder } from '../../replacement';
import { counted } from '../../words';

export interface Picture {
  readonly path: string;
  /** Undefined when the folder has no classes. */
  readonly label: number | undefined;
}

export interface FoundPictures {
  /** In the order of their paths, class by class: the same folder gives the same order on every machine. */
  readonly pictures: readonly Picture[];
  /** The names of the classes by label; undefined when all pictures lie in the folder itself. */
  readonly classes: readonly string[] | undefined;
  /** Pictures of kinds that are not read, such as "a.webp". */
  readonly otherKinds: readonly string[];
  /** Subfolders without a picture, which are no classes. */
  readonly emptyFolders: readonly string[];
}

interface Listing {
  readonly pictures: string[];
  readonly otherKinds: string[];
}

/** Labels are bytes. */
const maxClasses = 256;
/** Whether a name is one of a picture that is read. */
export const isPictureName = (name: string) => tellByName(name) === 'readable';
/** Whether it is one of a picture of another kind. */
export const isOtherPicture = (name: string) => tellByName(name) === 'foreign';

/** Whether a file is a picture by what is in it: of those without an ending nothing else tells. */
export async function isPictureInside(path: string): Promise<boolean> {
  const { file } = await openRegular(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return tellKind(buffer.subarray(0, bytesRead)) !== undefined;
  } finally {
    await file.close();
  }
}

/** What systems and archives leave behind: .DS_Store, ._picture.jpg, __MACOSX. */
const leftBehind = /^(?:\.|__MACOSX$)/;

/**
 * Finds the pictures below a folder; all that lie below one of its subfolders are of one class.
 * @throws DataError when there are none, or when it is unclear what the classes are
 */
export async function findPictures(folder: string): Promise<FoundPictures> {
  const loose: Listing = { pictures: [], otherKinds: [] };
  const subfolders = await listLevel(folder, loose);
  const byClass = new Map<string, string[]>();
  const emptyFolders: string[] = [];
  const seen = new Set([await realpath(folder)]);
  for (const name of inClassOrder(subfolders)) {
    const below: Listing = { pictures: [], otherKinds: loose.otherKinds };
    await listBelow(join(folder, name), below, seen);
    if (below.pictures.length > 0) byClass.set(name, below.pictures);
    else emptyFolders.push(name);
  }
  const classes = [...byClass.keys()];
  const found = { otherKinds: loose.otherKinds, emptyFolders };
  if (classes.length === 0) {
    if (loose.pictures.length === 0) throw noPictures(folder, loose.otherKinds);
    const pictures = loose.pictures.map((path) => ({ path, label: undefined }));
    return { ...found, pictures, classes: undefined };
  }
  if (loose.pictures.length > 0) throw mixed(folder, loose.pictures, classes);
  if (classes.length > maxClasses) {
    throw new DataError(
      `${folder} holds ${classes.length} folders of pictures, expected at most ${maxClasses} classes.`,
      { hint: 'Put the pictures into fewer folders, or all into one for a set without labels.' },
    );
  }
  const pictures = [...byClass.values()].flatMap((paths, label) => paths.map((path) => ({ path, label })));
  return { ...found, pictures, classes };
}

/** Adds all that is below a folder. A link back to a folder that was seen is not followed. */
async function listBelow(folder: string, into: Listing, seen: Set<string>): Promise<void> {
  const real = await realpath(folder);
  if (seen.has(real)) return;
  seen.add(real);
  for (const name of await listLevel(folder, into)) await listBelow(join(folder, name), into, seen);
}

/** Adds the files of one folder. @returns the names of its subfolders, in order */
async function listLevel(folder: string, into: Listing): Promise<string[]> {
  await settleFolder(folder);
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw fileError(error, folder, 'read');
  });
  const subfolders: string[] = [];
  for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
    if (leftBehind.test(entry.name)) continue;
    const path = join(folder, entry.name);
    const kind = entry.isSymbolicLink() ? await stat(path).catch(() => entry) : entry;
    if (kind.isDirectory()) subfolders.push(entry.name);
    else if (isPictureName(entry.name)) into.pictures.push(path);
    else if (isOtherPicture(entry.name)) into.otherKinds.push(path);
    else if (kind.isFile() && tellByName(entry.name) === 'no ending' && (await isPictureInside(path)))
      into.pictures.push(path);
  }
  return subfolders;
}

/** Folders that are all called by numbers go by their numbers: 2 before 10. */
function inClassOrder(names: readonly string[]): string[] {
  const numbered = names.every((name) => /^\d+$/.test(name));
  return [...names].sort((a, b) => (numbered && Number(a) - Number(b)) || compare(a, b));
}

/** By code units, whatever the language of the system. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function noPictures(folder: string, otherKinds: readonly string[]): DataError {
  const [example] = otherKinds;
  const hint = example
    ? `Convert its other pictures: ${conversionLine(example)}.`
    : 'Name the folder that holds the pictures, or that holds one folder of them for each class.';
  return new DataError(
    `${folder} holds no pictures: looked for PNG, JPEG, WebP, AVIF, GIF, BMP, TIFF and PGM files in it and below.`,
    {
      hint,
    },
  );
}

function mixed(folder: string, loose: readonly string[], classes: readonly string[]): DataError {
  const others = `${counted(loose.length, 'picture')}, such as ${loose[0]},`;
  return new DataError(
    `${folder} holds ${others} beside folders of pictures (${classes.slice(0, 3).join(', ')}): expected one or the other.`,
    {
      hint: 'Folders are classes: move the pictures into one, or all of them into one folder for no labels.',
    },
  );
}
