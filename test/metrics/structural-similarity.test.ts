import { multiScaleSimilarity, scalesOf } from '../../src/metrics/structural-similarity';
import { readExpected, withPixels } from './fixtures';

const pairs = [
  [0, 1],
  [0, 2],
  [1, 3],
  [0, 0],
] as const;

it.each(Object.entries(readExpected().msSsim))(
  'equals NumPy and scikit-image at %s pixels',
  (side, expected) => {
    const images = withPixels(`pairs-${side}`);
    const size = images.pixels.length / images.count;
    const image = (i: number) => images.pixels.subarray(i * size, (i + 1) * size);
    for (const [i, [first, second]] of pairs.entries()) {
      const value = multiScaleSimilarity(image(first), image(second), images, scalesOf(images));
      expect(value).toBeCloseTo(expected[i] as number, 10);
    }
  },
);

it('takes as many scales as hold the window', () => {
  const scales = (side: number) => {
    const { window, weights } = scalesOf({ height: side, width: side + 5, channels: 1 });
    return [window.length, weights.length];
  };
  expect([1, 2, 8, 11, 21, 22, 28, 44, 176, 500].map(scales)).toEqual([
    [1, 1],
    [1, 1],
    [7, 1],
    [11, 1],
    [11, 1],
    [11, 2],
    [11, 2],
    [11, 3],
    [11, 5],
    [11, 5],
  ]);
});
