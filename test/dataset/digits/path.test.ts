import { parseStroke, smoothPath } from '../../../src/dataset/digits/path';

describe('a stroke as text', () => {
  it('is points with corners marked', () => {
    expect(parseStroke('50,0 20.5,-4! 60,90')).toEqual([
      { x: 50, y: 0, corner: false },
      { x: 20.5, y: -4, corner: true },
      { x: 60, y: 90, corner: false },
    ]);
  });

  it.each(['50', '50,x', '', '1,2  3,4'])('that cannot be read is an error: "%s"', (text) => {
    expect(() => parseStroke(text)).toThrow('Not a point');
  });
});

describe('the curve through a stroke', () => {
  it('passes through every point', () => {
    const stroke = parseStroke('0,0 30,10 40,80 90,90');
    const path = smoothPath(stroke, 5);
    expect(path).toHaveLength(16);
    stroke.forEach(({ x, y }, i) => {
      expect(path[5 * i]).toMatchObject({ x: expect.closeTo(x, 9), y: expect.closeTo(y, 9) });
    });
  });

  it('is straight between points in a line', () => {
    for (const { x, y } of smoothPath(parseStroke('0,0 10,20 50,100'), 7)) expect(y).toBeCloseTo(2 * x, 9);
  });

  it('keeps its direction through a point, and breaks it at a corner', () => {
    const turn = (text: string) => {
      const [before, at, after] = smoothPath(parseStroke(text), 100).slice(99, 102);
      if (!before || !at || !after) throw new Error('short path');
      const angle = (a: { x: number; y: number }, b: { x: number; y: number }) =>
        Math.atan2(b.y - a.y, b.x - a.x);
      return Math.abs(angle(before, at) - angle(at, after));
    };
    expect(turn('0,0 50,0 50,50')).toBeLessThan(0.1);
    expect(turn('0,0 50,0! 50,50')).toBeCloseTo(Math.PI / 2, 1);
  });
});
