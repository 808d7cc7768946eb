// Which files of a named set are downloaded again, and what is said about those that are missing or damaged.
import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { namedSets } from '../../src/dataset';
import { allFiles, downloadSet, findStored, verifyStored } from '../../src/dataset/get';
import { loadDataSet } from '../../src/dataset/load';
import { type NamedSet, type SplitFile, splitFiles } from '../../src/dataset/named-set';
import { idxHeader } from '../../src/dataset/readers/idx';
import { DataError } from '../../src/errors';
import { type FileServer, serve, whole } from '../file-server';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const dataFolder = () => join(folder(), 'data');
const pathOf = (file: SplitFile) => join(dataFolder(), 'mnist', splitFiles[file]);

const content = Buffer.from('as good as images');
const zipped = gzipSync(content);
const checksum = { covers: 'content', sha256: createHash('sha256').update(content).digest('hex') } as const;
const mnist: NamedSet = {
  ...(namedSets.find(({ name }) => name === 'mnist') as NamedSet),
  checksums: { trainImages: checksum, trainLabels: checksum, testImages: checksum, testLabels: checksum },
};

let server: FileServer | undefined;
beforeEach(() => {
  mkdirSync(join(dataFolder(), 'mnist'), { recursive: true });
  for (const file of allFiles) writeFileSync(pathOf(file), zipped);
});
afterEach(async () => {
  delete process.env.AIGC_OFFLINE;
  await server?.close();
});

it.each([
  ['cut', zipped.subarray(0, 20), /^\S+t10k-labels-idx1-ubyte.gz is (cut short|damaged)/],
  ['another', gzipSync('no images'), /^\S+t10k-labels-idx1-ubyte.gz: wrong checksum/],
])('downloads a file that is %s again, and that alone', async (_, bytes, message) => {
  writeFileSync(pathOf('testLabels'), bytes);
  const bad = await verifyStored(mnist, await findStored(mnist, dataFolder()));
  expect(bad).toEqual([{ file: 'testLabels', message: expect.stringMatching(message) }]);
  server = await serve({ [splitFiles.testLabels]: whole(zipped) });
  const again = bad.map(({ file }) => file);
  const options = { dataFolder: dataFolder(), again };
  expect(await downloadSet({ ...mnist, mirrors: [server.url] }, options)).toEqual([splitFiles.testLabels]);
  expect(server.requests).toEqual([splitFiles.testLabels]);
  expect(await verifyStored(mnist, await findStored(mnist, dataFolder()))).toEqual([]);
});

it('says which file is missing when the others are there', async () => {
  process.env.AIGC_OFFLINE = '1';
  rmSync(pathOf('trainLabels'));
  const attempt = downloadSet(mnist, { dataFolder: dataFolder() });
  await expect(attempt).rejects.toThrow(/mnist is not whole in \S+ \(without train-labels-idx1-ubyte\.gz\)/);
  await expect(attempt).rejects.toMatchObject({
    hint: expect.stringMatching(/put train-labels-idx1-ubyte.gz/),
  });
});

it('says of a set that is there what it was asked for', async () => {
  process.env.AIGC_OFFLINE = '1';
  const attempt = downloadSet(mnist, { dataFolder: dataFolder(), again: ['testImages'] });
  await expect(attempt).rejects.toThrow(
    /^t10k-images-idx3-ubyte\.gz of mnist would be downloaded again, and/,
  );
});

it('says how to get a damaged file of a name again', async () => {
  const images = gzipSync(Buffer.concat([idxHeader([9, 2, 2]), Buffer.alloc(36)]));
  writeFileSync(pathOf('trainImages'), images.subarray(0, images.length - 9));
  const error = await loadDataSet('mnist', { dataFolder: dataFolder(), sets: [mnist] }).catch((e) => e);
  expect(error).toBeInstanceOf(DataError);
  expect(error.message).toMatch(/train-images-idx3-ubyte.gz is cut short/);
  expect(error.hint).toBe('Get it again: aigc data get mnist --force');
});
