import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { writeIdx, writeSplit } from '../../../src/dataset/idx-writer';
import { idxHeader, readIdx, readIdxImages, readIdxLabels } from '../../../src/dataset/readers/idx';
import { DataError } from '../../../src/errors';
import { scratchFolder } from '../../scratch';

const folder = scratchFolder();

function put(name: string, ...parts: (Uint8Array | string)[]): string {
  const path = join(folder(), name);
  writeFileSync(path, Buffer.concat(parts.map((part) => Buffer.from(part))));
  return path;
}

async function failure(promise: Promise<unknown>): Promise<DataError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

const images = [idxHeader([2, 2, 3]), Uint8Array.from({ length: 12 }, (_, i) => i)] as const;

describe('a good file', () => {
  it('reads grey images of any height and width', async () => {
    const { count, height, width, channels, pixels } = await readIdxImages(put('a', ...images));
    expect({ count, height, width, channels }).toEqual({ count: 2, height: 2, width: 3, channels: 1 });
    expect(pixels).toEqual(images[1]);
  });

  it('tells gzip by the content, not by the name', async () => {
    const zipped = put('plain-name', gzipSync(Buffer.concat(images)));
    expect((await readIdxImages(zipped)).pixels).toEqual(images[1]);
    expect((await readIdxImages(put('name.gz', ...images))).pixels).toEqual(images[1]);
  });

  it('reads colour images from four axes', async () => {
    const path = put('a', idxHeader([1, 2, 2, 3]), new Uint8Array(12).fill(9));
    expect(await readIdxImages(path)).toMatchObject({ count: 1, height: 2, width: 2, channels: 3 });
  });

  it('reads labels', async () => {
    expect(await readIdxLabels(put('a', idxHeader([3]), Uint8Array.of(5, 0, 4)))).toEqual(
      Uint8Array.of(5, 0, 4),
    );
  });

  it('reads what spans many pieces, gzipped several times over', async () => {
    const data = Uint8Array.from({ length: 1000 * 784 }, (_, i) => (i * 31) % 251);
    const whole = Buffer.concat([idxHeader([1000, 28, 28]), data]);
    const members = [
      gzipSync(whole.subarray(0, 5)),
      gzipSync(whole.subarray(5, 400_000)),
      gzipSync(whole.subarray(400_000)),
    ];
    expect(Buffer.compare((await readIdxImages(put('a.gz', ...members))).pixels, data)).toBe(0);
  });
});

describe('a bad file', () => {
  type Bad = [what: string, parts: (Uint8Array | string)[], message: RegExp, name?: string];
  const bad: Bad[] = [
    ['empty', [], /is empty/],
    ['shorter than a header', [Uint8Array.of(0, 0, 8, 3, 0)], /cut short: 5 bytes/],
    [
      'cut',
      [images[0], Uint8Array.of(1, 2, 3)],
      /cut short: its header claims 2×2×3 \(12 bytes\), but 3 bytes follow/,
    ],
    ['too long', [...images, Uint8Array.of(1)], /too long: its header claims 2×2×3/],
    [
      'of 2^31 images',
      [idxHeader([2 ** 31, 28, 28]), new Uint8Array(99)],
      /claims 2147483648×28×28 .*but 99 bytes follow/,
    ],
    ['of no images', [idxHeader([0, 28, 28])], /holds no images: its shape is 0×28×28/],
    ['of images without width', [idxHeader([5, 28, 0])], /holds no images/],
    ['not IDX', ['hello world'], /not an IDX file: it starts with 68 65 6c 6c, expected 00 00 08 03/],
    ['not gzip by that name', ['hello world'], /not gzipped, although its name ends in .gz/, 'x.gz'],
    ['of an unknown type', [Uint8Array.of(0, 0, 7, 3)], /not an IDX file: it starts with 00 00 07 03/],
    ['of five axes', [Uint8Array.of(0, 0, 8, 5)], /array of 5 axes, expected 1 \(labels\) to 4/],
    [
      'of rows that are no square',
      [idxHeader([1, 5]), new Uint8Array(5)],
      /rows of 5 numbers, which is no square/,
    ],
    ['of labels', [idxHeader([2]), Uint8Array.of(1, 2)], /array of 1 axis, expected images/],
    [
      'of two channels',
      [idxHeader([1, 2, 1, 2]), Uint8Array.of(1, 2, 3, 4)],
      /shape \[1, 2, 1, 2\], expected images: .* with 1, 3 or 4 channels/,
    ],
    ['cut gzip', [gzipSync(Buffer.concat(images)).subarray(0, 25)], /gzip data ends too early/],
    [
      'damaged gzip',
      [Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255)],
      /gzip data cannot be unfolded/,
    ],
    [
      'gzip of a cut file',
      [gzipSync(Buffer.concat([images[0], Buffer.of(1)]))],
      /cut short: its header claims 2×2×3/,
    ],
    ['gzip of a file too long', [gzipSync(Buffer.concat([...images, Buffer.of(1)]))], /too long/],
    ['gzip of nothing', [gzipSync('')], /is empty/],
    [
      'gzip that claims 2^31 images',
      [gzipSync(idxHeader([2 ** 31, 28, 28]))],
      /more than .* gzipped bytes can unfold to/,
    ],
  ];

  const rows = bad.map(([what, parts, message, name = 'file']) => ({ what, parts, message, name }));

  it.each(rows)('$what: one line that names the file, and a hint', async ({ parts, message, name }) => {
    const path = put(name, ...parts);
    const error = await failure(readIdxImages(path));
    expect(error.message).toMatch(message);
    expect(error.message).toContain(path);
    expect(error.message).not.toContain('\n');
    expect(error.hint).toBeTruthy();
    expect(error.exitCode).toBe(3);
  });

  it('is a web page: says that a download failed', async () => {
    expect((await failure(readIdx(put('x.gz', '<!DOCTYPE html><html>')))).hint).toMatch(/web page/);
  });

  it('is missing, or a folder', async () => {
    expect((await failure(readIdx(join(folder(), 'none')))).message).toMatch(/does not exist/);
    mkdirSync(join(folder(), 'sub'));
    expect((await failure(readIdx(join(folder(), 'sub')))).message).toMatch(/a folder, expected a file/);
  });

  it('takes no memory for what a gzipped header claims and the file does not hold', async () => {
    // 3 MB of zipped noise could unfold to 2 GiB by the ratio alone; it claims that and holds 3 MB.
    const noise = Buffer.from(
      Array.from({ length: 3_000_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 13) & 255),
    );
    const path = put('a.gz', gzipSync(Buffer.concat([idxHeader([2 ** 21, 28, 28]), noise]), { level: 0 }));
    const before = process.memoryUsage().arrayBuffers;
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }, 1);
    expect((await failure(readIdx(path))).message).toMatch(/cut short/);
    clearInterval(watch);
    expect(most).toBeLessThan(64e6);
  });
});

describe('writing', () => {
  it('gives back what was written, plain and gzipped, the same bytes each time', async () => {
    const [a, b, c] = ['a.idx3-ubyte', 'b.idx3-ubyte.gz', 'c.idx3-ubyte.gz'].map((name) =>
      join(folder(), name),
    );
    for (const path of [a, b, c]) await writeIdx(path as string, [2, 2, 3], images[1]);
    expect(readFileSync(a as string)).toEqual(Buffer.concat(images));
    expect(gunzipSync(readFileSync(b as string))).toEqual(Buffer.concat(images));
    expect(readFileSync(b as string)).toEqual(readFileSync(c as string));
  });

  it('writes a split under the names of MNIST, colour with four axes', async () => {
    const set = {
      count: 1,
      height: 1,
      width: 2,
      channels: 3,
      pixels: new Uint8Array(6),
      labels: Uint8Array.of(4),
      classCount: 5,
    };
    const [imagesPath = '', labelsPath = ''] = await writeSplit(join(folder(), 'new'), 'train', set);
    expect(imagesPath).toMatch(/train-images-idx4-ubyte\.gz$/);
    expect((await readIdx(imagesPath)).shape).toEqual([1, 1, 2, 3]);
    expect(await readIdxLabels(labelsPath)).toEqual(Uint8Array.of(4));
  });
});
