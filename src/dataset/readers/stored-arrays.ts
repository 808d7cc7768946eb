// Images out of arrays that are larger than memory should hold: read where they lie when their bytes are pixels already,
// else made into pixels piece by piece.
import { DataError } from '../../errors';
import { decodeNumbers, type Numbers, type NumberType } from '../../images/numbers';
import { openSource, readSource } from '../byte-source';
import type { StoredSet } from '../image-set';
import { openToRead, rowsAt } from '../row-file';
import { Spool } from '../spool';
import { arranged, isArranged, type Layout, layoutOf, noteOn, rangeToldBy } from './array-images';
import { cutShort, tooLong } from './claimed';
import { lookAtNumbers, type PixelRange, toBytes } from './pixel-range';
import type { ReadOptions } from './reader';

/** An array that is a file of its own. */
export interface ArrayFile {
  readonly path: string;
  readonly gzipped: boolean;
  readonly shape: readonly number[];
  readonly type: NumberType;
  /** "byte" of IDX's, which are never taken for bits; else "uint8" and such. */
  readonly typeName: string;
  /** Where the numbers begin, and how many bytes of them there should be. */
  readonly headerBytes: number;
  readonly dataBytes: number;
  readonly fortranOrder?: boolean;
}

export type StoredImages = Omit<StoredSet, 'labels' | 'classCount'>;

/** Of numbers that are made into pixels at once. */
const pieceBytes = 2 ** 24;

/**
 * The images of some arrays, which are of one range: that of the first. The bits are those of `imagesOfArrays`.
 * @throws DataError, or UsageError, as that does
 */
export async function storedImagesOfArrays(
  files: readonly ArrayFile[],
  options: ReadOptions,
): Promise<{ readonly images: readonly StoredImages[]; readonly note: string }> {
  const [first] = files as [ArrayFile];
  const layouts = files.map(({ shape, path }) => layoutOf(shape, options, path));
  for (const file of files) {
    checkOrder(file);
    await checkLength(file);
  }
  const range = rangeToldBy(first.typeName, options) ?? (await lookedFor(first));
  let clipped = 0;
  const images: StoredImages[] = [];
  for (const [i, file] of files.entries()) {
    const made = await imagesOf(file, layouts[i] as Layout, range);
    clipped += made.clipped;
    images.push(made.images);
  }
  return { images, note: noteOn(first, layouts[0] as Layout, range, clipped) };
}

/** Columns of a file cannot be read as rows but with all of it in memory. */
function checkOrder({ path, fortranOrder, shape }: ArrayFile): void {
  if (!fortranOrder || shape.length < 2) return;
  throw new DataError(
    `${path} is stored by columns (Fortran's order), and too large to be turned in memory.`,
    {
      hint: "Save it by rows: numpy.save('new.npy', numpy.ascontiguousarray(array)).",
    },
  );
}

/** Refuses a header that claims other than the file can hold, before disk is taken for it. */
async function checkLength(file: ArrayFile): Promise<void> {
  const { gzipped, size, limit } = await openSource(file.path);
  const follow = (gzipped ? limit : size) - file.headerBytes;
  if (follow < file.dataBytes) throw cutShort(file, follow, file.path);
  if (!gzipped && follow > file.dataBytes) throw tooLong(file, file.path);
}

async function lookedFor(file: ArrayFile): Promise<PixelRange> {
  if (file.typeName === 'uint8') return { black: 0, white: (await holdsBits(file)) ? 1 : 255 };
  const look = lookAtNumbers(file.path);
  for await (const { values } of piecesOf(file)) look.add(values);
  return look.range();
}

/** Whether no byte is above 1, and one is 1: other sets show that they are none with their first images. */
async function holdsBits(file: ArrayFile): Promise<boolean> {
  let hasOne = false;
  for await (const { values } of piecesOf(file)) {
    if (values.some((value) => value > 1)) return false;
    hasOne ||= values.includes(1);
  }
  return hasOne;
}

async function imagesOf(file: ArrayFile, layout: Layout, range: PixelRange) {
  const { count, height, width } = layout;
  const isBytes = file.type.bytes === 1 && file.type.kind === 'unsigned';
  if (isBytes && !file.gzipped && range.black === 0 && range.white === 255 && isArranged(layout)) {
    const { channels } = layout;
    const opened = openToRead(file.path);
    const rows = rowsAt({ opened, offset: file.headerBytes, rowBytes: height * width * channels });
    return { images: { count, height, width, channels, rows }, clipped: 0 };
  }
  const channels = layout.channels === 4 ? 3 : layout.channels;
  const spool = new Spool(count, height * width * channels);
  let clipped = 0;
  for await (const { values, before } of piecesOf(file)) {
    const bytes = toBytes(values, range, file.path, before);
    clipped += bytes.clipped;
    const images = values.length / (height * width * layout.channels);
    spool.write(arranged(bytes.pixels, { ...layout, count: images }).pixels);
  }
  return { images: { count, height, width, channels, rows: spool.rows() }, clipped };
}

/** The numbers of whole images. @param before how many came before them @throws DataError when there are fewer or more */
async function* piecesOf(file: ArrayFile): AsyncGenerator<{ values: Numbers; before: number }> {
  const { path, type, shape, headerBytes, dataBytes } = file;
  const rowBytes = shape.slice(1).reduce((product, size) => product * size, type.bytes);
  const atOnce = rowBytes * Math.max(1, Math.floor(pieceBytes / rowBytes));
  let piece = Buffer.alloc(Math.min(atOnce, dataBytes));
  let [filled, left, skipped] = [0, dataBytes, 0];
  for await (const chunk of readSource(await openSource(path))) {
    let at = Math.min(chunk.length, headerBytes - skipped);
    skipped += at;
    if (chunk.length - at > left) throw tooLong(file, file.path);
    left -= chunk.length - at;
    while (at < chunk.length) {
      const copied = chunk.copy(piece, filled, at);
      at += copied;
      filled += copied;
      if (filled < piece.length) continue;
      const before = (dataBytes - left - (chunk.length - at) - filled) / type.bytes;
      yield { values: decodeNumbers(piece, type), before };
      piece = Buffer.alloc(Math.min(atOnce, left + chunk.length - at));
      filled = 0;
    }
  }
  if (left > 0) throw cutShort(file, dataBytes - left, path);
}
