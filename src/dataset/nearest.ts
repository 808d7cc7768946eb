// The images of a set that are nearest to others: the set, of any size, is read once.
import type { ImageBytes } from '../images/grid';
import { type NearestRows, nearestOf } from '../stats/neighbours';
import { type Points, pixelPoints } from '../stats/points';
import { type Block, blocksOf } from './blocks';
import type { AnySet } from './image-set';
import { pickImages } from './split';

/**
 * For each of some images, of one or more sets of queries, the nearest image of a set, the first of several, and its squared
 * distance, Euclidean, pixels from 0 to 1; infinite where there is none.
 * @param pick the numbers, in their block, of those images that count; all when left out
 */
export async function nearestImages(
  queries: readonly ImageBytes[],
  set: AnySet,
  pick?: (block: Block) => Uint32Array,
): Promise<NearestRows[]> {
  const points = queries.map(pointsOf);
  const best = queries.map(({ count }) => ({
    squared: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    indices: new Uint32Array(count),
  }));
  for (const block of blocksOf(set)) {
    const picked = pick?.(block);
    if (picked?.length === 0) continue;
    const references = pointsOf(picked ? pickImages(block.images, picked) : block.images);
    for (const [i, { squared, indices }] of best.entries()) {
      const found = await nearestOf(points[i] as Points, references);
      for (const [query, distance] of found.squared.entries()) {
        if (distance >= (squared[query] as number)) continue;
        const index = found.indices[query] as number;
        squared[query] = distance;
        indices[query] = block.first + (picked ? (picked[index] as number) : index);
      }
    }
  }
  return best;
}

/** The pixels of images, as points. */
export const pointsOf = (images: ImageBytes): Points => pixelPoints(images.pixels, images.count, images);
