// Samples that are more than memory should hold: what the feature network says of them goes into a file of the cache
// folder that has no name and is gone with the process; what cannot do with passes over them takes some of them.
import { blocksOf } from '../dataset/blocks';
import type { ImageSet, StoredRows, StoredSet } from '../dataset/image-set';
import { pickImages } from '../dataset/split';
import { Spool } from '../dataset/spool';
import { randomStream } from '../rng';
import type { OpenFeatureNetwork } from './features/feature-network';
import type { MeasuredFeatures, MeasuredStream } from './metric';

/** So many stand for all, in their order, drawn by the stream (seed, "evaluate/some"). */
export const mostInMemory = 50_000;

/** @returns all, where they are no more */
export function someOf(set: StoredSet, seed: number): ImageSet {
  const count = Math.min(set.count, mostInMemory);
  const stream = randomStream(seed, 'evaluate/some');
  const chosen = new Set<number>();
  if (count === set.count) for (let i = 0; i < count; i++) chosen.add(i);
  while (chosen.size < count) chosen.add(stream.integer(set.count));
  return pickImages(set, Float64Array.from(chosen).sort());
}

/** Of numbers that are read at once. */
const blockBytes = 2 ** 24;

/** Looks at all images once. @param onProgress called with the images done
 *  @throws DataError when the disk has no room for what is found, or refuses */
export async function measureStream(
  set: StoredSet,
  network: OpenFeatureNetwork,
  onProgress: (done: number) => void,
): Promise<MeasuredStream> {
  let found: { readonly features: Numbers; readonly probabilities: Numbers | undefined } | undefined;
  let classCount = 0;
  for (const { first, images } of blocksOf(set)) {
    const measured = await network.measure(images);
    classCount = measured.classCount;
    found ??= {
      features: new Numbers(set.count, measured.featureCount),
      probabilities: measured.probabilities && new Numbers(set.count, classCount),
    };
    found.features.add(measured.features);
    if (measured.probabilities) found.probabilities?.add(measured.probabilities);
    onProgress(first + images.count);
  }
  if (!found) throw new Error('a set on disk without images');
  const { features, probabilities } = found;
  const featureCount = features.width;
  return {
    count: set.count,
    featureCount,
    classCount,
    blocks: function* (): Generator<MeasuredFeatures> {
      const atOnce = Math.floor(blockBytes / (4 * Math.max(featureCount, classCount)));
      for (let from = 0; from < set.count; from += atOnce) {
        const to = Math.min(set.count, from + atOnce);
        const own = { features: features.between(from, to), featureCount, classCount };
        yield {
          count: to - from,
          ...own,
          ...(probabilities && { probabilities: probabilities.between(from, to) }),
        };
      }
    },
  };
}

/** Rows of float32 on disk. */
class Numbers {
  private readonly spool: Spool;
  private rows: StoredRows | undefined;

  constructor(
    count: number,
    readonly width: number,
  ) {
    this.spool = new Spool(count, 4 * width);
  }

  add(values: Float32Array): void {
    this.spool.write(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }

  between(from: number, to: number): Float32Array {
    this.rows ??= this.spool.rows();
    const { buffer, byteOffset, byteLength } = this.rows.between(from, to);
    return new Float32Array(buffer, byteOffset, byteLength / 4);
  }
}
