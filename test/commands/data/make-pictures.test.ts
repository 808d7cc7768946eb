// `aigc data make --from DIR`: what becomes of pictures, of classes, of what is damaged, and of what was in --out.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { PNG } from 'pngjs';
import { splitFiles } from '../../../src/dataset/named-set';
import { runCli } from '../../cli';
import { loadInMemory } from '../../in-memory';
import { scratchFolder } from '../../scratch';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder(), ...names);
const make = (...words: string[]) =>
  runCli(['data', 'make', '--from', 'in', '--out', 'set', ...words], folder());
const load = () => loadInMemory(at('set'), { dataFolder: at('data') });
const fixture = (name: string) => join(__dirname, '..', '..', 'fixtures', 'pictures', name);

type Pixel = readonly [red: number, green: number, blue: number, alpha?: number];

/** Writes a PNG of 8-bit RGBA. */
function writePicture(
  name: string,
  width: number,
  height: number,
  pixel: (x: number, y: number) => Pixel,
): void {
  const png = new PNG({ width, height });
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const [red, green, blue, alpha = 255] = pixel(x, y);
      png.data.set([red, green, blue, alpha], 4 * (y * width + x));
    }
  put(name, PNG.sync.write(png));
}

function writeDeepGrey(
  name: string,
  width: number,
  height: number,
  value: (x: number, y: number) => number,
): void {
  const values = Uint16Array.from({ length: width * height }, (_, i) =>
    value(i % width, Math.floor(i / width)),
  );
  const png = new PNG({ width, height });
  png.data = Buffer.from(values.buffer);
  put(name, PNG.sync.write(png, { colorType: 0, inputColorType: 0, bitDepth: 16, inputHasAlpha: false }));
}

function put(name: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(at('in', name)), { recursive: true });
  writeFileSync(at('in', name), bytes);
}

const flat = (value: number) => (): Pixel => [value, value, value];

it('keeps the pixels of pictures that have the size already, grey as grey, and without labels of a flat folder', async () => {
  writePicture('b.png', 4, 3, (x, y) => [10 * x + y, 10 * x + y, 10 * x + y]);
  writePicture('a.PNG', 4, 3, flat(200));
  const { code, stdout, stderr } = await make('--size', '3x4', '--test-share', '0');
  expect({ code, stderr }).toEqual({ code: 0, stderr: 'Reading 2 pictures\n' });
  expect(stdout).toBe(`2 training images, 3×4 grey, no labels.\nWrote set/${splitFiles.trainImages}\n`);
  const { train } = await load();
  expect(train).toMatchObject({ count: 2, height: 3, width: 4, channels: 1, labels: undefined });
  expect([...train.pixels]).toEqual([
    ...new Array(12).fill(200),
    ...[0, 10, 20, 30, 1, 11, 21, 31, 2, 12, 22, 32],
  ]);
  expect(readdirSync(at('set'))).toEqual([splitFiles.trainImages]);
});

it('takes subfolders as classes, with all below them, numbers in their order, and writes down their names', async () => {
  for (const name of ['10', '9', '2']) writePicture(`${name}/deep/x.png`, 2, 2, flat(Number(name)));
  put('10/.hidden.png', 'no picture');
  put('__MACOSX/10/x.png', 'no picture');
  symlinkSync('..', at('in', '9', 'circle'));
  expect(await make('--size', '2', '--test-share', '0')).toMatchObject({ code: 0 });
  const { train } = await load();
  expect(train).toMatchObject({ count: 3, classCount: 3, labels: Uint8Array.of(0, 1, 2) });
  expect([...train.pixels].filter((_, i) => i % 4 === 0)).toEqual([2, 9, 10]);
  expect(JSON.parse(readFileSync(at('set', 'classes.json'), 'utf8'))).toEqual(['2', '9', '10']);
  const { stdout } = await runCli(['data', 'inspect', 'set'], folder());
  expect(stdout).toMatch(/^ {3}label 0 2 .*\n {3}label 1 9 .*\n {2}label 2 10 /m);
});

it('is colour when any picture is coloured, and one or three channels when asked', async () => {
  writePicture('a.png', 2, 2, flat(7));
  writePicture('b.png', 2, 2, (x) => (x === 0 ? [255, 0, 0] : [0, 0, 255]));
  expect(await make('--size', '2', '--test-share', '0')).toMatchObject({ code: 0 });
  const { train } = await load();
  expect(train).toMatchObject({ channels: 3 });
  expect([...train.pixels.subarray(0, 18)]).toEqual([...new Array(12).fill(7), 255, 0, 0, 0, 0, 255]);
  expect(readdirSync(at('set'))).toEqual(['train-images-idx4-ubyte.gz']);

  expect(await make('--size', '2', '--test-share', '0', '--channels', '1', '--force')).toMatchObject({
    code: 0,
  });
  // The luma of red is 0.299 · 255, of blue 0.114 · 255.
  expect([...(await load()).train.pixels]).toEqual([7, 7, 7, 7, 76, 29, 76, 29]);
  expect(readdirSync(at('set'))).toEqual([splitFiles.trainImages]);

  rmSync(at('in', 'b.png'));
  expect(await make('--size', '2', '--channels', '3', '--force')).toMatchObject({ code: 0 });
  expect((await load()).train).toMatchObject({ channels: 3, count: 1 });
});

it('reads JPEG, and turns what EXIF says is turned', async () => {
  for (const name of ['upright.jpg', 'orientation-6.jpg']) {
    mkdirSync(at('in'), { recursive: true });
    copyFileSync(fixture(name), at('in', name));
  }
  expect(await make('--size', '32x48', '--test-share', '0')).toMatchObject({ code: 0 });
  const { train } = await load();
  const colourAt = (image: number, y: number, x: number) => {
    const from = 3 * (image * 32 * 48 + y * 48 + x);
    return [...train.pixels.subarray(from, from + 3)].map((value) => (value > 128 ? 1 : 0)).join('');
  };
  for (const image of [0, 1]) {
    const corners = [
      colourAt(image, 4, 4),
      colourAt(image, 4, 43),
      colourAt(image, 27, 4),
      colourAt(image, 27, 43),
    ];
    expect(corners).toEqual(['100', '010', '001', '110']);
  }
});

it('takes 16-bit pictures to 8 bits, and lays transparent ones on the background', async () => {
  writeDeepGrey('a.png', 2, 2, (x, y) => (y === 0 ? (x === 0 ? 0 : 65535) : 0x8080));
  writePicture('b.png', 2, 2, (x) => [200, 200, 200, x === 0 ? 0 : 255]);
  expect(await make('--size', '2', '--test-share', '0')).toMatchObject({ code: 0 });
  expect([...(await load()).train.pixels]).toEqual([0, 255, 128, 128, 0, 200, 0, 200]);
  expect(await make('--size', '2', '--test-share', '0', '--background', 'white', '--force')).toMatchObject({
    code: 0,
  });
  expect([...(await load()).train.pixels].slice(4)).toEqual([255, 200, 255, 200]);
});

it('fits pictures of another shape as asked', async () => {
  // 8 wide and 4 high: its outer quarters are white.
  writePicture('a.png', 8, 4, (x) => flat(x < 2 || x > 5 ? 255 : 100)());
  const rows = async (fit: string) => {
    expect(await make('--size', '4', '--fit', fit, '--force')).toMatchObject({ code: 0 });
    return (await load()).train.pixels;
  };
  // Reducing rings a little beside an edge.
  const nearly = (pixels: Uint8Array) => [...pixels].map((value) => Math.round(value / 50) * 50);
  expect(nearly((await rows('stretch')).subarray(0, 4))).toEqual([250, 100, 100, 250]);
  const contained = await rows('contain');
  expect(nearly(contained.subarray(4, 8))).toEqual([250, 100, 100, 250]);
  expect([...contained.subarray(0, 4), ...contained.subarray(12)]).toEqual(new Array(8).fill(0));
  expect(new Set(await rows('cover'))).toEqual(new Set([100]));
});

it('splits off a share of each class, the same for the same seed', async () => {
  for (let i = 0; i < 20; i++) writePicture(`a/${String(i).padStart(2, '0')}.png`, 2, 2, flat(i));
  for (let i = 0; i < 10; i++) writePicture(`b/${i}.png`, 2, 2, flat(100 + i));
  writePicture('lone/x.png', 2, 2, flat(50));
  const drawn = async (...words: string[]) => {
    expect(await make('--size', '2', '--force', '--test-share', '0.2', ...words)).toMatchObject({ code: 0 });
    const { train, test } = await load();
    const values = (pixels: Uint8Array | undefined) => [...(pixels ?? [])].filter((_, i) => i % 4 === 0);
    return { train: values(train.pixels), test: values(test?.pixels), labels: [...(test?.labels ?? [])] };
  };
  const first = await drawn();
  expect(first.labels).toEqual([0, 0, 0, 0, 1, 1]);
  expect([...first.train, ...first.test].sort((a, b) => a - b)).toEqual([
    ...Array.from({ length: 20 }, (_, i) => i),
    50,
    ...Array.from({ length: 10 }, (_, i) => 100 + i),
  ]);
  expect(await drawn()).toEqual(first);
  expect((await drawn('--seed', '2')).test).not.toEqual(first.test);
});

describe('damaged pictures', () => {
  const cut = (name: string) => {
    const bytes = readFileSync(fixture('orientation-6.jpg'));
    put(name, bytes.subarray(0, bytes.length - 200));
  };

  it('are refused by name, and nothing is written', async () => {
    writePicture('a.png', 2, 2, flat(7));
    cut('cut.jpg');
    const { code, stderr } = await make();
    expect({ code, stderr }).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /error: in\/cut.jpg cannot be read as a picture: .*\n {2}.*--skip-damaged/,
      ),
    });
    put('text.png', 'hello');
    put('empty.jpeg', '');
    put('drawing.png', '<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"></svg>');
    expect((await make()).stderr).toMatch(
      /error: 4 pictures cannot be read: in\/cut.jpg \(.*in\/drawing.png \(it is an SVG drawing, which is not read\)/,
    );
    expect(existsSync(at('set'))).toBe(false);
  });

  it('are left out, counted and named with --skip-damaged', async () => {
    writePicture('a.png', 2, 2, flat(7));
    writePicture('z.png', 2, 2, flat(9));
    cut('cut.jpg');
    const { code, stderr } = await make('--skip-damaged', '--size', '2', '--test-share', '0');
    expect({ code, stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/warning: left out 1 damaged picture: in\/cut.jpg \(/),
    });
    expect([...(await load()).train.pixels]).toEqual([7, 7, 7, 7, 9, 9, 9, 9]);
    rmSync(at('in', 'a.png'));
    rmSync(at('in', 'z.png'));
    expect(await make('--skip-damaged', '--force')).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/None of the 1 pictures can be read/),
    });
    expect((await load()).train.count).toBe(2);
  });
});

it('says what it leaves out: other kinds of pictures, and folders without any', async () => {
  writePicture('a/x.png', 2, 2, flat(7));
  put('a/y.jp2', 'not read');
  put('a/notes.txt', 'not looked at');
  mkdirSync(at('in', 'empty'));
  const { code, stderr } = await make('--size', '2');
  expect(code).toBe(0);
  expect(stderr).toMatch(
    /warning: left out 1 picture of a kind that is not read. To have it: magick in\/a\/y\.jp2 in\/a\/y\.png /,
  );
  expect(stderr).toMatch(/warning: no class, because there is no picture in it: empty\./);
});

it('gives JSON', async () => {
  writePicture('a/x.png', 2, 2, flat(77));
  const { stdout, stderr } = await make('--size', '2', '--json');
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    event: 'data-set',
    name: 'set',
    trainCount: 1,
    testCount: 0,
    damagedCount: 0,
    height: 2,
    width: 2,
    channels: 1,
    classes: ['a'],
  });
});

it('replaces a set only with --force, and then all of it', async () => {
  writePicture('a/x.png', 2, 2, flat(7));
  expect(await make('--size', '2')).toMatchObject({ code: 0 });
  const before = readFileSync(at('set', splitFiles.trainImages));
  expect(await make('--size', '3')).toMatchObject({ code: 2, stderr: expect.stringMatching(/--force/) });
  expect(readFileSync(at('set', splitFiles.trainImages))).toEqual(before);
  // Digits have no names of classes.
  const digits = ['data', 'make', 'digits', '--count', '10', '--out', 'set', '--force'];
  expect(await runCli(digits, folder())).toMatchObject({ code: 0 });
  expect(readdirSync(at('set')).sort()).toEqual([splitFiles.trainImages, splitFiles.trainLabels]);
});

describe('bad input: one line, a hint, the exit code, and nothing written', () => {
  const cases: [words: string, code: number, message: RegExp][] = [
    ['make', 2, /needs --from DIR, or the KIND/],
    ['make digits --from good', 2, /--from is for pictures, not for digits/],
    ['make digits --size 32', 2, /--size is for pictures/],
    ['make --from good --count 5', 2, /--count goes with digits and stacked-mnist, not with --from/],
    ['make --from good --size 0', 2, /--size must be a side such as 32/],
    ['make --from good --channels 2', 2, /--channels must be one of auto, 1, 3/],
    ['make --from good --fit crop', 2, /--fit must be one of cover, contain, stretch/],
    ['make --from good --test-share 1', 2, /--test-share must be a number from 0 to 0.9/],
    ['make --from nowhere', 3, /nowhere does not exist/],
    ['make --from empty', 3, /empty is empty: looked for IDX files, .* and pictures/],
    ['make --from others', 3, /Convert its other pictures: magick others\/x.tga others\/x.png/],
    ['make --from mixed', 3, /mixed holds 1 picture, such as mixed\/x.png, beside folders of pictures \(a\)/],
  ];
  it.each(cases)('data %s', async (words, code, message) => {
    for (const name of ['good/x.png', 'mixed/x.png', 'mixed/a/x.png'])
      writePicture(`../${name}`, 2, 2, flat(1));
    mkdirSync(at('empty'));
    put('../others/x.tga', 'a drawing');
    const before = readdirSync(folder(), { recursive: true }).sort();
    const result = await runCli(['data', ...words.split(' ')], folder());
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^error: [^\n]*\n( {2}[^\n]*\n)$/);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(readdirSync(folder(), { recursive: true }).sort()).toEqual(before);
  });
});

describe('pictures that come out black', () => {
  it('are warned of with the flag that lays black ink on white', async () => {
    for (const name of ['a', 'b']) writePicture(`${name}.png`, 2, 1, (x) => [0, 0, 0, x === 0 ? 255 : 0]);
    expect((await make('--size', '1x2', '--test-share', '0')).stderr).toBe(
      'Reading 2 pictures\nwarning: set: none of its pixels is above 0 of 255. If parts are transparent: --background white.\n',
    );
    const mended = await make('--size', '1x2', '--test-share', '0', '--force', '--background', 'white');
    expect(mended.stderr).not.toMatch(/warning/);
    expect([...(await load()).train.pixels]).toEqual([0, 255, 0, 255]);
  });

  it('are warned of with the scale of twelve bits in sixteen, which keeps all levels', async () => {
    writeDeepGrey('a.png', 4, 1, (x) => [0, 16, 32, 4095][x] as number);
    expect((await make('--size', '1x4', '--test-share', '0')).stderr).toMatch(
      /is above 16 of 255\. If their values end there: --scale 16\./,
    );
    const mended = await make('--size', '1x4', '--test-share', '0', '--force', '--scale', '16');
    expect(mended.stderr).not.toMatch(/warning/);
    expect([...(await load()).train.pixels]).toEqual([0, 1, 2, 255]);
  });

  it('lays transparent parts on any colour', async () => {
    writePicture('a.png', 1, 1, () => [0, 0, 0, 0]);
    expect(await make('--size', '1', '--test-share', '0', '--background', 'ff8000')).toMatchObject({
      code: 0,
    });
    expect([...(await load()).train.pixels]).toEqual([255, 128, 0]);
    expect(await make('--size', '1', '--background', 'rose')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /--background must be black, white or a colour such as ff8000, got "rose"/,
      ),
    });
  });
});
