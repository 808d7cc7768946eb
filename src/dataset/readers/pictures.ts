// The reader of pictures: one file, or a folder of them whose subfolders are classes.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from '../../errors';
import { openHeadReader, type PictureFrame, type PictureHead, readPicture } from '../../images/picture';
import { PictureError } from '../../images/picture-error';
import { conversionLine, tellKind } from '../../images/picture-kind';
import { counted, shellWord } from '../../words';
import { type FoundPictures, findPictures, isOtherPicture, isPictureName } from '../pictures/find';
import { readPictures } from '../pictures/read';
import type { Place } from './place';
import type { FoundSet, PictureRequest, Reader } from './reader';

export const pictures: Reader = {
  name: 'pictures',
  summary: 'pictures (PNG, JPEG, WebP, AVIF, GIF, BMP, TIFF, PGM)',
  options: [],
  recognise: async ({ kind, path, name, head, files, folders }) => {
    if (kind === 'file')
      return tellKind(head) ? 'content' : isPictureName(name) || isOtherPicture(name) ? 'name' : undefined;
    if (files.some(isPictureName)) return 'content';
    for (const folder of folders) if (await holdsPictures(join(path, folder), 3)) return 'content';
    return files.some(isOtherPicture) ? 'name' : undefined;
  },
  read: async (place, request) =>
    place.kind === 'file' && request.pictures.frame === undefined
      ? readOne(place, request.pictures)
      : readAll(place, request.pictures),
};

async function holdsPictures(folder: string, depth: number): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some((entry) => isPictureName(entry.name))) return true;
  if (depth === 1) return false;
  for (const entry of entries)
    if (entry.isDirectory() && (await holdsPictures(join(folder, entry.name), depth - 1))) return true;
  return false;
}

/** One picture as it is. */
async function readOne({ path }: Place, { channels }: PictureRequest): Promise<FoundSet> {
  const { pixels, ...raster } = await readPicture(path);
  const spread = channels === '3' && raster.channels === 1;
  const set = { ...raster, count: 1, labels: undefined, classCount: 0 };
  const rgb = () => Uint8Array.from({ length: 3 * pixels.length }, (_, i) => pixels[Math.floor(i / 3)] ?? 0);
  const images = spread ? { ...set, channels: 3, pixels: rgb() } : { ...set, pixels };
  return { train: { images: path, set: images }, notes: [], framed: true };
}

async function readAll({ path, kind }: Place, request: PictureRequest): Promise<FoundSet> {
  const found: FoundPictures =
    kind === 'folder'
      ? await findPictures(path)
      : { pictures: [{ path, label: undefined }], classes: undefined, otherKinds: [], emptyFolders: [] };
  const heads = await openHeadReader();
  const headOf = (picture: string) =>
    heads(picture).catch((error: unknown) => {
      if (error instanceof PictureError) return undefined; // Who decodes it says what is wrong with it.
      throw error;
    });
  const head = found.pictures[0] && (await headOf(found.pictures[0].path));
  const frame = request.frame ?? (await ownFrame(found, path, headOf));
  const { set, damaged } = await readPictures(found, { ...request, ...frame });
  return {
    train: { images: path, set },
    classNames: found.classes,
    notes: [],
    warnings: leftOut(found),
    framed: true,
    damaged,
    head,
  };
}

/** @throws DataError when the pictures are of several sizes: which of them is meant, nobody knows */
async function ownFrame(
  { pictures: all }: FoundPictures,
  folder: string,
  headOf: (path: string) => Promise<PictureHead | undefined>,
): Promise<PictureFrame> {
  let first: (PictureHead & { readonly path: string }) | undefined;
  for (const { path } of all) {
    const head = await headOf(path);
    if (head === undefined) continue;
    first ??= { ...head, path };
    if (head.height === first.height && head.width === first.width) continue;
    throw new DataError(
      `${path} is ${head.height}×${head.width} pixels, expected ${first.height}×${first.width} as ${first.path}.`,
      { hint: `Make them one size: aigc data make --from ${shellWord(folder)} --size 32 --out NEW.` },
    );
  }
  const { height, width } = first ?? { height: 1, width: 1 };
  return { height, width, fit: 'stretch', background: 'black', scale: 1 };
}

function leftOut({ otherKinds, emptyFolders, classes }: FoundPictures): string[] {
  const warnings: string[] = [];
  if (otherKinds.length > 0) {
    const left = counted(otherKinds.length, 'picture');
    warnings.push(
      `left out ${left} of a kind that is not read. To have ${otherKinds.length === 1 ? 'it' : 'them'}: ${conversionLine(otherKinds[0] as string)}.`,
    );
  }
  if (classes && emptyFolders.length > 0)
    warnings.push(`no class, because there is no picture in it: ${emptyFolders.slice(0, 5).join(', ')}.`);
  return warnings;
}
