// Reads pictures into a set of images of one size, grey unless one of them is coloured.
import { DataError } from '../../errors';
import { openTally, type SetProvenance } from '../../images/carried-provenance';
import { openDecoder, type PictureFrame } from '../../images/picture';
import { PictureError } from '../../images/picture-error';
import { findProvenance } from '../../images/xmp-reader';
import { grouped } from '../../words';
import type { AnySet } from '../image-set';
import type { Keep } from '../keep';
import type { Arrangement } from './arrange';
import { PixelStore } from './pixel-store';
import type { PictureStore } from './store';

export interface PictureSetting extends PictureFrame {
  /** auto: colour when any picture has a pixel that is not grey. */
  readonly channels: 'auto' | '1' | '3';
  /** Leave damaged pictures out instead of refusing them all. */
  readonly skipDamaged: boolean;
  readonly keep: Keep;
  onProgress(done: number, total: number): void;
}

export interface DamagedPicture {
  readonly path: string;
  readonly reason: string;
}

export interface ReadPictures {
  readonly train: AnySet;
  readonly test: AnySet | undefined;
  readonly damaged: readonly DamagedPicture[];
  readonly provenance: SetProvenance;
}

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
  const pixels = new PixelStore(all.length, height * width, setting.channels, setting.keep);
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
): AnySet {
  const labels = classes && Uint8Array.from(images, ({ label }) => label ?? 0);
  const picked = { height, width, labels, classCount: classes?.length ?? 0 };
  return pixels.pick(
    images.map(({ at }) => at),
    picked,
  );
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
