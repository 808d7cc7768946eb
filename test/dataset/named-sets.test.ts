// Named sets that are not four files of MNIST's kind, from a server that has what their publishers have, made small.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { namedSets } from '../../src/dataset';
import { downloadSet, findStored, verifyStored } from '../../src/dataset/get';
import type { ImageSet } from '../../src/dataset/image-set';
import { loadDataSet } from '../../src/dataset/load';
import { filesOf, type NamedSet, type SetArchive } from '../../src/dataset/named-set';
import { idxHeader } from '../../src/dataset/readers/idx';
import { encodeNpy } from '../../src/images/npy';
import { runCli } from '../cli';
import { type FileServer, serve, whole } from '../file-server';
import { scratchFolder } from '../scratch';
import { zipOf } from '../zip';

const folder = scratchFolder();
const dataFolder = () => join(folder(), 'data');
let server: FileServer;
afterEach(async () => {
  delete process.env.AIGC_OFFLINE;
  await server?.close();
});

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const named = (name: string) => namedSets.find((set) => set.name === name) as NamedSet;
const [height, width] = [2, 3];
const pixels = (count: number) =>
  Uint8Array.from({ length: count * height * width }, (_, i) => (i * 7) % 251);
const idx = (shape: readonly number[], bytes: Uint8Array) =>
  gzipSync(Buffer.concat([idxHeader(shape), bytes]));

describe('EMNIST', () => {
  const columns = (count: number) => {
    const turned = pixels(count);
    for (let i = 0; i < turned.length; i++) {
      const [image, at] = [Math.floor(i / 6), i % 6];
      turned[image * 6 + (at % width) * height + Math.floor(at / width)] = pixels(count)[i] as number;
    }
    return idx([count, width, height], turned);
  };
  const files = ['letters', 'balanced'].flatMap((split): [string, Buffer][] => [
    [`gzip/emnist-${split}-train-images-idx3-ubyte.gz`, columns(4)],
    [`gzip/emnist-${split}-train-labels-idx1-ubyte.gz`, idx([4], Uint8Array.of(1, 3, 2, 1))],
    [`gzip/emnist-${split}-test-images-idx3-ubyte.gz`, columns(2)],
    [`gzip/emnist-${split}-test-labels-idx1-ubyte.gz`, idx([2], Uint8Array.of(2, 3))],
  ]);
  const zip = zipOf([...files, ['gzip/emnist-letters-mapping.txt', '1 65 97\n']]);

  function sets(bytes = zip): NamedSet[] {
    const archive = { ...(named('emnist-letters').archive as SetArchive), bytes: bytes.length };
    const checksum = { covers: 'file', sha256: sha256(bytes) } as const;
    return ['letters', 'balanced'].map((split) => ({
      ...named(`emnist-${split}`),
      mirrors: [server.url],
      archive: { ...archive, checksum },
    }));
  }
  const load = (name: string, own = sets()) => loadDataSet(name, { dataFolder: dataFolder(), sets: own });

  it('comes as one archive, once for all its sets, upright and with the names of its classes', async () => {
    server = await serve({ 'gzip.zip': whole(zip) });
    const { train, test, classNames, name } = await load('emnist-letters');
    expect((train as ImageSet).pixels).toEqual(pixels(4));
    expect(train).toMatchObject({ count: 4, height, width, labels: Uint8Array.of(1, 3, 2, 1) });
    expect((test as ImageSet).pixels).toEqual(pixels(2));
    expect([name, classNames?.[0], classNames?.[3]]).toEqual(['emnist-letters', '', 'C']);
    expect((await load('emnist-balanced')).classNames?.[36]).toBe('a');
    expect(server.requests).toEqual(['gzip.zip']);
    const kept = files.map(([path]) => path.slice(5));
    expect(readdirSync(join(dataFolder(), 'emnist')).sort()).toEqual(['SHA256SUMS', ...kept].sort());
    expect(readdirSync(folder())).toEqual(['data']);
  });

  it('is unpacked from an archive that was put there, offline, which stays; a damaged one is refused', async () => {
    server = await serve({});
    process.env.AIGC_OFFLINE = '1';
    mkdirSync(join(dataFolder(), 'emnist'), { recursive: true });
    await expect(load('emnist-letters')).rejects.toMatchObject({
      hint: expect.stringMatching(/or put gzip\.zip into \S+emnist\./),
    });
    const archive = join(dataFolder(), 'emnist', 'gzip.zip');
    writeFileSync(archive, zip.subarray(1));
    await expect(load('emnist-letters')).rejects.toThrow(/gzip\.zip is not the archive of emnist-letters/);
    writeFileSync(archive, zip);
    expect((await load('emnist-letters')).train.count).toBe(4);
    expect(existsSync(archive)).toBe(true);
  });

  it('notices a file that has changed since, and an archive without its files', async () => {
    server = await serve({ 'gzip.zip': whole(zip) });
    await load('emnist-letters');
    const path = join(dataFolder(), 'emnist', filesOf(named('emnist-letters')).testImages);
    writeFileSync(path, idx([2, width, height], new Uint8Array(12)));
    await expect(load('emnist-letters')).rejects.toThrow(/is not the file of emnist-letters: wrong checksum/);
    await server.close();
    const others = zipOf(files.slice(4));
    server = await serve({ 'gzip.zip': whole(others) });
    rmSync(join(dataFolder(), 'emnist'), { recursive: true });
    await expect(load('emnist-letters', sets(others))).rejects.toThrow(
      /does not hold emnist-letters-train-images-idx3-ubyte\.gz,/,
    );
  });
});

describe('Kuzushiji-49', () => {
  const npz = (shape: number[], values: Uint8Array) =>
    zipOf([['arr_0.npy', Buffer.from(encodeNpy(values, shape))]]);
  const routes = () => ({
    'k49-train-imgs.npz': whole(npz([4, height, width], pixels(4))),
    'k49-train-labels.npz': whole(npz([4], Uint8Array.of(0, 48, 1, 2))),
    'k49-test-imgs.npz': whole(npz([2, height, width], pixels(2))),
    'k49-test-labels.npz': whole(npz([2], Uint8Array.of(1, 2))),
  });
  const small = (): NamedSet => {
    const counts = { trainCount: 4, testCount: 2, height, width };
    return { ...named('kuzushiji-49'), ...counts, mirrors: [server.url] };
  };
  const load = () => loadDataSet('kuzushiji-49', { dataFolder: dataFolder(), sets: [small()] });

  it('is four archives of NumPy, whose first hashes are said and kept', async () => {
    server = await serve(routes());
    const first = await load();
    expect((first.train as ImageSet).pixels).toEqual(pixels(4));
    expect(first.train.labels).toEqual(Uint8Array.of(0, 48, 1, 2));
    expect(first.test?.count).toBe(2);
    expect(first.classNames?.[48]).toBe('ゝ');
    expect(first.notes?.[0]).toMatch(
      /^SHA-256 of k49-train-imgs\.npz: [0-9a-f]{64}; no public source has one/,
    );
    expect(first.notes).toHaveLength(4);
    expect((await load()).notes).toEqual([]);
    const sums = readFileSync(join(dataFolder(), 'kuzushiji-49', 'SHA256SUMS'), 'utf8');
    expect(sums.split('\n')[1]).toMatch(/^[0-9a-f]{64} {2}k49-test-labels\.npz$/);
  });

  it('takes no page for a file, nor another file than the first time', async () => {
    const page = Buffer.from('<html>Log in first</html>');
    server = await serve({ ...routes(), 'k49-test-labels.npz': whole(page) });
    await expect(load()).rejects.toThrow(/k49-test-labels\.npz: what it sent is not the file/);
    await server.close();
    server = await serve(routes());
    await load();
    await server.close();
    server = await serve({ 'k49-test-labels.npz': whole(npz([2], Uint8Array.of(0, 0))) });
    const again = { dataFolder: dataFolder(), again: ['testLabels'] as const };
    await expect(downloadSet(small(), again)).rejects.toMatchObject({
      message: expect.stringMatching(/wrong checksum/),
      hint: expect.stringMatching(/SHA256SUMS has the hash of the first download/),
    });
    expect(await verifyStored(small(), await findStored(small(), dataFolder()))).toEqual([]);
  });
});

it('has QMNIST, held to its size, in the cache of all folders, which data/qmnist in one goes before', async () => {
  const images = idx([60_000, 28, 28], new Uint8Array(60_000 * 784));
  const labels = Buffer.concat([idxHeader([60_000, 8]), Buffer.alloc(60_000 * 32)]);
  labels[2] = 0x0c;
  const files = filesOf(named('qmnist'));
  const routes = Object.entries(files).map(([file, name]) => [
    `qmnist/${name}`,
    whole(file.endsWith('Labels') ? gzipSync(labels) : images),
  ]);
  server = await serve(Object.fromEntries(routes));
  const [cache, work] = [join(folder(), 'cache'), join(folder(), 'work')];
  mkdirSync(work);
  const environment = { AIGC_CACHE_DIR: cache, AIGC_MIRROR: server.url, AIGC_OFFLINE: '' };
  const { code, stdout } = await runCli(['data', 'get', 'qmnist'], work, environment);
  expect(code).toBe(0);
  expect(stdout.split('\n')[0]).toBe(`qmnist is in ${join(cache, 'data', 'qmnist')}: downloaded 4 files.`);
  expect(stdout).toMatch(/^SHA-256 of qmnist-test-labels-idx2-int\.gz: [0-9a-f]{64};/m);
  expect(readdirSync(work)).toEqual([]);
  const again = await runCli(['data', 'get', 'qmnist'], work, { ...environment, AIGC_OFFLINE: '1' });
  expect(again.stdout).toMatch(/was there already, and is right\.\n$/);
  mkdirSync(join(work, 'data', 'qmnist'), { recursive: true });
  const { stdout: list } = await runCli(['data', 'list'], work, environment);
  expect(list).toMatch(/^qmnist .* not downloaded/m);
});

it('says what to do where the cache may not be made', async () => {
  server = await serve({});
  writeFileSync(join(folder(), 'file'), '');
  const environment = { AIGC_CACHE_DIR: join(folder(), 'file'), AIGC_MIRROR: server.url, AIGC_OFFLINE: '' };
  const { code, stderr } = await runCli(['data', 'get', 'kmnist'], folder(), environment);
  expect(code).toBe(3);
  expect(stderr).toMatch(/AIGC_CACHE_DIR=DIR, or make one here: mkdir -p data\/kmnist\n$/);
});
