import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { digitLabels, drawDigit, drawDigits } from '../../../src/dataset/digits/digits';
import { readIdxImages, readIdxLabels } from '../../../src/dataset/readers/idx';

const size = 28 * 28;

describe('drawing digits', () => {
  it('gives images of 28 × 28 and labels, each digit once in every ten', () => {
    const set = drawDigits(100, 3);
    expect(set).toMatchObject({ count: 100, height: 28, width: 28, channels: 1, classCount: 10 });
    expect(set.pixels).toHaveLength(100 * size);
    const labels = [...(set.labels ?? [])];
    for (let i = 0; i < 100; i += 10) {
      expect(labels.slice(i, i + 10).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    }
    expect(labels.slice(0, 10)).not.toEqual(labels.slice(10, 20));
  });

  it('draws image i from the seed and i alone', () => {
    const short = drawDigits(25, 3);
    const long = drawDigits(40, 3);
    expect(long.pixels.subarray(0, 25 * size)).toEqual(short.pixels);
    expect(long.labels?.subarray(0, 25)).toEqual(short.labels);
    expect(drawDigit(long.labels?.[39] ?? -1, 3, 39)).toEqual(long.pixels.subarray(39 * size));
    expect(drawDigits(25, 4).pixels).not.toEqual(short.pixels);
  });

  it('draws no digits when none are asked for', () => {
    expect(drawDigits(0, 1)).toMatchObject({ count: 0, pixels: new Uint8Array(), labels: new Uint8Array() });
  });

  it('lays them out like MNIST: ink in 20 × 20, centre of mass in the middle', () => {
    const { pixels } = drawDigits(200, 5);
    for (let i = 0; i < 200; i++) {
      const { height, width, x, y, darkest } = layout(pixels.subarray(i * size, (i + 1) * size));
      expect(Math.max(height, width)).toBeGreaterThanOrEqual(19);
      expect(Math.max(height, width)).toBeLessThanOrEqual(22);
      expect(Math.max(Math.abs(x - 14), Math.abs(y - 14))).toBeLessThan(0.51);
      expect(darkest).toBeGreaterThan(200);
    }
  });

  it('uses as much ink as MNIST, whose mean pixel is 0.131, with edges as soft', () => {
    const { pixels } = drawDigits(500, 6);
    let [sum, inked, grey] = [0, 0, 0];
    for (const pixel of pixels) {
      sum += pixel;
      if (pixel > 0) inked++;
      if (pixel > 0 && pixel < 250) grey++;
    }
    expect(sum / pixels.length / 255).toBeGreaterThan(0.12);
    expect(sum / pixels.length / 255).toBeLessThan(0.145);
    expect(Math.abs(inked / pixels.length - 0.19)).toBeLessThan(0.02);
    expect(Math.abs(grey / pixels.length - 0.12)).toBeLessThan(0.02);
  });
});

describe('the shipped digits', () => {
  const folder = join(__dirname, '..', '..', '..', 'data', 'digits');

  // The test split is what follows the training split in seed 1: aigc data make digits --test-count 2000
  it.each([
    ['train', 0, 10_000],
    ['t10k', 10_000, 2_000],
  ])('%s holds what is drawn today', async (split, first, count) => {
    const images = await readIdxImages(join(folder, `${split}-images-idx3-ubyte.gz`));
    const labels = await readIdxLabels(join(folder, `${split}-labels-idx1-ubyte.gz`));
    expect(images).toMatchObject({ count, height: 28, width: 28 });
    expect(labels).toEqual(digitLabels(12_000, 1).subarray(first, first + count));
    for (let i = 0; i < 200; i++) {
      const shipped = images.pixels.subarray(i * size, (i + 1) * size);
      if (Buffer.compare(shipped, drawDigit(labels[i] ?? -1, 1, first + i)) !== 0) {
        throw new Error(`${split} image ${i} is not what is drawn today: see docs/digits.md`);
      }
    }
  });

  it('are under 4 MB', () => {
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(bytes).toBeLessThan(4e6);
  });

  it('are alike enough to learn from: the nearest of 2,000 training images reads most test images', async () => {
    const train = await readIdxImages(join(folder, 'train-images-idx3-ubyte.gz'));
    const test = await readIdxImages(join(folder, 't10k-images-idx3-ubyte.gz'));
    const [known, asked] = [digitLabels(2_000, 1), digitLabels(12_000, 1).subarray(10_000, 10_100)];
    const read = asked.filter((label, i) => {
      const image = test.pixels.subarray(i * size, (i + 1) * size);
      return known[nearest(image, train.pixels, known.length)] === label;
    }).length;
    expect(read).toBeGreaterThan(75);
    expect(read).toBeLessThan(100); // Otherwise the test images would be copies.
  });
});

/** Extents, centre of mass and darkest pixel of an image's ink. */
function layout(image: Uint8Array) {
  const rows = new Set<number>();
  const columns = new Set<number>();
  let [mass, x, y] = [0, 0, 0];
  image.forEach((pixel, i) => {
    if (pixel === 0) return;
    rows.add(Math.floor(i / 28));
    columns.add(i % 28);
    mass += pixel;
    x += pixel * (i % 28);
    y += pixel * Math.floor(i / 28);
  });
  return {
    height: rows.size,
    width: columns.size,
    x: x / mass,
    y: y / mass,
    darkest: image.reduce((most, pixel) => Math.max(most, pixel), 0),
  };
}

/** Which of the first `count` images differs least, by the sum of squares. */
function nearest(image: Uint8Array, images: Uint8Array, count: number): number {
  let [best, least] = [-1, Infinity];
  for (let k = 0; k < count; k++) {
    let sum = 0;
    for (let i = 0; i < size && sum < least; i++) {
      const difference = (image[i] as number) - (images[k * size + i] as number);
      sum += difference * difference;
    }
    if (sum < least) [best, least] = [k, sum];
  }
  return best;
}
