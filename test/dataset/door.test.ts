// What the door makes of folders and files that are of no one format: splits in folders, stand-ins for files, archives.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readData } from '../../src/dataset/door';
import { idxHeader } from '../../src/dataset/readers/idx';
import { encodeNpy } from '../../src/images/npy';
import { scratchFolder } from '../scratch';
import { tarOf } from '../tar';
import { zipOf } from '../zip';

const folder = scratchFolder();

function write(name: string, content: Uint8Array | string): string {
  const path = join(folder(), name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const images = (count: number) => encodeNpy(new Uint8Array(count * 4).fill(count), [count, 2, 2]);

it('takes folders called train and test for splits of any format, inside what only wraps', async () => {
  write('default/train/images.npy', images(3));
  write('default/train/labels.npy', encodeNpy(Uint8Array.of(0, 1, 2), [3]));
  write('default/test/set.csv', 'label,a,b,c,d\n1,9,20,30,40\n');
  const { train, test, notes } = await readData(folder());
  expect(train.set).toMatchObject({ count: 3, labels: Uint8Array.of(0, 1, 2) });
  expect(test?.set).toMatchObject({ count: 1, labels: Uint8Array.of(1) });
  expect(notes.join('\n')).toMatch(/train and \S+test are splits\./);
});

it('numbers the classes of both splits alike, and refuses one that is not trained on', async () => {
  write('train/set.csv', 'ant,9,20,30,40\nbee,9,20,30,40\ncat,1,2,3,40\n');
  const test = write('test/set.csv', 'cat,9,20,30,40\n');
  expect((await readData(folder())).test?.set.labels).toEqual(Uint8Array.of(2));
  writeFileSync(test, 'dog,9,20,30,40\n');
  await expect(readData(folder())).rejects.toThrow(/has the class dog, of which there is no training image/);
});

it.each([
  [
    'set.parquet',
    'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n',
    /is a Git LFS pointer/,
  ],
  ['data/train-images-idx3-ubyte', '<!DOCTYPE html><html>', /idx3-ubyte is a web page\.$/],
  ['train.csv', '<html><body>Log in</body></html>', /train\.csv is a web page\.$/],
])('says what stands in for %s', async (name, content, message) => {
  write(name, content);
  await expect(readData(folder())).rejects.toThrow(message);
  await expect(readData(join(folder(), name))).rejects.toThrow(message);
});

it('says what an archive holds that is none of pictures, and how to unpack it', async () => {
  const idx = gzipSync(Buffer.concat([idxHeader([1, 2, 2]), Buffer.alloc(4)]));
  const zip = write('kaggle set.zip', zipOf([['train-images-idx3-ubyte.gz', idx]]));
  await expect(readData(zip)).rejects.toMatchObject({
    message: expect.stringMatching(/a zip archive of other files/),
    hint: expect.stringMatching(
      /^Unpack it: unzip '\S+kaggle set\.zip' -d 'kaggle set', and name that folder\.$/,
    ),
  });
  const tar = write('cifar.tar.gz', gzipSync(await tarOf([{ name: 'batches/data_batch_1', content: 'x' }])));
  await expect(readData(tar)).rejects.toMatchObject({
    message: expect.stringMatching(/holds batches\/data_batch_1, and no pictures/),
    hint: expect.stringMatching(/mkdir -p cifar && tar xf \S+ -C cifar,/),
  });
});

it('names the folders of which one is meant', async () => {
  for (const name of ['MNIST', 'FashionMNIST']) write(`${name}/raw/images.npy`, images(1));
  write('notes/readme.md', 'words');
  await expect(readData(folder())).rejects.toMatchObject({
    hint: expect.stringMatching(/: \S+FashionMNIST or \S+\/MNIST\.$/),
  });
});

it('reads what a browser called a name that was there already', async () => {
  const idx = (shape: number[], bytes: number) => Buffer.concat([idxHeader(shape), Buffer.alloc(bytes)]);
  write('train-images-idx3-ubyte (1)', idx([2, 2, 2], 8));
  write('train-labels-idx1-ubyte (2)', idx([2], 2));
  expect((await readData(folder())).train.set.labels).toHaveLength(2);
});

it('says how it took an array whose images may go last', async () => {
  write(
    'turned.npy',
    encodeNpy(
      Uint8Array.from({ length: 20 }, (_, i) => 9 * i),
      [2, 2, 5],
    ),
  );
  const { notes } = await readData(join(folder(), 'turned.npy'));
  expect(notes.join()).toMatch(/2 images of 2×5 \(if they are counted by the last axis: numpy\.moveaxis/);
});
