import { encodeFilm } from '../../src/images/film';
import type { Raster } from '../../src/images/grid';
import { openAnimation } from '../animation';
import { exampleProvenance as provenance } from '../example-provenance';

const frame = (value: number, channels = 1): Raster => ({
  height: 20,
  width: 31,
  channels,
  pixels: new Uint8Array(20 * 31 * channels).fill(value),
});

it.each([
  ['film.gif', 2],
  ['film.webp', 2],
])('%s has every frame for its time, and says that it was generated', async (name, count) => {
  const frames = [frame(10), frame(200, name.endsWith('gif') ? 1 : 3)];
  const bytes = await encodeFilm(name, frames, [40, 1500], provenance);
  const { pages, delay, loop, width, pageHeight, xmp } = await openAnimation(bytes, {
    animated: true,
  }).metadata();
  expect({ pages, delay, loop, width, pageHeight }).toEqual({
    pages: count,
    delay: [40, 1500],
    loop: 0,
    width: 31,
    pageHeight: 20,
  });
  if (name.endsWith('webp')) expect(String(xmp)).toContain('trainedAlgorithmicMedia');
  const { data } = await openAnimation(bytes, { animated: true })
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([data[0], data.at(-1)]).toEqual([10, 200]);
  expect(await encodeFilm(name, frames, [40, 1500], provenance)).toEqual(bytes);
});

it('one frame, or frames that are all alike, are a WebP that says so too', async () => {
  for (const frames of [[frame(7)], [frame(7), frame(7)]]) {
    const bytes = await encodeFilm(
      'a.WEBP',
      frames,
      frames.map(() => 100),
      provenance,
    );
    const { width, height, xmp } = await openAnimation(bytes).metadata();
    expect({ width, height }).toEqual({ width: 31, height: 20 });
    expect(String(xmp)).toContain('trainedAlgorithmicMedia');
    expect((await openAnimation(bytes).greyscale().raw().toBuffer())[0]).toBe(7);
  }
});
