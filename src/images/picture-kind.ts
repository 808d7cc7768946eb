// Which kind of picture some bytes are, told by how they begin; and for kinds that are not read, the line that converts them.
import { extname } from 'node:path';
import { shellWord } from '../words';
import { ForeignPictureError, PictureError } from './picture-error';

export type PictureKind = 'png' | 'jpeg' | 'webp' | 'avif' | 'gif' | 'bmp' | 'tiff' | 'netpbm';

/** The endings of pictures that are read, whatever is inside. */
const readable = /^\.(?:png|jpe?g|jpe|jfif|webp|avif|gif|bmp|dib|tiff?|p[bgpn]m)$/i;
/** Those of pictures that are not. */
const foreign =
  /^\.(?:hei[cf]|jxl|jp2|j2k|jpx|svgz?|tga|ico|cur|psd|exr|hdr|dds|qoi|xpm|pcx|raw|dng|nef|cr2)$/i;

export type NameTells = 'readable' | 'foreign' | 'nothing' | 'no ending';

/** What a file's name says of its content. */
export function tellByName(name: string): NameTells {
  const ending = extname(name);
  if (ending === '') return 'no ending';
  return readable.test(ending) ? 'readable' : foreign.test(ending) ? 'foreign' : 'nothing';
}

/** Bytes that tell a kind. */
export const headBytes = 16;

const wordsOf = (bytes: Uint8Array) => Buffer.from(bytes.subarray(0, headBytes)).toString('latin1');

/** @returns undefined for no picture, and for a kind that is not read */
export function tellKind(bytes: Uint8Array): PictureKind | undefined {
  const head = wordsOf(bytes);
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (head.startsWith('\xff\xd8')) return 'jpeg';
  if (head.startsWith('RIFF') && head.startsWith('WEBP', 8)) return 'webp';
  if (head.startsWith('ftypavif', 4) || head.startsWith('ftypavis', 4)) return 'avif';
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'gif';
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((word) => head.startsWith(word))) return 'tiff';
  if (/^P[1-6][\s#]/.test(head)) return 'netpbm';
  // Behind the size of a bitmap's file stand two 16-bit numbers that are 0.
  return head.startsWith('BM') && head.startsWith('\0\0\0\0', 6) ? 'bmp' : undefined;
}

/** Kinds that are not read, by what stands at a place of their beginning. */
const foreignKinds: readonly (readonly [name: string, at: number, ...words: string[]])[] = [
  ['JPEG 2000', 4, 'jP  '],
  ['JPEG 2000', 0, '\xff\x4f\xff\x51'],
  ['JPEG XL', 0, '\xff\x0a', '\0\0\0\x0cJXL '],
  ['HEIC', 4, 'ftyphei', 'ftyphev', 'ftypmif1', 'ftypmsf1'],
  ['TGA', 0, '\0\0\x02\0\0\0', '\0\0\x03\0\0\0', '\0\0\x0a\0\0\0', '\0\x01\x01\0'],
  ['an icon file (ICO)', 0, '\0\0\x01\0', '\0\0\x02\0'],
  ['an SVG drawing', 0, '<svg', '<?xml'],
  ['a Photoshop file', 0, '8BPS'],
  ['OpenEXR', 0, 'v/1\x01'],
  ['QOI', 0, 'qoif'],
  ['DDS', 0, 'DDS '],
];

/** Says which other kind it is, or that it is no picture. */
export function unlikePicture(bytes: Uint8Array): PictureError {
  const head = wordsOf(bytes);
  const [name] =
    foreignKinds.find(([, at, ...words]) => words.some((word) => head.startsWith(word, at))) ?? [];
  return name
    ? new ForeignPictureError(`it is ${name}, which is not read`)
    : new PictureError('no picture inside');
}

/** What makes a PNG of a picture that is not read. */
export function conversionLine(path: string): string {
  const png = `${path.slice(0, path.length - extname(path).length)}.png`;
  return `magick ${shellWord(path)} ${shellWord(png)} (ImageMagick)`;
}
