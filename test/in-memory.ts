// Sets that tests look into: small ones, whose pixels are in memory.
import { type AnySet, type ImageSet, isStored } from '../src/dataset/image-set';
import { loadDataSet } from '../src/dataset/load';

export function held(set: AnySet): ImageSet {
  if (isStored(set)) throw new Error('the set is on disk');
  return set;
}

/** As `loadDataSet`. */
export async function loadInMemory(...asked: Parameters<typeof loadDataSet>) {
  const { train, test, ...data } = await loadDataSet(...asked);
  return { ...data, train: held(train), test: test && held(test) };
}
