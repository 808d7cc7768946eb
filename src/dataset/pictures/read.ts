// Reads pictures into a set of images of one size, grey unless one of them is coloured.
import { DataError, UsageError } from '../../errors';
import { openTally, type SetProvenance } from '../../images/carried-provenance';
import { isGrey, openDecoder, type PictureFrame } from '../../images/picture';
import { PictureError } from '../../images/picture-error';
import { findProvenance } from '../../images/xmp-reader';
import { grouped } from '../../words';
import { maxDataBytes } from '../byte-source';
import type { ImageSet } from '../image-set';
import type { Arrangement } from './arrange';
import type { PictureStore } from './store';

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
  readonly train: ImageSet;
  readonly test: ImageSet | undefined;
  readonly damaged: readonly DamagedPicture[];
  readonly provenance: SetProvenance;
}

/** Luma of ITU-R BT.601 in 16-bit fractions, as JPEG has it; they sum to 1, so that grey stays what it is. */
const luma = { red: 19595, green: 38470, blue: 7471, half: 32768, bits: 16 } as const;

/**
 * Decodes all pictures, a few at a time; only their pixels at the new size are kept.
 * @throws DataError that names the damaged pictures; UsageError when the set would not fit
 */
export async function readPictures(
  store: PictureStore,
  arrangement: Arrangement,
  setting: PictureSetting,
): Promise<ReadPictures> {
  const { train, test = [] } = arrangement;
  const all = [...train, ...test];
  const { height, width } = setting;
  const pixels = new PixelStore(all.length, height * width, setting.channels);
  const decode = await openDecoder(setting);
  const take = async (at: number, bytes: Buffer) => pixels.put(at, await decode(bytes));
  const { whole, damaged, provenance } = await decodeAll(store, arrangement, setting, take);
  const setOf = (places: readonly number[]) =>
    setFrom(
      pixels,
      places.map((at) => ({ at, label: all[at]?.label })),
      setting,
      arrangement,
    );
  const tested = whole.filter((at) => at >= train.length);
  return {
    train: setOf(whole.filter((at) => at < train.length)),
    test: tested.length > 0 ? setOf(tested) : undefined,
    damaged,
    provenance,
  };
}

interface Decoded extends Pick<ReadPictures, 'damaged' | 'provenance'> {
  readonly whole: readonly number[];
}

/**
 * Decodes all pictures, a few at a time.
 * @param take decodes what is in one, and keeps it; its place is that among the pictures to train on, then those to test
 * @returns the places of what can be read, in order, and what cannot; what those that can say of how they were made
 * @throws DataError that names the damaged pictures, when they are not to be left out or nothing is left to train on
 */
export async function decodeAll(
  store: PictureStore,
  { train, test = [] }: Arrangement,
  { skipDamaged, onProgress }: PictureSetting,
  take: (at: number, bytes: Buffer, index: number) => Promise<void>,
): Promise<Decoded> {
  const all = [...train, ...test];
  const damaged: (DamagedPicture & { at: number })[] = [];
  const places = new Map(all.map(({ index }, at) => [index, at]));
  const tallies = { train: openTally(), test: openTally() };
  let done = 0;
  await store.each([...places.keys()], async (index, load) => {
    const at = places.get(index) as number;
    try {
      const bytes = await load();
      await take(at, bytes, index);
      tallies[at < train.length ? 'train' : 'test'].add(findProvenance(bytes));
    } catch (error) {
      if (!(error instanceof PictureError)) throw error;
      damaged.push({ at, path: store.locate(store.names[index] as string), reason: error.message });
    }
    onProgress(++done, all.length);
  });
  damaged.sort((a, b) => a.at - b.at);
  if (damaged.length > 0 && !skipDamaged) throw refuse(damaged);
  const bad = new Set(damaged.map(({ at }) => at));
  const whole = [...all.keys()].filter((at) => !bad.has(at));
  const provenance = { train: tallies.train.sum(), test: tallies.test.sum() };
  if (whole.some((at) => at < train.length)) return { whole, damaged, provenance };
  throw new DataError(`None of the ${grouped(all.length)} pictures can be read: ${describe(damaged)}.`, {
    hint: 'Save or copy them again.',
  });
}

/** A set of some of the images whose pixels are kept, in this order. */
export function setFrom(
  pixels: PixelStore,
  images: readonly { readonly at: number; readonly label: number | undefined }[],
  { height, width }: PictureSetting,
  { classes }: Arrangement,
): ImageSet {
  return {
    count: images.length,
    height,
    width,
    channels: pixels.channels,
    pixels: pixels.pick(images.map(({ at }) => at)),
    labels: classes && Uint8Array.from(images, ({ label }) => label ?? 0),
    classCount: classes?.length ?? 0,
  };
}

/** Pixels of all pictures: grey until the first coloured one comes, which saves two thirds of the memory of grey sets. */
export class PixelStore {
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

/** @param rgb [pixels, 3] */
export function toGrey(rgb: Uint8Array): Uint8Array {
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
