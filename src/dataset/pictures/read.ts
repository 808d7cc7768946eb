// Reads the pictures of a folder into a set of images of one size, grey unless one of them is coloured.
import { availableParallelism } from 'node:os';
import { DataError, UsageError } from '../../errors';
import { type DecodePicture, isGrey, openDecoder, type PictureFrame } from '../../images/picture';
import { PictureError } from '../../images/picture-error';
import { grouped } from '../../words';
import { maxDataBytes } from '../byte-source';
import type { ImageSet } from '../image-set';
import type { FoundPictures, Picture } from './find';

export interface PictureSetting extends PictureFrame {
  /** auto: colour when any picture has a pixel that is not grey. */
  readonly channels: 'auto' | '1' | '3';
  /** Leave damaged pictures out instead of refusing them all. */
  readonly skipDamaged: boolean;
  onProgress(done: number, total: number): void;
}

export interface DamagedPicture {
  readonly path: string;
  readonly reason: string;
}

export interface ReadPictures {
  readonly set: ImageSet;
  readonly damaged: readonly DamagedPicture[];
}

/** Luma of ITU-R BT.601 in 16-bit fractions, as JPEG has it; they sum to 1, so that grey stays what it is. */
const luma = { red: 19595, green: 38470, blue: 7471, half: 32768, bits: 16 } as const;

/**
 * Decodes all pictures, a few at a time; only their pixels at the new size are kept.
 * @throws DataError that names the damaged pictures; UsageError when the set would not fit
 */
export async function readPictures(found: FoundPictures, setting: PictureSetting): Promise<ReadPictures> {
  const { pictures, classes } = found;
  const { height, width } = setting;
  const store = new PixelStore(pictures.length, height * width, setting.channels);
  const damaged = await decodeAll(pictures, await openDecoder(setting), store, setting.onProgress);
  if (damaged.length > 0 && !setting.skipDamaged) throw refuse(damaged);
  if (damaged.length === pictures.length) {
    throw new DataError(
      `None of the ${grouped(pictures.length)} pictures can be read: ${describe(damaged)}.`,
      { hint: 'Save or copy them again.' },
    );
  }
  const whole = [...pictures.keys()].filter((index) => !damaged.some(({ at }) => at === index));
  const labels = classes && Uint8Array.from(whole, (index) => pictures[index]?.label ?? 0);
  const set = {
    count: whole.length,
    height,
    width,
    channels: store.channels,
    pixels: store.pick(whole),
    labels,
    classCount: classes?.length ?? 0,
  };
  return { set, damaged };
}

/** @returns the pictures that cannot be read, in order */
async function decodeAll(
  pictures: readonly Picture[],
  decode: DecodePicture,
  store: PixelStore,
  onProgress: PictureSetting['onProgress'],
): Promise<(DamagedPicture & { at: number })[]> {
  const damaged: (DamagedPicture & { at: number })[] = [];
  let next = 0;
  let done = 0;
  const work = async () => {
    for (let at = next++; at < pictures.length; at = next++) {
      const { path } = pictures[at] as Picture;
      try {
        store.put(at, await decode(path));
      } catch (error) {
        if (!(error instanceof PictureError)) {
          next = pictures.length; // The others stop too.
          throw error;
        }
        damaged.push({ at, path, reason: error.message });
      }
      onProgress(++done, pictures.length);
    }
  };
  await Promise.all(Array.from({ length: Math.min(8, availableParallelism() + 1) }, work));
  return damaged.sort((a, b) => a.at - b.at);
}

/** Pixels of all pictures: grey until the first coloured one comes, which saves two thirds of the memory of grey sets. */
class PixelStore {
  channels: number;
  private pixels: Uint8Array;

  constructor(
    private readonly count: number,
    private readonly area: number,
    private readonly wanted: PictureSetting['channels'],
  ) {
    this.channels = wanted === '3' ? 3 : 1;
    this.pixels = this.allocate();
  }

  /** @param rgb [area, 3] */
  put(index: number, rgb: Uint8Array): void {
    if (this.channels === 1 && this.wanted === 'auto' && !isGrey(rgb)) this.widen();
    if (this.channels === 3) this.pixels.set(rgb, index * this.area * 3);
    else this.pixels.set(toGrey(rgb), index * this.area);
  }

  /** The pixels of these pictures, in this order. */
  pick(indices: readonly number[]): Uint8Array {
    if (indices.length === this.count) return this.pixels;
    const size = this.area * this.channels;
    const picked = new Uint8Array(indices.length * size);
    for (const [i, index] of indices.entries())
      picked.set(this.pixels.subarray(index * size, (index + 1) * size), i * size);
    return picked;
  }

  private widen(): void {
    const grey = this.pixels;
    this.channels = 3;
    this.pixels = this.allocate();
    for (let i = 0; i < grey.length; i++) this.pixels.fill(grey[i] as number, 3 * i, 3 * i + 3);
  }

  private allocate(): Uint8Array {
    const bytes = this.count * this.area * this.channels;
    if (bytes <= maxDataBytes) return new Uint8Array(bytes);
    throw new UsageError(
      `${grouped(this.count)} pictures of ${this.area}×${this.channels} values are ${grouped(bytes)} bytes, expected at most ${grouped(maxDataBytes)}.`,
      { hint: 'Choose a smaller --size, --channels 1, or fewer pictures.' },
    );
  }
}

function toGrey(rgb: Uint8Array): Uint8Array {
  const grey = new Uint8Array(rgb.length / 3);
  for (let i = 0; i < grey.length; i++) {
    const [red, green, blue] = [rgb[3 * i] as number, rgb[3 * i + 1] as number, rgb[3 * i + 2] as number];
    grey[i] = (luma.red * red + luma.green * green + luma.blue * blue + luma.half) >> luma.bits;
  }
  return grey;
}

function refuse(damaged: readonly DamagedPicture[]): DataError {
  const [first] = damaged as [DamagedPicture];
  const message =
    damaged.length === 1
      ? `${first.path} cannot be read as a picture: ${first.reason}.`
      : `${grouped(damaged.length)} pictures cannot be read: ${describe(damaged)}.`;
  return new DataError(message, {
    hint: 'Save or copy them again, or make a data set of the others: aigc data make --from FOLDER --skip-damaged.',
  });
}

/** "a.png (why), b.png (why) and 3 more" */
export function describe(damaged: readonly DamagedPicture[]): string {
  const shown = damaged.slice(0, 5).map(({ path, reason }) => `${path} (${reason})`);
  const more = damaged.length - shown.length;
  return more > 0 ? `${shown.join(', ')} and ${grouped(more)} more` : shown.join(', ');
}
