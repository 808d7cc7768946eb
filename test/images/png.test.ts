import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { DataError } from '../../src/errors';
import { readPicture } from '../../src/images/picture';
import { encodePng, writePng } from '../../src/images/png';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const noise = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 97 + (i >> 3)) & 255);

it.each([1, 3])('gives back a picture of %i channels exactly, in a file of that kind', async (channels) => {
  const raster = { height: 5, width: 7, channels, pixels: noise(35 * channels) };
  const path = join(folder(), 'a.png');
  await writePng(path, raster);
  expect(await readPicture(path)).toEqual(raster);
  expect(readFileSync(path)[25]).toBe(channels === 1 ? 0 : 2); // the colour type in the header
});

it('writes the same bytes each time', () => {
  const raster = { height: 40, width: 40, channels: 1, pixels: noise(1600) };
  expect(encodePng(raster)).toEqual(encodePng({ ...raster, pixels: raster.pixels.slice() }));
});

it('sees transparency on black', async () => {
  const png = new PNG({ width: 2, height: 1 });
  png.data = Buffer.of(200, 200, 200, 0, 200, 200, 200, 128);
  writeFileSync(join(folder(), 'a.png'), PNG.sync.write(png));
  expect(await readPicture(join(folder(), 'a.png'))).toEqual({
    width: 2,
    height: 1,
    channels: 1,
    pixels: Uint8Array.of(0, 100),
  });
});

describe('a bad file', () => {
  const good = encodePng({ height: 20, width: 20, channels: 1, pixels: noise(400) });
  const huge = Buffer.from(good);
  huge.writeUInt32BE(2 ** 30, 16);
  const flipped = Buffer.from(good);
  flipped[50] = (flipped[50] as number) ^ 255;

  it.each([
    ['empty', Buffer.alloc(0), /no picture inside/],
    ['no PNG', Buffer.from('anything else, of some length'), /no picture inside/],
    ['cut', good.subarray(0, 100), /cannot be read as a picture/],
    ['damaged', flipped, /cannot be read as a picture/],
    ['of a size that nothing could hold', huge, /1073741824×20 pixels, expected at most/],
  ])('%s', async (_, bytes, message) => {
    const path = join(folder(), 'a.png');
    writeFileSync(path, bytes);
    const error = await readPicture(path).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
    expect((error as DataError).message).toContain(path);
    expect((error as DataError).hint).toBeTruthy();
  });

  it('missing', async () => {
    await expect(readPicture(join(folder(), 'none.png'))).rejects.toThrow(/does not exist/);
  });
});

it('leaves what was there when the picture cannot be written', async () => {
  const raster = { height: 1, width: 1, channels: 1, pixels: Uint8Array.of(9) };
  await expect(writePng(join(folder(), 'missing', 'a.png'), raster)).rejects.toThrow(
    /its folder does not exist/,
  );
  await expect(writePng(folder(), raster)).rejects.toThrow(DataError);
  expect(readdirSync(folder())).toEqual([]);
});
