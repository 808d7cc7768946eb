import { skeletons } from '../../../src/dataset/digits/skeletons';
import { style } from '../../../src/dataset/digits/style';

describe('a style', () => {
  it('reads strokes and keeps its weight', () => {
    const { weight, extremes } = style(
      2,
      '66,2 12,64! 92,62 / 66,2 64,100',
      '60,2 12,60! 92,62 / 60,2 60,99',
    );
    expect(weight).toBe(2);
    expect(extremes.map((strokes) => strokes.map((stroke) => stroke.length))).toEqual([
      [3, 2],
      [3, 2],
    ]);
  });

  it.each(['1,2 3,4', '1,2 3,4! 5,6', '1,2 3,4 5,6 / 1,2 3,4'])(
    'refuses an extreme of another plan: %s',
    (odd) => {
      expect(() => style(1, '0,0 1,1 2,2', odd)).toThrow(`Extreme "${odd}" has `);
    },
  );
});

it('every digit has several styles, inside their box', () => {
  expect(skeletons).toHaveLength(10);
  for (const styles of skeletons) {
    expect(styles.length).toBeGreaterThanOrEqual(3);
    for (const { x, y } of styles.flatMap(({ extremes }) => extremes).flat(2)) {
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(Math.max(x, y)).toBeLessThanOrEqual(100);
    }
  }
});
