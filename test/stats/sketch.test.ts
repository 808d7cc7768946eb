import { pointsOf } from '../../src/dataset/nearest';
import { firstImages } from '../../src/dataset/split';
import { normals, randomStream } from '../../src/rng';
import { forEachRow } from '../../src/stats/distance-tiles';
import { nearestOf } from '../../src/stats/neighbours';
import { type Points, pixelPoints } from '../../src/stats/points';
import { nearBySketch } from '../../src/stats/sketch';
import { wasm } from '../../src/tensor/wasm';
import { loadInMemory } from '../in-memory';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const shape = { height: 12, width: 10, channels: 3 };
const size = 360;

beforeAll(() => wasm.start());

/** What the products of whole images say. */
async function nearByAll(queries: Points, references: Points, beyond: number) {
  const all: { squared: number[]; indices: number[] }[] = [];
  await forEachRow(queries, references, ({ squared }) => {
    const least = squared.reduce((smallest, value) => Math.min(smallest, value), Number.POSITIVE_INFINITY);
    const indices = Array.from(squared.keys()).filter((j) => (squared[j] as number) <= least + beyond);
    all.push({ squared: indices.map((j) => squared[j] as number), indices });
  });
  return all;
}

/** Smooth images: each is a slope of its own colours, with a little noise. */
function slopes(count: number, seed: number): Uint8Array {
  const stream = randomStream(seed, 'slopes');
  return Uint8Array.from({ length: count }, () => stream.integer(200)).reduce(
    (pixels, start, i) => {
      const [down, across] = [stream.integer(5), stream.integer(5)];
      for (let at = 0; at < size; at++)
        pixels[i * size + at] =
          start + down * Math.floor(at / 30) - across * (Math.floor(at / 3) % 10) + ((at * at + i) % 3);
      return pixels;
    },
    new Uint8Array(count * size),
  );
}

it('finds the near images of digits and of colours as products of whole images do', async () => {
  const { train, test } = await loadInMemory('digits', { dataFolder: folder() });
  const digits = [pointsOf(firstImages(test ?? train, 1000)), pointsOf(firstImages(train, 4000))] as const;
  const colours = [pixelPoints(slopes(900, 1), 900, shape), pixelPoints(slopes(900, 2), 900, shape)] as const;
  for (const [queries, references, beyond] of [
    [...digits, 1],
    [...colours, 0],
    [...colours, 0.02],
  ] as const)
    expect(await nearBySketch(queries, references, beyond)).toEqual(
      await nearByAll(queries, references, beyond),
    );
});

it('measures all where sketches tell nothing, and where all images are the same', async () => {
  const noise = [1, 2].map((seed) => {
    const levels = normals(randomStream(seed, 'noise'), 900 * size);
    return pixelPoints(
      new Uint8Array(Uint8ClampedArray.from(levels, (level) => 128 + 50 * level)),
      900,
      shape,
    );
  }) as [Points, Points];
  const same = pixelPoints(new Uint8Array(900 * size).fill(7), 900, shape);
  for (const [queries, references] of [noise, [same, same]] as const) {
    expect(await nearBySketch(queries, references, 0)).toBeUndefined();
    const { squared, indices } = await nearestOf(queries, references);
    await forEachRow(queries, references, ({ query, squared: row }) => {
      const least = row.reduce((smallest, value) => Math.min(smallest, value), Number.POSITIVE_INFINITY);
      if (squared[query] !== least || indices[query] !== row.indexOf(least)) throw new Error(`at ${query}`);
    });
  }
});

it('leaves few images to the products', async () => {
  const few = pixelPoints(slopes(20, 1), 20, shape);
  expect(await nearBySketch(few, few, 0)).toBeUndefined();
});
