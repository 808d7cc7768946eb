// The reader of pictures: one file, or a folder of them whose subfolders are classes.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sumOf } from '../../images/carried-provenance';
import { greyToRgb } from '../../images/channels';
import { readPicture } from '../../images/picture';
import { tellByName, tellKind } from '../../images/picture-kind';
import { readProvenance } from '../../images/xmp-reader';
import { isPictureInside, openFile, openFolder } from '../pictures/folder-store';
import { readSet } from '../pictures/set';
import type { FoundSet, PictureRequest, Reader } from './reader';

const isPictureName = (name: string) => tellByName(name) === 'readable';
const isOtherPicture = (name: string) => tellByName(name) === 'foreign';

export const pictures: Reader = {
  name: 'pictures',
  summary: 'pictures (PNG, JPEG, WebP, AVIF, GIF, BMP, TIFF, PGM)',
  options: ['tile'],
  recognise: async ({ kind, path, name, head, files }) => {
    if (kind === 'file')
      return tellKind(head) ? 'content' : isPictureName(name) || isOtherPicture(name) ? 'name' : undefined;
    if (await holdsPictures(path, depthOfLook)) return 'content';
    return files.some(isOtherPicture) ? 'name' : undefined;
  },
  read: async ({ kind, path }, { options: { tile }, pictures: how, keep }) => {
    const request = { ...how, keep };
    if (kind === 'folder') return readSet(await openFolder(path), request, tile);
    if (request.frame === undefined && tile === undefined) return readOne(path, request);
    return readSet(openFile(path), request, tile);
  },
};

/** Folders in folders that are looked into. */
const depthOfLook = 4;
/** Files without an ending that are looked into; where the first are no pictures, the others are none. */
const mostLooks = 3;

async function holdsPictures(folder: string, depth: number): Promise<boolean> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  if (entries.some(({ name }) => isPictureName(name))) return true;
  const bare = entries.filter((entry) => entry.isFile() && tellByName(entry.name) === 'no ending');
  for (const { name } of bare.slice(0, mostLooks)) if (await isPictureInside(join(folder, name))) return true;
  if (depth === 1) return false;
  for (const entry of entries)
    if (entry.isDirectory() && (await holdsPictures(join(folder, entry.name), depth - 1))) return true;
  return false;
}

/** One picture as it is. */
async function readOne(path: string, { channels }: PictureRequest): Promise<FoundSet> {
  const { pixels, ...raster } = await readPicture(path);
  const spread = channels === '3' && raster.channels === 1;
  const set = { ...raster, count: 1, labels: undefined, classCount: 0 };
  const images = spread ? { ...set, channels: 3, pixels: greyToRgb(pixels) } : { ...set, pixels };
  const provenance = sumOf([await readProvenance(path)]);
  return { train: { images: path, set: images, provenance }, notes: [], framed: true };
}
