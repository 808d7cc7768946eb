import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { namedSets } from '../../src/dataset';
import { writeIdx, writeSplit } from '../../src/dataset/idx-writer';
import type { ImageSet } from '../../src/dataset/image-set';
import { loadDataSet, resolveDefaultDataSet } from '../../src/dataset/load';
import { type Checksum, type NamedSet, splitFiles } from '../../src/dataset/named-set';
import { idxHeader } from '../../src/dataset/readers/idx';
import { DataError, UsageError } from '../../src/errors';
import { type FileServer, type Route, serve, whole } from '../file-server';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const options = () => ({ dataFolder: join(folder(), 'data') });

function makeSet(count: number, start = 0): ImageSet {
  const pixels = Uint8Array.from({ length: count * 4 }, (_, i) => start + i);
  const labels = Uint8Array.from({ length: count }, (_, i) => i % 3);
  return { count, height: 2, width: 2, channels: 1, pixels, labels, classCount: Math.min(3, count) };
}

async function failure(promise: Promise<unknown>): Promise<DataError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

describe('a folder', () => {
  it('gives its training and test images with their labels', async () => {
    await writeSplit(folder(), 'train', makeSet(5));
    await writeSplit(folder(), 't10k', makeSet(2, 100));
    const set = await loadDataSet(folder(), options());
    expect(set.train).toEqual(makeSet(5));
    expect(set.test).toEqual(makeSet(2, 100));
    expect(set.name).toBe(folder());
  });

  const namings: [images: string, labels: string][] = [
    ['train-images-idx3-ubyte', 'train-labels-idx1-ubyte'],
    ['train-images.idx3-ubyte', 'train-labels.idx1-ubyte'],
    ['emnist-letters-train-images-idx3-ubyte.gz', 'emnist-letters-train-labels-idx1-ubyte'],
    ['samples.idx3-ubyte.gz', 'samples.idx1-ubyte.gz'],
  ];
  it.each(namings)('finds %s with %s', async (images, labels) => {
    await writeIdx(join(folder(), images), [3, 2, 2], makeSet(3).pixels);
    await writeIdx(join(folder(), labels), [3], Uint8Array.of(0, 1, 2));
    writeFileSync(join(folder(), 'README.txt'), 'notes');
    const set = await loadDataSet(folder(), options());
    expect(set.train).toEqual(makeSet(3));
    expect(set.test).toBeUndefined();
  });

  it('needs no labels', async () => {
    await writeIdx(
      join(folder(), 'anything-images-idx4-ubyte.gz'),
      [1, 1, 2, 3],
      Uint8Array.of(1, 2, 3, 4, 5, 6),
    );
    const { train } = await loadDataSet(folder(), options());
    expect(train).toMatchObject({
      count: 1,
      height: 1,
      width: 2,
      channels: 3,
      labels: undefined,
      classCount: 0,
    });
  });

  it('takes the plain one of a file and its gzipped twin', async () => {
    await writeSplit(folder(), 'train', makeSet(3));
    const zipped = join(folder(), splitFiles.trainImages);
    writeFileSync(zipped.replace('.gz', ''), gunzipSync(readFileSync(zipped)));
    expect((await loadDataSet(folder(), options())).train).toEqual(makeSet(3));
  });

  it('may be one file, with the labels beside it', async () => {
    const [images = ''] = await writeSplit(folder(), 't10k', makeSet(4));
    expect((await loadDataSet(images, options())).train).toEqual(makeSet(4));
  });

  it('is told from another by its fingerprint: pixels, labels and shape', async () => {
    const fingerprint = async (name: string, set: ImageSet) => {
      await writeSplit(join(folder(), name), 'train', set);
      return (await loadDataSet(join(folder(), name), options())).fingerprint;
    };
    const base = makeSet(4);
    const prints = [
      await fingerprint('a', base),
      await fingerprint('b', makeSet(4, 1)),
      await fingerprint('c', { ...base, labels: Uint8Array.of(0, 1, 2, 1) }),
      await fingerprint('d', { ...base, labels: undefined }),
      await fingerprint('e', { ...base, height: 1, width: 4 }),
    ];
    expect(new Set(prints).size).toBe(prints.length);
    expect(await fingerprint('f', base)).toBe(prints[0]);
    expect(prints[0]).toMatch(/^[0-9a-f]{64}$/);
  });

  it('that is empty: says which names were looked for', async () => {
    const error = await failure(loadDataSet(folder(), options()));
    expect(error.message).toMatch(/is empty: looked for IDX files/);
  });

  it('that only wraps another is passed through, which is said', async () => {
    await writeSplit(join(folder(), 'MNIST', 'raw'), 'train', makeSet(3));
    mkdirSync(join(folder(), 'MNIST', 'processed'));
    const set = await loadDataSet(folder(), options());
    expect(set.train).toEqual(makeSet(3));
    expect(set.notes).toEqual([`${folder()}: reading what is in ${join(folder(), 'MNIST', 'raw')}.`]);
  });

  it('whose labels and images differ in number', async () => {
    await writeSplit(folder(), 'train', { ...makeSet(5), labels: Uint8Array.of(1, 2, 3) });
    expect((await failure(loadDataSet(folder(), options()))).message).toMatch(
      /holds 3 labels, but .* holds 5 images/,
    );
  });

  it('whose images and labels are swapped', async () => {
    writeFileSync(
      join(folder(), 'train-images-idx3-ubyte'),
      Buffer.concat([idxHeader([2]), Buffer.of(1, 2)]),
    );
    expect((await failure(loadDataSet(folder(), options()))).hint).toMatch(/swapped/);
  });

  it('whose test images have another shape', async () => {
    await writeSplit(folder(), 'train', makeSet(3));
    await writeSplit(folder(), 't10k', { ...makeSet(3), height: 1, width: 4 });
    expect((await failure(loadDataSet(folder(), options()))).message).toMatch(
      /images of 1×4×1, expected 2×2×1/,
    );
  });

  it('that holds two training sets', async () => {
    await writeIdx(join(folder(), 'a-train-images-idx3-ubyte'), [1, 2, 2], makeSet(1).pixels);
    await writeIdx(join(folder(), 'b-train-images-idx3-ubyte'), [1, 2, 2], makeSet(1).pixels);
    expect((await failure(loadDataSet(folder(), options()))).message).toMatch(
      /several sets of images: a-train.*b-train/,
    );
  });

  it('that does not exist', async () => {
    expect((await failure(loadDataSet(join(folder(), 'none'), options()))).message).toMatch(/does not exist/);
  });
});

it('asks back at a mistyped name', async () => {
  const error = await loadDataSet('mnits', options()).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(UsageError);
  expect((error as UsageError).hint).toBe('Did you mean "mnist"?');
});

describe('a named set', () => {
  const train = makeSet(4);
  const test = makeSet(2, 50);
  let server: FileServer;
  afterEach(async () => {
    delete process.env.AIGC_OFFLINE;
    delete process.env.AIGC_MIRROR;
    await server?.close();
  });

  const contents = {
    trainImages: Buffer.concat([idxHeader([4, 2, 2]), train.pixels]),
    trainLabels: Buffer.concat([idxHeader([4]), train.labels as Uint8Array]),
    testImages: Buffer.concat([idxHeader([2, 2, 2]), test.pixels]),
    testLabels: Buffer.concat([idxHeader([2]), test.labels as Uint8Array]),
  };
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
  const files = Object.keys(splitFiles) as (keyof typeof splitFiles)[];

  /** A set called mnist, and the registry's digits, so that the default can be told from the fallback. */
  function sets(covers: Checksum['covers'], mirrors: readonly string[]): readonly NamedSet[] {
    const sumOf = (bytes: Buffer) => ({
      covers,
      sha256: sha256(covers === 'content' ? bytes : gzipSync(bytes)),
    });
    const [mnist, digits] = ['mnist', 'digits'].map(
      (name) => namedSets.find((set) => set.name === name) as NamedSet,
    );
    const checksums = {
      trainImages: sumOf(contents.trainImages),
      trainLabels: sumOf(contents.trainLabels),
      testImages: sumOf(contents.testImages),
      testLabels: sumOf(contents.testLabels),
    };
    const builtIn = join(folder(), 'built-in');
    return [
      { ...(mnist as NamedSet), mirrors, checksums },
      { ...(digits as NamedSet), builtIn },
    ];
  }

  const routes = (prefix = ''): Record<string, Route> =>
    Object.fromEntries(files.map((file) => [prefix + splitFiles[file], whole(gzipSync(contents[file]))]));

  it.each(['content', 'file'] as const)('is downloaded, checked by %s, and then kept', async (covers) => {
    server = await serve(routes());
    const given = { ...options(), sets: sets(covers, [server.url]) };
    expect((await loadDataSet('mnist', given)).train).toEqual(train);
    expect((await loadDataSet('mnist', given)).test).toEqual(test);
    expect(server.requests).toHaveLength(4);
    expect(readdirSync(join(folder(), 'data', 'mnist')).sort()).toEqual(Object.values(splitFiles).sort());
  });

  it('is a DataError when it cannot be had, and leaves no file', async () => {
    server = await serve({});
    const error = await failure(loadDataSet('mnist', { ...options(), sets: sets('content', [server.url]) }));
    expect(error.message).toMatch(/404/);
    expect(readdirSync(join(folder(), 'data', 'mnist'))).toEqual([]);
  });

  it('is not downloaded with AIGC_OFFLINE', async () => {
    server = await serve(routes());
    process.env.AIGC_OFFLINE = '1';
    const error = await failure(loadDataSet('mnist', { ...options(), sets: sets('content', [server.url]) }));
    expect(error.message).toMatch(/AIGC_OFFLINE/);
    expect(server.requests).toEqual([]);
  });

  it('comes from AIGC_MIRROR and from nowhere else', async () => {
    server = await serve(routes('sub/mnist/'));
    process.env.AIGC_MIRROR = `${server.url}sub`;
    const given = { ...options(), sets: sets('content', ['http://127.0.0.1:9/never/']) };
    expect((await loadDataSet('mnist', given)).train).toEqual(train);
  });

  it('with a changed byte on disk is refused', async () => {
    const given = { ...options(), sets: sets('content', []) };
    await writeSplit(join(given.dataFolder, 'mnist'), 'train', {
      ...train,
      pixels: train.pixels.with(7, 99),
    });
    await writeSplit(join(given.dataFolder, 'mnist'), 't10k', test);
    const error = await failure(loadDataSet('mnist', given));
    expect(error.message).toMatch(/train-images-idx3-ubyte.gz is not the file of mnist: wrong checksum/);
    expect(error.hint).toContain('aigc data get mnist --force');
  });

  describe('by default', () => {
    const patient = () => ({ ...options(), connectMs: 300 });
    const writeBuiltIn = () => writeSplit(join(folder(), 'built-in'), 'train', makeSet(6, 9));

    it('is MNIST from the disk', async () => {
      const given = { ...options(), sets: sets('content', []) };
      await writeSplit(join(given.dataFolder, 'mnist'), 'train', train);
      await writeSplit(join(given.dataFolder, 'mnist'), 't10k', test);
      const found = await resolveDefaultDataSet(given);
      expect(found).toMatchObject({ fallback: false, dataSet: { name: 'mnist' } });
    });

    it('is MNIST from the network', async () => {
      server = await serve(routes());
      const found = await resolveDefaultDataSet({ ...options(), sets: sets('content', [server.url]) });
      expect(found).toMatchObject({ fallback: false, dataSet: { name: 'mnist' } });
      expect(found.reason).toMatch(/^MNIST, downloaded to /);
    });

    it('is the built-in digits when no server answers, after a short wait', async () => {
      server = await serve({ [splitFiles.trainImages]: () => undefined });
      await writeBuiltIn();
      await writeSplit(join(folder(), 'built-in'), 't10k', makeSet(1));
      const begun = performance.now();
      const found = await resolveDefaultDataSet({ ...patient(), sets: sets('content', [server.url]) });
      expect(performance.now() - begun).toBeLessThan(4000);
      expect(found).toMatchObject({ fallback: true, dataSet: { name: 'digits' } });
      expect(found.reason).toMatch(
        /was not downloaded \(no answer for 0.3 s\): using the built-in digits instead/,
      );
    });

    it('is the built-in digits without a try under AIGC_OFFLINE', async () => {
      server = await serve(routes());
      process.env.AIGC_OFFLINE = '1';
      await writeBuiltIn();
      await writeSplit(join(folder(), 'built-in'), 't10k', makeSet(1));
      const found = await resolveDefaultDataSet({ ...options(), sets: sets('content', [server.url]) });
      expect(found).toMatchObject({ fallback: true, dataSet: { name: 'digits' } });
      expect(server.requests).toEqual([]);
    });

    it('is an error when what is on disk is damaged: never silently something else', async () => {
      const given = { ...options(), sets: sets('content', []) };
      await writeSplit(join(given.dataFolder, 'mnist'), 'train', train);
      await writeSplit(join(given.dataFolder, 'mnist'), 't10k', test);
      writeFileSync(join(given.dataFolder, 'mnist', splitFiles.testLabels), 'noise');
      await failure(resolveDefaultDataSet(given));
    });
  });
});

const realMnist = join(__dirname, '..', '..', '..', 'shared', 'mnist');
(existsSync(realMnist) ? it : it.skip)('loads and checks the real MNIST', async () => {
  mkdirSync(join(folder(), 'data', 'mnist'), { recursive: true });
  for (const name of Object.values(splitFiles)) {
    writeFileSync(join(folder(), 'data', 'mnist', name), readFileSync(join(realMnist, name)));
  }
  const { train, test } = await loadDataSet('mnist', options());
  expect(train).toMatchObject({ count: 60_000, height: 28, width: 28, channels: 1, classCount: 10 });
  expect(test?.count).toBe(10_000);
});

it('passes over folders that bear the name of a file, as some archives unfold', async () => {
  await writeSplit(folder(), 'train', makeSet(6));
  mkdirSync(join(folder(), 'train-images-idx3-ubyte'));
  mkdirSync(join(folder(), 't10k-images-idx3-ubyte'));
  expect(await loadDataSet(folder(), options())).toMatchObject({ train: { count: 6 }, test: undefined });
});
