import { encodeGif } from '../../src/images/gif';
import { randomStream } from '../../src/rng';
import { readGif } from './gif-reader';

/** A picture that does not compress, so that all code lengths are met. */
function noise(channels: number, index: number, levels = 256) {
  const stream = randomStream(1, 'gif', index);
  const [height, width] = [60, 70];
  const pixels = Uint8Array.from(
    { length: height * width * channels },
    () => stream.integer(levels) * (256 / levels),
  );
  return { height, width, channels, pixels };
}

it('holds every grey level of every frame, repeats for ever, and has the delay', () => {
  const pictures = [noise(1, 0), noise(1, 1), noise(1, 2)];
  const { signature, width, height, repeats, frames, trailing } = readGif(encodeGif(pictures, 120));
  expect({ signature, width, height, repeats, trailing }).toEqual({
    signature: 'GIF89a',
    width: 70,
    height: 60,
    repeats: 0,
    trailing: 0,
  });
  expect(frames.map(({ delayMs }) => delayMs)).toEqual([120, 120, 120]);
  for (const [i, { rgb }] of frames.entries()) {
    expect(rgb.filter((_, at) => at % 3 === 1)).toEqual([...(pictures[i] as { pixels: Uint8Array }).pixels]);
  }
});

it('shows colours as nearly as 256 of them allow, the same bytes each time', () => {
  const pictures = [noise(3, 0, 2), noise(3, 1, 2)];
  const bytes = encodeGif(pictures, 50);
  expect(encodeGif(pictures, 50)).toEqual(bytes);
  for (const [i, { rgb }] of readGif(bytes).frames.entries()) {
    const { pixels } = pictures[i] as { pixels: Uint8Array };
    const worst = rgb.reduce(
      (most, value, at) => Math.max(most, Math.abs(value - (pixels[at] as number))),
      0,
    );
    expect(worst).toBeLessThan(10);
  }
});
