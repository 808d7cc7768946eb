// The cells of a table, each of which is an image: nested numbers, or the bytes of a picture.
import { DataError } from '../../errors';
import { greyToRgb, isGrey, toGrey } from '../../images/channels';
import type { Raster } from '../../images/grid';
import { fitted, openDecoder, openWholeDecoder, type PictureFrame } from '../../images/picture';
import { PictureError } from '../../images/picture-error';
import { decodePlainPng } from '../../images/plain-png';
import { grouped, shellWord } from '../../words';
import { maxDataBytes } from '../byte-source';
import type { ImageSet } from '../image-set';
import type { ArrayImages, NumberArray } from './array-images';
import { GrowingNumbers } from './growing-numbers';
import type { PictureRequest } from './reader';

export interface Cells {
  /** @throws DataError when it is no image, or not like the others */
  add(cell: unknown): void | Promise<void>;
}

/** Numbers, nested as [height, width] or as [height, width, channels], or flat. */
export class ArrayCells implements Cells {
  private readonly numbers: GrowingNumbers;
  private shape: readonly number[] | undefined;
  private count = 0;

  constructor(private readonly source: string) {
    this.numbers = new GrowingNumbers(source);
  }

  add(cell: unknown): void {
    const shape = shapeOf(cell);
    this.shape ??= shape;
    const start = this.numbers.length;
    this.flatten(cell);
    const size = this.shape.reduce((product, extent) => product * extent, 1);
    const isAlike =
      shape.length === this.shape.length && shape.every((extent, axis) => extent === this.shape?.[axis]);
    if (!isAlike || this.numbers.length - start !== size)
      throw this.refuse(`is not of the shape [${this.shape.join(', ')}] of the first`);
    this.count++;
  }

  array(): NumberArray {
    const values = this.numbers.taken();
    const typeName = values instanceof Uint8Array ? 'uint8' : 'numbers';
    return { shape: [this.count, ...(this.shape ?? [])], values, typeName, source: this.source };
  }

  private flatten(cell: unknown): void {
    if (isList(cell)) for (let i = 0; i < cell.length; i++) this.flatten(cell[i]);
    else if (typeof cell === 'number' || typeof cell === 'bigint' || typeof cell === 'boolean')
      this.numbers.push(Number(cell));
    else
      throw this.refuse(
        `holds ${cell === null || cell === undefined ? 'nothing' : typeof cell} where a number is expected`,
      );
  }

  private refuse(why: string): DataError {
    return new DataError(`${this.source}: the image in row ${grouped(this.count + 1)} ${why}.`, {
      hint: 'Every row must hold one image, all of one size.',
    });
  }
}

const isList = (cell: unknown): cell is ArrayLike<unknown> => Array.isArray(cell) || ArrayBuffer.isView(cell);

function shapeOf(cell: unknown): number[] {
  return isList(cell) && cell.length > 0 ? [cell.length, ...shapeOf(cell[0])] : isList(cell) ? [0] : [];
}

/** Bytes of pictures, which are decoded as they come. */
export class PictureCells implements Cells {
  hasColour = false;
  private readonly rasters: Raster[] = [];
  private bytes = 0;
  private frame: PictureFrame | undefined;

  constructor(
    private readonly request: PictureRequest,
    private readonly source: string,
  ) {
    this.frame = request.frame;
  }

  async add(cell: unknown): Promise<void> {
    const row = this.rasters.length + 1;
    if (!(cell instanceof Uint8Array)) throw this.refuse(row, 'there is no picture in it');
    this.keep(await this.decode(Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength), row));
  }

  /** An image that is decoded already. */
  keep(decoded: Raster): void {
    const row = this.rasters.length + 1;
    const isGreyed = this.request.channels === '1' && decoded.channels === 3;
    const raster = isGreyed ? { ...decoded, channels: 1, pixels: toGrey(decoded.pixels) } : decoded;
    const first = this.rasters[0] ?? raster;
    if (raster.height !== first.height || raster.width !== first.width) {
      throw new DataError(
        `${this.source}: the picture in row ${grouped(row)} is ${raster.height}×${raster.width} pixels, expected ${first.height}×${first.width} as in the first.`,
        { hint: `Make them one size: aigc data make --from ${shellWord(this.source)} --size 32 --out NEW.` },
      );
    }
    this.bytes += raster.pixels.length;
    if (this.bytes > maxDataBytes)
      throw this.refuse(row, `the set is larger than ${grouped(maxDataBytes)} bytes`);
    if (raster.channels === 3 && !this.hasColour) this.hasColour = !isGrey(raster.pixels);
    this.rasters.push(raster);
    this.request.onProgress(row, row);
  }

  /** All of them, in so many channels. */
  images(channels: number): ArrayImages {
    const { height, width } = this.rasters[0] ?? { height: 0, width: 0 };
    const area = height * width;
    const pixels = new Uint8Array(this.rasters.length * area * channels);
    for (const [i, raster] of this.rasters.entries()) {
      const at = i * area * channels;
      if (raster.channels === channels) pixels.set(raster.pixels, at);
      else pixels.set(channels === 3 ? greyToRgb(raster.pixels) : toGrey(raster.pixels), at);
    }
    return { count: this.rasters.length, height, width, channels, pixels };
  }

  private async decode(bytes: Buffer, row: number): Promise<Raster> {
    const plain = decodePlainPng(bytes);
    const { frame } = this;
    if (
      plain &&
      (frame === undefined ||
        (frame.scale === 1 && frame.height === plain.height && frame.width === plain.width))
    )
      return plain;
    try {
      if (frame === undefined) {
        const read = await openWholeDecoder({ background: 'black', scale: 1 });
        const { pixels, ...size } = await read(bytes);
        return { ...size, channels: 3, pixels: Uint8Array.from(pixels) };
      }
      const pixels = Uint8Array.from(await (await openDecoder(frame))(bytes));
      return { height: frame.height, width: frame.width, channels: 3, pixels };
    } catch (error) {
      if (error instanceof PictureError) throw this.refuse(row, error.message);
      throw error;
    }
  }

  private refuse(row: number, why: string): DataError {
    return new DataError(`${this.source}: the picture in row ${grouped(row)} cannot be read: ${why}.`, {
      hint: 'Write the set again without it.',
    });
  }
}

/** Images as pictures are made to fit a frame. */
export function reframed(set: ImageSet, request: FramedRequest, source: string): ImageSet {
  const { count, height, width, channels, pixels, labels, classCount } = set;
  const { frame } = request;
  const cells = new PictureCells(request, source);
  const size = height * width * channels;
  for (let i = 0; i < count; i++) {
    const own = pixels.subarray(i * size, (i + 1) * size);
    const rgb = channels === 3 ? own : greyToRgb(own);
    const made = { height: frame.height, width: frame.width, channels: 3 };
    cells.keep({ ...made, pixels: fitted({ height, width, pixels: rgb }, frame) });
  }
  const isColour = request.channels === '3' || (request.channels === 'auto' && cells.hasColour);
  return { ...cells.images(isColour ? 3 : 1), labels, classCount };
}

type FramedRequest = PictureRequest & { readonly frame: PictureFrame };
