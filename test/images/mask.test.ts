import { addNoise, differences, hide } from '../../src/images/degrade';
import { knownPixels, parseMask } from '../../src/images/mask';

const shape = { height: 4, width: 4 };
const rows = (word: string) => {
  const known = [...knownPixels(parseMask(word), shape, 1, 0)].join('');
  return known.match(/.{4}/g);
};

it('hides the part that it names', () => {
  expect(rows('left')).toEqual(['0011', '0011', '0011', '0011']);
  expect(rows('right')).toEqual(['1100', '1100', '1100', '1100']);
  expect(rows('top')).toEqual(['0000', '0000', '1111', '1111']);
  expect(rows('bottom')).toEqual(['1111', '1111', '0000', '0000']);
  expect(rows('center')).toEqual(['1111', '1001', '1001', '1111']);
});

it('hides a share at random, other pixels in each image, the same ones each time', () => {
  const mask = parseMask('random:0.3');
  const large = { height: 100, width: 100 };
  const known = knownPixels(mask, large, 1, 0);
  expect(known.reduce((sum, value) => sum + value, 0) / 10_000).toBeCloseTo(0.7, 1);
  expect(knownPixels(mask, large, 1, 0)).toEqual(known);
  expect(knownPixels(mask, large, 1, 1)).not.toEqual(known);
});

it.each(['middle', 'random', 'random:', 'random:0', 'random:1', 'random:x', ''])('refuses "%s"', (word) => {
  expect(() => parseMask(word)).toThrow(
    `--mask must be one of left, right, top, bottom, center or random:0.5, got "${word}".`,
  );
});

const set = {
  count: 2,
  height: 1,
  width: 2,
  channels: 3,
  pixels: Uint8Array.from({ length: 12 }, (_, i) => i * 20),
  labels: undefined,
  classCount: 0,
};

it('hides all channels of a pixel', () => {
  const { images, known } = hide(set, 'left', 1, 99);
  expect([...known]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1]);
  expect([...images.pixels]).toEqual([99, 99, 99, 60, 80, 100, 99, 99, 99, 180, 200, 220]);
});

it('adds noise of the deviation that is asked for, to image i the same whatever the count', () => {
  const grey = {
    ...set,
    count: 50,
    height: 10,
    width: 10,
    channels: 1,
    pixels: new Uint8Array(5000).fill(128),
  };
  const noisy = addNoise(grey, 0.1, 1).pixels;
  const variance = noisy.reduce((sum, value) => sum + ((value - 128) / 255) ** 2, 0) / 5000;
  expect(Math.sqrt(variance)).toBeCloseTo(0.1, 2);
  const one = { ...grey, count: 1, pixels: grey.pixels.subarray(0, 100) };
  expect(addNoise(one, 0.1, 1).pixels).toEqual(noisy.slice(0, 100));
});

it('measures known and hidden pixels apart, by hand', () => {
  const figures = differences(
    Uint8Array.of(0, 0, 0, 255),
    Uint8Array.of(51, 0, 0, 0),
    Uint8Array.of(1, 1, 0, 0),
  );
  expect(figures.known.mse).toBeCloseTo(0.02, 10);
  expect(figures.known.psnr).toBeCloseTo(16.9897, 4);
  expect(figures.hidden).toEqual({ mse: 0.5, psnr: expect.closeTo(3.0103, 4) });
  expect(differences(set.pixels, set.pixels, new Uint8Array(12).fill(1)).known).toEqual({ mse: 0, psnr: 99 });
});
