// The pixels of all pictures of a set, in memory or on disk.
import { UsageError } from '../../errors';
import { greyToRgb, isGrey, toGrey } from '../../images/channels';
import { grouped } from '../../words';
import { maxDataBytes } from '../byte-source';
import type { AnySet, SetHead } from '../image-set';
import type { Keep } from '../keep';
import { partOf } from '../split';
import { Spool } from '../spool';

/** What is known of the images that are picked besides their size and channels. */
export type Picked = Pick<SetHead, 'height' | 'width' | 'labels' | 'classCount'>;

/** Rows of pixels by number. */
interface Rows {
  put(index: number, pixels: Uint8Array): void;
  get(index: number): Uint8Array;
  /** Those of these numbers as a set. */
  pick(indices: readonly number[], picked: Picked): AnySet;
}

/** Grey until the first coloured picture comes, which saves two thirds of the room of grey sets. */
export class PixelStore {
  channels: 1 | 3;
  private rows: Rows;
  /** By number, 1 of those that came: they come in any order. */
  private readonly came: Uint8Array;

  /** @throws UsageError when they would not fit */
  constructor(
    private readonly count: number,
    private readonly area: number,
    private readonly wanted: 'auto' | '1' | '3',
    private readonly keep: Keep,
  ) {
    this.channels = wanted === '3' ? 3 : 1;
    this.came = new Uint8Array(count);
    this.rows = this.room();
  }

  /** @param rgb [area, 3] */
  put(index: number, rgb: Uint8Array): void {
    if (this.channels === 1 && this.wanted === 'auto' && !isGrey(rgb)) this.widen();
    this.rows.put(index, this.channels === 3 ? rgb : toGrey(rgb));
    this.came[index] = 1;
  }

  /** These pictures, in this order. */
  pick(indices: readonly number[], picked: Picked): AnySet {
    return this.rows.pick(indices, picked);
  }

  private widen(): void {
    const grey = this.rows;
    this.channels = 3;
    this.rows = this.room();
    for (let index = 0; index < this.count; index++)
      if (this.came[index]) this.rows.put(index, greyToRgb(grey.get(index)));
  }

  private room(): Rows {
    const { count, area, channels } = this;
    const bytes = count * area * channels;
    // Where they are kept is decided once, by what they may become.
    if (this.keep(count * area * (this.wanted === '1' ? 1 : 3)) === 'disk')
      return onDisk(count, area * channels, channels);
    if (bytes <= maxDataBytes) return inMemory(count, area * channels, channels);
    throw new UsageError(
      `${grouped(count)} pictures of ${area}×${channels} values are ${grouped(bytes)} bytes, expected at most ${grouped(maxDataBytes)}.`,
      { hint: 'Choose a smaller --size, --channels 1, or fewer pictures.' },
    );
  }
}

function inMemory(count: number, size: number, channels: number): Rows {
  const all = new Uint8Array(count * size);
  const get = (index: number) => all.subarray(index * size, (index + 1) * size);
  return {
    put: (index, pixels) => all.set(pixels, index * size),
    get,
    pick: (indices, picked) => {
      const isAll = indices.length === count;
      const pixels = isAll ? all : new Uint8Array(indices.length * size);
      if (!isAll) for (const [i, index] of indices.entries()) pixels.set(get(index), i * size);
      return { ...picked, count: indices.length, channels, pixels };
    },
  };
}

function onDisk(count: number, size: number, channels: number): Rows {
  const spool = new Spool(count, size);
  return {
    put: (index, pixels) => spool.write(pixels, index),
    get: (index) => spool.rows().between(index, index + 1),
    pick: (indices, picked) => {
      const [first = 0] = indices;
      const set = { ...picked, count: indices.length, channels, rows: spool.rows(first) };
      const isInOrder = indices.every((index, i) => index === first + i);
      // Its labels are of the pictures that were picked already.
      return isInOrder
        ? set
        : { ...partOf({ ...set, labels: undefined, rows: spool.rows() }, indices), labels: picked.labels };
    },
  };
}
