// What Pillow sees in pictures of all kinds, and makes of them at other sizes (test/fixtures/pictures/pillow/make.py).
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fits } from '../../src/images/frame';
import { openDecoder, openWholeDecoder, readPicture } from '../../src/images/picture';

const folder = join(__dirname, '..', 'fixtures', 'pictures', 'pillow');
const kind = (name: string) => join(folder, 'kinds', name);
const size = (name: string) => join(folder, 'sizes', name);
const names = readdirSync(join(folder, 'kinds'), { withFileTypes: true }).filter((entry) => entry.isFile());
const isRead = (name: string) => !name.startsWith('no.');
const isLossy = (name: string) => /lossy|jpeg|inside|stray|clear/.test(name);

async function wholeOf(path: string) {
  return (await openWholeDecoder({ background: 'black', scale: 1 }))(path);
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] as number)), 0) / a.length;
}

it.each(names.map(({ name }) => name).filter(isRead))('%s looks as Pillow sees it', async (name) => {
  const [ours, theirs] = [await wholeOf(kind(name)), await wholeOf(kind(join('seen', `${name}.png`)))];
  expect([ours.height, ours.width]).toEqual([theirs.height, theirs.width]);
  // Decoders of lossy kinds may round otherwise, and so does laying on black.
  expect(meanDifference(ours.pixels, theirs.pixels)).toBeLessThanOrEqual(isLossy(name) ? 0.9 : 0.1);
});

it.each([
  ['no.jp2', /it is JPEG 2000, which is not read/],
  ['no.tga', /it is TGA, which is not read/],
  ['no.ico', /it is an icon file \(ICO\), which is not read/],
])('%s is named, with the line that converts it', async (name, message) => {
  const hint = expect.stringMatching(/magick .*no\.\w+ .*no\.png/);
  await expect(readPicture(kind(name))).rejects.toMatchObject({
    message: expect.stringMatching(message),
    hint,
  });
});

describe.each(fits)('%s', (fit) => {
  const made = readdirSync(join(folder, 'sizes')).filter((name) => name.startsWith(fit));

  it.each(made)('%s is what Pillow makes', async (name) => {
    const [, height, width] = /-(\d+)x(\d+)/.exec(name) as unknown as [string, string, string];
    const frame = { height: Number(height), width: Number(width), fit, background: 'black', scale: 1 };
    const ours = await (await openDecoder(frame))(size('source.png'));
    expect(meanDifference(ours, (await wholeOf(size(name))).pixels)).toBeLessThan(0.05);
  });
});

it('makes a large JPEG small as Pillow does, though the decoder makes it smaller first', async () => {
  const frame = { height: 12, width: 16, fit: 'stretch', background: 'black', scale: 1 } as const;
  const ours = await (await openDecoder(frame))(size('large.jpg'));
  expect(meanDifference(ours, (await wholeOf(size('large-12x16.png'))).pixels)).toBeLessThan(1);
});

it('enlarges a mirrored picture to the mirrored one', async () => {
  const frame = { height: 40, width: 61, fit: 'cover', background: 'black', scale: 1 } as const;
  const enlarge = await openDecoder(frame);
  const [source, pixels] = [await wholeOf(size('source.png')), await enlarge(size('source.png'))];
  const { default: sharp } = await import('sharp');
  const { width, height } = source;
  const flopped = sharp(source.pixels, { raw: { width, height, channels: 3 } })
    .flop()
    .png();
  const mirrored = await enlarge(await flopped.toBuffer());
  const turned = Uint8Array.from(pixels, (_, i) => {
    const [row, x, channel] = [Math.floor(i / 183), Math.floor((i % 183) / 3), i % 3];
    return pixels[183 * row + 3 * (60 - x) + channel] as number;
  });
  expect(meanDifference(mirrored, turned)).toBeLessThan(0.05);
});
