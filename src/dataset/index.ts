// The registry of data sets that have a name. Adding one is an entry here.
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { cacheFolder } from '../cache-folder';
import { formatAddress, parseAddress } from './address';
import { emnistSets } from './emnist';
import type { ImageShape } from './image-set';
import type { Checksum, NamedSet } from './named-set';

const like28: ImageShape & Pick<NamedSet, 'trainCount' | 'testCount' | 'builtIn'> = {
  height: 28,
  width: 28,
  channels: 1,
  trainCount: 60_000,
  testCount: 10_000,
  builtIn: undefined,
};

const mnist: NamedSet = {
  ...like28,
  name: 'mnist',
  summary: 'handwritten digits, LeCun, Cortes & Burges 1998',
  home: 'http://yann.lecun.com/exdb/mnist/',
  licence: 'CC BY-SA 3.0',
  mirrors: [
    'https://ossci-datasets.s3.amazonaws.com/mnist/',
    'https://storage.googleapis.com/cvdf-datasets/mnist/',
    'https://raw.githubusercontent.com/fgnt/mnist/master/',
  ],
  // Of the content, because the mirrors hold the same images gzipped in more than one way.
  checksums: {
    trainImages: content('ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db'),
    trainLabels: content('65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5'),
    testImages: content('0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7'),
    testLabels: content('ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2'),
  },
};

const fashionMnist: NamedSet = {
  ...like28,
  name: 'fashion-mnist',
  summary: 'articles of clothing, Xiao, Rasul & Vollgraf 2017',
  home: 'https://github.com/zalandoresearch/fashion-mnist',
  licence: 'MIT',
  mirrors: [
    'https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/',
    'https://fashion-mnist.s3.eu-central-1.amazonaws.com/',
    'http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/',
  ],
  // Of the gzipped files as published; torchvision's datasets hold the same sums.
  checksums: {
    trainImages: gzipped('3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84'),
    trainLabels: gzipped('a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845'),
    testImages: gzipped('346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073'),
    testLabels: gzipped('67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5'),
  },
};

const kmnist: NamedSet = {
  ...like28,
  name: 'kmnist',
  summary: 'cursive Japanese characters, Clanuwat et al. 2018',
  home: 'http://codh.rois.ac.jp/kmnist/',
  licence: 'CC BY-SA 4.0',
  mirrors: [
    'https://codh.rois.ac.jp/kmnist/dataset/kmnist/',
    'https://huggingface.co/datasets/tanganke/kmnist/resolve/756d43e894032ce8838db8b32e7500c9c3b5d050/raw/',
    'http://codh.rois.ac.jp/kmnist/dataset/kmnist/',
  ],
  // Of the gzipped files as published; torchvision's datasets hold the same sums.
  checksums: {
    trainImages: gzipped('51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4'),
    trainLabels: gzipped('e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17'),
    testImages: gzipped('edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5'),
    testLabels: gzipped('20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c'),
  },
};

const digits: NamedSet = {
  ...like28,
  name: 'digits',
  summary: 'digits drawn by code, built in: no download',
  home: 'drawn by src/dataset/digits',
  licence: 'Apache-2.0',
  trainCount: 10_000,
  testCount: 2_000,
  mirrors: [],
  checksums: {},
  // Two folders up from dist/dataset as from src/dataset.
  builtIn: join(__dirname, '..', '..', 'data', 'digits'),
};

const qmnist: NamedSet = {
  ...like28,
  name: 'qmnist',
  summary: "MNIST's digits anew, with 60,000 to test on, Yadav & Bottou 2019",
  home: 'https://github.com/facebookresearch/qmnist',
  licence: 'BSD-3-Clause',
  testCount: 60_000,
  mirrors: [
    'https://raw.githubusercontent.com/facebookresearch/qmnist/master/',
    'https://github.com/facebookresearch/qmnist/raw/master/',
  ],
  checksums: {},
  files: {
    trainImages: 'qmnist-train-images-idx3-ubyte.gz',
    trainLabels: 'qmnist-train-labels-idx2-int.gz',
    testImages: 'qmnist-test-images-idx3-ubyte.gz',
    testLabels: 'qmnist-test-labels-idx2-int.gz',
  },
  reading: {},
};

const kuzushiji49: NamedSet = {
  ...like28,
  name: 'kuzushiji-49',
  summary: 'cursive Japanese characters, 49 classes, Clanuwat et al. 2018',
  home: 'http://codh.rois.ac.jp/kmnist/',
  licence: 'CC BY-SA 4.0',
  trainCount: 232_365,
  testCount: 38_547,
  mirrors: ['https://codh.rois.ac.jp/kmnist/dataset/k49/', 'http://codh.rois.ac.jp/kmnist/dataset/k49/'],
  checksums: {},
  files: {
    trainImages: 'k49-train-imgs.npz',
    trainLabels: 'k49-train-labels.npz',
    testImages: 'k49-test-imgs.npz',
    testLabels: 'k49-test-labels.npz',
  },
  reading: {},
  classNames: [
    ...'あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわゐゑをんゝ',
  ],
};

export const namedSets: readonly NamedSet[] = [
  mnist,
  fashionMnist,
  kmnist,
  kuzushiji49,
  qmnist,
  ...emnistSets,
  digits,
];

/**
 * The folder that holds, or would hold, a named set's files: `data/NAME` in the working folder where that is there, else
 * one in the user's cache, for all working folders.
 * @param dataFolder the folder of sets instead of these
 */
export function setFolder(set: NamedSet, dataFolder?: string): string {
  if (set.builtIn !== undefined) return set.builtIn;
  const { folder = set.name } = set;
  if (dataFolder !== undefined) return join(dataFolder, folder);
  const local = join('data', folder);
  return existsSync(local) ? local : join(cacheFolder(), 'data', folder);
}

function content(sha256: string): Checksum {
  return { covers: 'content', sha256 };
}

function gzipped(sha256: string): Checksum {
  return { covers: 'file', sha256 };
}

/** What `--data` names, as those remember it who come back to it from anywhere: a folder by its whole path. */
export function wholeName(nameOrPath: string): string {
  const isNamed = namedSets.some(({ name }) => name === nameOrPath);
  if (isNamed) return nameOrPath;
  const { path, options } = parseAddress(nameOrPath);
  return existsSync(path) ? formatAddress(resolve(path), options) : nameOrPath;
}
