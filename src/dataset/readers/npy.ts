// The reader of one NumPy array of images.
import { DataError } from '../../errors';
import { decodeNpy, type NpyArray } from '../../images/npy';
import { readWhole } from '../../read-file';
import { maxDataBytes } from '../byte-source';
import type { ImageSet } from '../image-set';
import type { Reader } from './reader';

export const npy: Reader = {
  name: 'npy',
  summary: 'NumPy arrays (.npy)',
  options: ['transpose'],
  recognise: ({ name, head }) => {
    if (head.toString('latin1', 0, 6) === '\x93NUMPY') return 'content';
    return /\.npy$/i.test(name) ? 'name' : undefined;
  },
  read: async ({ path }) => {
    const array = decodeNpy(await readWhole(path, maxDataBytes), path);
    return { train: { images: path, set: asBytes(array, path) }, notes: [] };
  },
};

function asBytes({ shape, values }: NpyArray, path: string): ImageSet {
  const [count = 0, height = 0, width = 0, channels = 1] = shape;
  if (shape.length < 3 || shape.length > 4 || (channels !== 1 && channels !== 3)) {
    throw new DataError(
      `${path} is an array of shape [${shape.join(', ')}], expected [count, height, width] or [count, height, width, 1 or 3].`,
      { hint: 'Put the axes in that order before saving.' },
    );
  }
  const set = { count, height, width, channels, labels: undefined, classCount: 0 };
  if (values instanceof Uint8Array) return { ...set, pixels: values };
  const outside = values.find((value) => !(value >= 0 && value <= 1));
  if (outside !== undefined) {
    throw new DataError(`${path} holds the float ${outside}, expected pixels in [0, 1], or bytes.`, {
      hint: 'Map the pixels to [0, 1], or save them as uint8.',
    });
  }
  return { ...set, pixels: Uint8Array.from(values, (v) => Math.round(v * 255)) };
}
