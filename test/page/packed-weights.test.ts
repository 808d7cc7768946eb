import { fromHalf, packWeights, toHalf, unpackWeights } from '../../src/page/packed-weights';
import { normals, randomStream } from '../../src/rng';

it.each([
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [1e9, 0x7bff], // the largest that there is, not infinity
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000], // a tie, to even
  [3 * 2 ** -25, 0x0002], // another
  [2 ** -14, 0x0400],
  [1 + 2 ** -11, 0x3c00], // a tie, to even
  [1 + 3 * 2 ** -11, 0x3c02],
  [0.1, 0x2e66],
])('%d as a half is %d', (value, half) => {
  expect(toHalf(value)).toBe(half);
});

it('every half that is finite comes back as itself', () => {
  for (let half = 0; half < 0x10000; half++) {
    if ((half & 0x7c00) !== 0x7c00) expect(toHalf(fromHalf(half))).toBe(half);
  }
});

const matrix = { shape: [50, 7], values: normals(randomStream(1, 'test'), 350) };
const weights = new Map([
  ['kernel', matrix],
  ['bias', { shape: [7], values: normals(randomStream(2, 'test'), 7) }],
]);

it.each([
  ['float32', 0, 4 * 357],
  ['float16', 2 ** -11, 2 * 357],
  ['int8', 0.5 / 127, 350 + 4 * 7 + 2 * 7],
] as const)('weights as %s come back within %d of the largest of their column', (precision, error, bytes) => {
  const packed = packWeights(weights, precision);
  expect(packed.bytes).toHaveLength(bytes);
  const { shape, values } = unpackWeights(packed).get('kernel') ?? { shape: [], values: new Float32Array() };
  expect(shape).toEqual([50, 7]);
  for (let column = 0; column < 7; column++) {
    const of = (all: Float32Array) => [...all].filter((_, i) => i % 7 === column);
    const largest = Math.max(...of(matrix.values).map(Math.abs));
    const differences = of(values).map((value, i) => Math.abs(value - (of(matrix.values)[i] as number)));
    expect(Math.max(...differences)).toBeLessThanOrEqual(error * largest * 1.001);
  }
});
