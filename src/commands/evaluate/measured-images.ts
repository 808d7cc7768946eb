// The images that `aigc evaluate --samples` names, in the shape of the data that they are held against.
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { findSplits } from '../../dataset/folder';
import { type ImageShape, shapeInWords } from '../../dataset/image-set';
import { findPictures, NoPicturesError, type Picture } from '../../dataset/pictures/find';
import { readPictures } from '../../dataset/pictures/read';
import { maxDataBytes, readIdxImages } from '../../dataset/readers/idx';
import { DataError } from '../../errors';
import { fileError } from '../../file-error';
import type { ImageBytes } from '../../images/grid';
import { decodeNpy, type NpyArray } from '../../images/npy';
import { openHeadReader } from '../../images/picture';
import type { Features } from '../../metrics/comparison';
import { readWhole } from '../../read-file';
import { settleFolder } from '../../replacement';
import { shellWord } from '../../words';

/**
 * Reads images from a file of IDX or .npy (bytes, or floats in [0, 1]), or from a folder with IDX files or pictures.
 * @throws DataError when there are none, or of another shape
 */
export async function readSamples(path: string, shape: ImageShape): Promise<ImageBytes> {
  await settleFolder(dirname(path));
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(error, path, 'read');
  });
  const images = found.isDirectory() ? await readFolder(path, shape) : await readOne(path);
  if (images.height !== shape.height || images.width !== shape.width || images.channels !== shape.channels) {
    throw new DataError(`${path} holds images of ${shapeInWords(images)}, expected ${shapeInWords(shape)}.`, {
      hint: 'Give images as large as those of --data, or name other --data.',
    });
  }
  if (images.count < 2) {
    throw new DataError(`${path} holds ${images.count} images, expected at least 2.`, {
      hint: 'Draw more: published figures take 10,000.',
    });
  }
  return images;
}

async function readOne(path: string): Promise<ImageBytes> {
  if (!/\.npy$/i.test(path)) return readIdxImages(path);
  return asBytes(await readArray(path), path);
}

/** More is no set that aigc could keep in memory. */
const readArray = async (path: string) => decodeNpy(await readWhole(path, maxDataBytes), path);

function asBytes({ shape, values }: NpyArray, path: string): ImageBytes {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  if (shape.length < 3 || shape.length > 4 || (channels !== 1 && channels !== 3)) {
    throw new DataError(
      `${path} is an array of shape [${shape.join(', ')}], expected [count, height, width] or [count, height, width, 1 or 3].`,
      { hint: 'Put the axes in that order before saving.' },
    );
  }
  if (values instanceof Uint8Array) return { count, height, width, channels, pixels: values };
  const outside = values.find((value) => !(value >= 0 && value <= 1));
  if (outside !== undefined) {
    throw new DataError(`${path} holds the float ${outside}, expected pixels in [0, 1], or bytes.`, {
      hint: 'Map the pixels to [0, 1], or save them as uint8.',
    });
  }
  return { count, height, width, channels, pixels: Uint8Array.from(values, (v) => Math.round(v * 255)) };
}

async function readFolder(path: string, shape: ImageShape): Promise<ImageBytes> {
  const found = await findPictures(path).catch((error: unknown) => {
    if (error instanceof NoPicturesError) return undefined;
    throw error;
  });
  if (!found) return readIdxImages((await findSplits(path)).train.images);
  const { set } = await readPictures(found, {
    height: shape.height,
    width: shape.width,
    channels: shape.channels === 3 ? '3' : 'auto',
    fit: 'stretch',
    background: 'black',
    scale: 1,
    skipDamaged: false,
    onProgress: () => undefined,
  });
  if (set.channels !== shape.channels)
    throw unlikePictures(`${path} holds coloured pictures, expected grey ones.`, path, shape);
  await checkSizes(found.pictures, path, shape);
  return set;
}

/** A picture that is made larger or smaller is another image: its figures would not be those of what was drawn. */
async function checkSizes(pictures: readonly Picture[], folder: string, shape: ImageShape): Promise<void> {
  const headOf = await openHeadReader();
  for (const { path } of pictures) {
    const { height, width } = await headOf(path);
    if (height === shape.height && width === shape.width) continue;
    const message = `${path} is ${height}×${width} pixels, expected ${shape.height}×${shape.width}.`;
    throw unlikePictures(message, folder, shape);
  }
}

function unlikePictures(message: string, folder: string, { height, width, channels }: ImageShape): DataError {
  const size = height === width ? height : `${height}x${width}`;
  return new DataError(message, {
    hint: `Give images like those of --data, or make them so: aigc data make --from ${shellWord(folder)} --size ${size} --channels ${channels} --test-share 0 --out NEW, then --samples NEW.`,
  });
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
