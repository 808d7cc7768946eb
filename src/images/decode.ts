// From the bytes of a picture to sharp's, of whatever kind it is: upright, checked before memory is taken for it.
import type sharpModule from 'sharp';
import type { Metadata, Sharp } from 'sharp';
import { decodeBmp } from './bmp';
import { decodeNetpbm } from './netpbm';
import { PictureError } from './picture-error';
import { readPictureHeader } from './picture-header';
import { type PictureKind, tellKind, unlikePicture } from './picture-kind';
import { checkHeld, checkSize } from './picture-limits';

export interface Decoded {
  readonly picture: Sharp;
  /** Upright. */
  readonly height: number;
  readonly width: number;
  readonly hasAlpha: boolean;
  readonly is16Bit: boolean;
}

/**
 * @param scale what values are multiplied by, at the depth that the file has
 * @param lenient whether stray bytes, which every decoder passes over, are passed over
 * @throws PictureError for what is no picture, damaged or too large
 */
export async function openPicture(
  sharp: typeof sharpModule,
  bytes: Buffer,
  scale = 1,
  lenient = false,
): Promise<Decoded> {
  const kind = tellKind(bytes);
  if (kind === undefined) throw unlikePicture(bytes);
  if (kind === 'bmp') return scaledBy(scale, openBmp(sharp, bytes), sharp);
  if (kind === 'netpbm') return openNetpbm(sharp, bytes, scale);
  if (kind === 'png' || kind === 'jpeg') readPictureHeader(bytes);
  const opened = () => sharp(bytes, { failOn: lenient ? 'error' : 'warning' });
  const head = await opened().metadata();
  const { height, width } = head.autoOrient;
  checkSize(width, height);
  if (kind !== 'png' && kind !== 'jpeg') checkWhole(head, kind);
  const is16Bit = head.depth === 'ushort';
  const picture = opened().autoOrient();
  const said = { height, width, hasAlpha: head.hasAlpha, is16Bit };
  if (is16Bit) return { ...said, picture: await inEightBits(sharp, picture, scale) };
  return scaledBy(scale, { ...said, picture }, sharp);
}

/** These are decoded whole. */
function checkWhole({ width, height, depth, pages }: Metadata, kind: PictureKind): void {
  checkHeld(width * height * (depth === 'ushort' ? 8 : 4));
  if (kind === 'tiff' && depth !== 'uchar' && depth !== 'ushort')
    throw new PictureError(`its values are of the type ${depth}, expected 8 or 16 bits`);
  if ((pages ?? 1) > 2 ** 16) throw new PictureError(`it has ${pages} pages`);
}

function openBmp(sharp: typeof sharpModule, bytes: Buffer): Decoded {
  const { width, height, pixels } = decodeBmp(bytes);
  const picture = sharp(pixels, { raw: { width, height, channels: 4 } });
  return { picture, width, height, hasAlpha: true, is16Bit: false };
}

function openNetpbm(sharp: typeof sharpModule, bytes: Buffer, scale: number): Decoded {
  const { width, height, channels, white, values } = decodeNetpbm(bytes);
  const made = Uint8Array.from(values, (value) => Math.min(255, Math.round((255 * scale * value) / white)));
  const picture = sharp(made, { raw: { width, height, channels } });
  return { picture, width, height, hasAlpha: false, is16Bit: white > 255 };
}

async function scaledBy(scale: number, decoded: Decoded, sharp: typeof sharpModule): Promise<Decoded> {
  return scale === 1 ? decoded : { ...decoded, picture: await multiplied(sharp, decoded.picture, scale) };
}

/** 16 bits a channel as 8, rounded: the decoder would cut them off, so that 0x00ff is 0 and 0xffff alike with 0xff00. */
async function inEightBits(sharp: typeof sharpModule, picture: Sharp, scale: number): Promise<Sharp> {
  const deep = picture.toColourspace('rgb16').raw({ depth: 'ushort' });
  const { data, info } = await deep.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const values = new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2);
  const bytes = Uint8Array.from(values, (value, i) =>
    Math.min(255, Math.round(((isAlpha(i, channels) ? 1 : scale) * value) / 257)),
  );
  return sharp(bytes, { raw: { width, height, channels } });
}

async function multiplied(sharp: typeof sharpModule, picture: Sharp, scale: number): Promise<Sharp> {
  const flat = picture.toColourspace('srgb').raw({ depth: 'uchar' });
  const { data, info } = await flat.toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const bytes = Uint8Array.from(data, (value, i) =>
    isAlpha(i, channels) ? value : Math.min(255, Math.round(scale * value)),
  );
  return sharp(bytes, { raw: { width, height, channels } });
}

/** Of two or four channels the last says how opaque a pixel is. */
const isAlpha = (index: number, channels: number) => channels % 2 === 0 && index % channels === channels - 1;

/** More of them are no slip of whoever wrote the file, but a scan that went wrong. */
const mostStray = 16;

/** Whether a decoder had no more to say than that some stray bytes were passed over. */
export function isOfStrayBytes(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const lines = error.message.split('\n').filter((line) => !/^\s*$|read gave \d+ warnings/.test(line));
  const stray = lines.map(
    (line) => /Corrupt JPEG data: (\d+) extraneous bytes before marker/.exec(line)?.[1],
  );
  return stray.length > 0 && stray.every((count) => count !== undefined && Number(count) <= mostStray);
}

/** What the decoder says, in one line of its words on the picture. */
export function asPictureError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof PictureError) return error;
  if (/unsupported image format/i.test(error.message)) return new PictureError('its head is damaged');
  return new PictureError(firstWords(error.message));
}

/** Without its name, how it was called and where in its tiles it stopped: that is not the reader's concern. */
function firstWords(message: string): string {
  const lines = message.split('\n').map((line) =>
    line
      .replace(/\(?Warning treated as error[^)]*\)?/, '')
      .replace(/^Input (?:file|buffer) has corrupt header: */, '')
      .replace(/^(?:vips|heif|webp|gif|tiff)\w*: */i, '')
      .trim(),
  );
  const [first] = lines.filter((line) => !/^$|^read gave \d+ warnings|^error in tile/.test(line));
  return first ?? 'its data is damaged';
}
