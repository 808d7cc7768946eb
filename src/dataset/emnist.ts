// EMNIST: six sets of handwritten characters that are published as one archive, and stored by columns.
import type { NamedSet, SetArchive } from './named-set';

/** Cohen, Afshar, Tapson & van Schaik 2017, table II of arxiv.org/abs/1702.05373 */
interface Part {
  readonly split: string;
  readonly summary: string;
  readonly trainCount: number;
  readonly testCount: number;
  /** By label. */
  readonly classes: string;
}

const figures = '0123456789';
const capitals = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const smalls = capitals.toLowerCase();
/** The small letters that look unlike their capitals. */
const unlikeSmalls = 'abdefghnqrt';

const parts: readonly Part[] = [
  {
    split: 'balanced',
    summary: 'handwritten letters and digits, as many of each of 47 classes',
    trainCount: 112_800,
    testCount: 18_800,
    classes: figures + capitals + unlikeSmalls,
  },
  {
    split: 'letters',
    summary: 'handwritten letters, capital and small ones as one: 26 classes',
    trainCount: 124_800,
    testCount: 20_800,
    classes: ` ${capitals}`, // Labels go from 1 to 26.
  },
  {
    split: 'digits',
    summary: 'handwritten digits, 280,000 of them',
    trainCount: 240_000,
    testCount: 40_000,
    classes: figures,
  },
  {
    split: 'byclass',
    summary: 'handwritten letters and digits, 62 classes as they occur',
    trainCount: 697_932,
    testCount: 116_323,
    classes: figures + capitals + smalls,
  },
  {
    split: 'bymerge',
    summary: 'the same with small letters that look like capitals among these: 47 classes',
    trainCount: 697_932,
    testCount: 116_323,
    classes: figures + capitals + unlikeSmalls,
  },
  {
    split: 'mnist',
    summary: "MNIST's digits as EMNIST makes them",
    trainCount: 60_000,
    testCount: 10_000,
    classes: figures,
  },
];

const archive: SetArchive = {
  name: 'gzip.zip',
  bytes: 561_753_746,
  // github.com/tensorflow/datasets, url_checksums/emnist.txt
  checksum: {
    covers: 'file',
    sha256: 'fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e',
  },
  holds: /^emnist-[a-z]+-(?:train|test)-(?:images-idx3|labels-idx1)-ubyte\.gz$/,
};

export const emnistSets: readonly NamedSet[] = parts.map(({ split, classes, summary, ...counts }) => ({
  ...counts,
  name: `emnist-${split}`,
  summary: `${summary}, Cohen et al. 2017`,
  height: 28,
  width: 28,
  channels: 1,
  home: 'https://www.nist.gov/itl/products-and-services/emnist-dataset',
  licence: 'public domain (NIST)',
  mirrors: ['https://biometrics.nist.gov/cs_links/EMNIST/'],
  checksums: {},
  files: {
    trainImages: `emnist-${split}-train-images-idx3-ubyte.gz`,
    trainLabels: `emnist-${split}-train-labels-idx1-ubyte.gz`,
    testImages: `emnist-${split}-test-images-idx3-ubyte.gz`,
    testLabels: `emnist-${split}-test-labels-idx1-ubyte.gz`,
  },
  folder: 'emnist',
  archive,
  reading: { split, transpose: true },
  classNames: [...classes].map((name) => name.trim()),
  builtIn: undefined,
}));
