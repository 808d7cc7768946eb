// The reader of CIFAR's binary files: records of a label (of two in CIFAR-100, the second of which is the fine one) and
// three planes of 32 × 32. www.cs.toronto.edu/~kriz/cifar.html
import { join } from 'node:path';
import { DataError } from '../../errors';
import { readText, readWhole } from '../../read-file';
import { maxDataBytes } from '../byte-source';
import { imagesOfArrays } from './array-images';
import { countClasses } from './array-labels';
import type { Place } from './place';
import type { FoundSplit, Reader } from './reader';

const pixels = 3 * 32 * 32;
const tens = /^(?:data_batch_\d+|test_batch)\.bin$/;
const hundreds = /^(?:train|test)\.bin$/;

export const cifar: Reader = {
  name: 'cifar',
  summary: "CIFAR's binary batches",
  options: [],
  recognise: ({ kind, name, size, files }) => {
    if (kind === 'folder')
      return files.some((file) => tens.test(file)) || isHundred(files) ? 'content' : undefined;
    const isWhole = size > 0 && size % (labelBytes(name) + pixels) === 0;
    return tens.test(name) || (hundreds.test(name) && isWhole) ? (isWhole ? 'content' : 'name') : undefined;
  },
  read: async (place) => {
    const { train, test, names } = partsOf(place);
    const classNames =
      names === undefined
        ? undefined
        : readText(names)
            .split(/\r?\n/)
            .filter((name) => name !== '');
    const [trained, tested] = [
      await readRecords(train),
      test.length > 0 ? await readRecords(test) : undefined,
    ];
    return { train: trained, test: tested, classNames, notes: [] };
  },
};

const isHundred = (files: readonly string[]) =>
  files.includes('train.bin') && files.includes('fine_label_names.txt');
const labelBytes = (path: string) => (/(?:^|[/\\])(?:train|test)\.bin$/.test(path) ? 2 : 1);

function partsOf({ kind, path, files }: Place) {
  if (kind === 'file') return { train: [path], test: [], names: undefined };
  const of = (name: RegExp) => files.filter((file) => name.test(file)).map((file) => join(path, file));
  const isTens = files.some((file) => tens.test(file));
  const [trained, tested] = isTens
    ? [of(/^data_batch_\d+\.bin$/), of(/^test_batch\.bin$/)]
    : [of(/^train\.bin$/), of(/^test\.bin$/)];
  const [names] = of(isTens ? /^batches\.meta\.txt$/ : /^fine_label_names\.txt$/);
  return trained.length > 0 ? { train: trained, test: tested, names } : { train: tested, test: [], names };
}

async function readRecords(paths: readonly string[]): Promise<FoundSplit> {
  const [images, labels]: [Uint8Array[], Uint8Array[]] = [[], []];
  for (const path of paths) {
    const bytes = await readWhole(path, maxDataBytes);
    const head = labelBytes(path);
    const count = bytes.length / (head + pixels);
    if (!Number.isInteger(count) || count === 0) {
      throw new DataError(
        `${path} is cut short or damaged: ${bytes.length} bytes are no whole records of ${head + pixels}.`,
        {
          hint: 'Copy or download it again.',
        },
      );
    }
    const own = new Uint8Array(count * pixels);
    for (let i = 0; i < count; i++) {
      const start = i * (head + pixels) + head;
      own.set(bytes.subarray(start, start + pixels), i * pixels);
    }
    images.push(own);
    labels.push(
      Uint8Array.from({ length: count }, (_, i) => bytes[i * (head + pixels) + head - 1] as number),
    );
  }
  const values = Buffer.concat(images);
  const array = {
    shape: [values.length / pixels, pixels],
    values,
    typeName: 'byte',
    source: paths.join(', '),
  };
  const [image] = imagesOfArrays([array], { shape: '3x32x32' }).images;
  const all = Uint8Array.from(Buffer.concat(labels));
  return {
    set: { ...(image as NonNullable<typeof image>), labels: all, classCount: countClasses(all) },
    images: array.source,
  };
}
