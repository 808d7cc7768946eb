// The images that `aigc evaluate --samples` names, in the shape of the data that they are held against.
import { maxDataBytes } from '../../dataset/byte-source';
import { readData } from '../../dataset/door';
import { type AnySet, type ImageSet, type ImageShape, shapeInWords } from '../../dataset/image-set';
import { inMemoryAlways, type Keep } from '../../dataset/keep';
import { DataError } from '../../errors';
import { decodeNpy } from '../../images/npy';
import type { Features } from '../../metrics/comparison';
import { readWhole } from '../../read-file';
import { shellWord } from '../../words';

/**
 * Reads images of any format that aigc reads; of a set with several splits the training images.
 * @param keep what may stay on disk
 * @throws DataError when there are none, or of another shape
 */
export async function readSamples(
  path: string,
  shape: ImageShape,
  keep: Keep = inMemoryAlways,
): Promise<AnySet> {
  const found = await readData(path, { channels: shape.channels === 3 ? '3' : 'auto' }, keep);
  const images = found.train.set;
  if (images.height !== shape.height || images.width !== shape.width || images.channels !== shape.channels) {
    throw new DataError(`${path} holds images of ${shapeInWords(images)}, expected ${shapeInWords(shape)}.`, {
      hint: found.framed
        ? remedy(path, shape)
        : 'Give images as large as those of --data, or name other --data.',
    });
  }
  checkCount(images, path);
  return images;
}

/** The same of any shape. */
export async function readImages(path: string): Promise<ImageSet> {
  const images = (await readData(path)).train.set;
  checkCount(images, path);
  return images;
}

function checkCount({ count }: AnySet, path: string): void {
  if (count >= 2) return;
  throw new DataError(`${path} holds ${count} images, expected at least 2.`, {
    hint: 'Give more: published figures take 10,000.',
  });
}

/** More is no set that aigc could keep in memory. */
const readArray = async (path: string) => decodeNpy(await readWhole(path, maxDataBytes), path);

/** A picture that is made larger or smaller is another image: its figures would not be those of what was drawn. */
function remedy(folder: string, { height, width, channels }: ImageShape): string {
  const size = height === width ? height : `${height}x${width}`;
  return `Give images like those of --data, or make them so: aigc data make --from ${shellWord(folder)} --size ${size} --channels ${channels} --test-share 0 --out NEW, then --samples NEW.`;
}

export type GivenFeatures = { readonly samples: Features; readonly test: Features } | undefined;

/** The features that files give of the samples and of the test split. @throws DataError when they do not fit */
export async function readFeatures(
  {
    features,
    testFeatures,
  }: { readonly features?: string | undefined; readonly testFeatures?: string | undefined },
  sampleCount: number,
  testCount: number,
): Promise<GivenFeatures> {
  if (features === undefined || testFeatures === undefined) return undefined;
  const samples = await readMatrix(features, sampleCount);
  const test = await readMatrix(testFeatures, testCount);
  if (samples.featureCount === test.featureCount) return { samples, test };
  throw new DataError(
    `${features} has ${samples.featureCount} features an image, ${testFeatures} has ${test.featureCount}: expected as many.`,
    { hint: 'Make both with one network.' },
  );
}

async function readMatrix(path: string, count: number): Promise<Features> {
  const { shape, values } = await readArray(path);
  const [rows = 0, featureCount = 0] = shape;
  if (shape.length !== 2 || rows !== count || featureCount < 1) {
    throw new DataError(
      `${path} is an array of shape [${shape.join(', ')}], expected [${count}, features].`,
      {
        hint: 'Give a row of features for each image, in the order of the images.',
      },
    );
  }
  const bad = values.find((value) => !Number.isFinite(value));
  if (bad === undefined) return { values: Float32Array.from(values), featureCount };
  throw new DataError(`${path} holds ${bad}, expected finite numbers.`, { hint: 'Make the features again.' });
}
