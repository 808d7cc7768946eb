// Pictures in folders and in archives: what is taken for a split, a class, a label or an image, and what is refused.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readData } from '../../src/dataset/door';
import { AigcError, DataError } from '../../src/errors';
import { encodePng } from '../../src/images/png';
import { scratchFolder } from '../scratch';
import { type TarEntry, tarOf } from '../tar';
import { zipOf } from '../zip';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder(), ...names);

/** A PNG of 2×2 pixels of one grey. */
const png = (value: number) =>
  encodePng({ height: 2, width: 2, channels: 1, pixels: new Uint8Array(4).fill(value) });

type Files = Readonly<Record<string, Uint8Array | string>>;

function writeFolder(name: string, files: Files): string {
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(dirname(at(name, file)), { recursive: true });
    writeFileSync(at(name, file), content);
  }
  return at(name);
}

const asTar = (files: Files) => tarOf(Object.entries(files).map(([name, content]) => ({ name, content })));

/** One number an image, in order. */
function valuesOf(set: { readonly pixels: Uint8Array } | undefined): number[] | undefined {
  return set && [...set.pixels].filter((_, i) => i % 4 === 0);
}

/** What is read from a folder, and the same from a tar and a zip of it. */
let folders = 0;

async function readEach(files: Files) {
  const path = writeFolder(`in-${folders++}`, files);
  writeFileSync(at('in.tar.gz'), gzipSync(await asTar(files)));
  // A folder that holds one archive alone is passed through.
  mkdirSync(at('with-zip'), { recursive: true });
  writeFileSync(at('with-zip/in.zip'), zipOf(Object.entries(files)));
  const [found, ...archived] = await Promise.all(
    [path, at('in.tar.gz'), at('with-zip')].map((one) => readData(one)),
  );
  const what = ({ train, test, classNames }: NonNullable<typeof found>) => ({
    train: { values: valuesOf(train.set), labels: train.set.labels },
    test: test && { values: valuesOf(test.set), labels: test.set.labels },
    classNames,
  });
  const read = what(found as NonNullable<typeof found>);
  for (const one of archived) expect(what(one)).toEqual(read);
  return { ...read, notes: found?.notes.join('\n') ?? '', warnings: found?.warnings?.join('\n') ?? '' };
}

it('takes folders called train and test for splits, with classes below, inside what only wraps', async () => {
  const found = await readEach({
    'photos/Training/cat/1.png': png(1),
    'photos/Training/dog/2.png': png(2),
    'photos/test/cat/3.png': png(3),
    'photos/test/cow/4.png': png(4),
  });
  expect(found).toMatchObject({
    train: { values: [1, 2], labels: Uint8Array.of(0, 1) },
    test: { values: [3], labels: Uint8Array.of(0) },
    classNames: ['cat', 'dog'],
    notes: expect.stringMatching(
      /reading what is in photos\.\n.*Training \(2 pictures\) and test \(2 pictures\) are splits/,
    ),
    warnings: expect.stringMatching(/left out 1 test picture of no class/),
  });
});

it('takes a validation split for the test split where there is no other, and leaves it aside where there is', async () => {
  const files = { 'train/1.png': png(1), 'valid/2.png': png(2) };
  expect(await readEach(files)).toMatchObject({
    train: { values: [1], labels: undefined },
    test: { values: [2] },
    classNames: undefined,
  });
  expect(await readEach({ ...files, 'eval/3.png': png(3) })).toMatchObject({
    test: { values: [3] },
    notes: expect.stringMatching(/valid, the validation split, is not used/),
  });
});

it('takes train for a class where not all folders are splits', async () => {
  const found = await readEach({ 'train/1.png': png(1), 'bus/2.png': png(2) });
  expect(found).toMatchObject({ train: { values: [2, 1] }, test: undefined, classNames: ['bus', 'train'] });
});

it('takes labels from a table beside the pictures, whatever its columns are called', async () => {
  const table = 'id,file name,class\r\n7,b.png,"cat, small"\r\n8,"a.png",dog\r\n';
  const found = await readEach({ 'a.png': png(1), 'b.png': png(2), 'c.png': png(3), 'list.csv': table });
  expect(found).toMatchObject({
    train: { values: [2, 1], labels: Uint8Array.of(0, 1) },
    classNames: ['cat, small', 'dog'],
    warnings: expect.stringMatching(/left out 1 picture that .*list\.csv does not name/),
  });
  const bare = await readEach({
    'images/a.png': png(1),
    'images/b.png': png(2),
    'labels.csv': 'a,10\nb,9\n',
  });
  expect(bare).toMatchObject({
    classNames: ['9', '10'],
    train: { values: [2, 1], labels: Uint8Array.of(0, 1) },
  });
});

it('takes the classes of a WebDataset, and refuses one that lacks some', async () => {
  const files = { 'a.png': png(1), 'a.cls': '10\n', 'b.png': png(2), 'b.cls': '9' };
  expect(await readEach(files)).toMatchObject({
    classNames: ['9', '10'],
    train: { values: [2, 1], labels: Uint8Array.of(0, 1) },
  });
  writeFileSync(at('lone.tar'), await asTar({ ...files, 'c.png': png(3) }));
  await expect(readData(at('lone.tar'))).rejects.toThrow(/c\.png has no class: expected c\.cls/);
});

it('reads pictures without an ending, and passes over what is left behind', async () => {
  const found = await readEach({
    'a/one': png(1),
    'b/two': png(2),
    LICENSE: 'words',
    '__MACOSX/a/one.png': 'x',
  });
  expect(found).toMatchObject({ train: { values: [1, 2] }, classNames: ['a', 'b'] });
});

describe('an archive is refused', () => {
  const content = png(1);
  it.each<[string, TarEntry, RegExp]>([
    ['with a name that leads out of it', { name: '../a.png', content }, /"\.\.\/a\.png", which leads out/],
    ['with an absolute name', { name: '/a.png', content }, /"\/a\.png", which leads out/],
    [
      'with a link',
      { name: 'a.png', type: 'symlink', linkname: '/etc/passwd' },
      /a\.png, which is a symlink/,
    ],
    ['with a hard link', { name: 'a.png', type: 'link', linkname: 'b.png' }, /which is a link/],
    ['with a device', { name: 'a.png', type: 'character-device' }, /which is a character device/],
  ])('%s', async (_, entry, message) => {
    writeFileSync(at('bad.tar'), await tarOf([entry]));
    await expect(readData(at('bad.tar'))).rejects.toThrow(message);
    await expect(readData(at('bad.tar'))).rejects.toThrow(DataError);
  });

  it('that is cut', async () => {
    const whole = await asTar({ 'a.png': png(1), 'b.png': png(2) });
    writeFileSync(at('cut.tar'), whole.subarray(0, 1100));
    await expect(readData(at('cut.tar'))).rejects.toThrow(/cut\.tar is a damaged tar archive/);
  });

  it('as a zip with a name that leads out of it', async () => {
    writeFileSync(at('bad.zip'), zipOf([['../a.png', content]]));
    await expect(readData(at('bad.zip'))).rejects.toThrow(DataError);
  });
});

it('whatever is in an archive or a table, a set or an AigcError comes of it', async () => {
  const files = { 'a/1.png': png(1), 'b/2.png': png(2), 'labels.csv': 'file,label\n1.png,x\n"2.png",y\n' };
  const [tar, zip] = [await asTar(files), zipOf(Object.entries(files))];
  const cases = fc.tuple(
    fc.constantFrom(tar, zip),
    fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { maxLength: 5 }),
  );
  const property = fc.asyncProperty(
    cases,
    fc.string({ unit: fc.constantFrom('"', ',', '\n', 'a.png', ';', 'x') }),
    async ([bytes, flips], text) => {
      const near = Buffer.from(bytes);
      for (const [place, value] of flips) near[place % near.length] = value;
      writeFileSync(at('near'), near);
      writeFolder('table', { 'a.png': png(1), 'b.png': png(2), 'labels.csv': text });
      for (const path of [at('near'), at('table')]) {
        const error = await readData(path).catch((reason: unknown) => reason);
        if (error instanceof Error && !(error instanceof AigcError)) throw error;
      }
    },
  );
  await fc.assert(property, { numRuns: Number(process.env.AIGC_FUZZ_CASES ?? 40) });
});

it('refuses sheets of which none can be read, also where damaged ones are left out', async () => {
  mkdirSync(at('damaged'));
  writeFileSync(at('damaged/sheet.png'), Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  for (const tile of ['', '?tile=2'])
    await expect(readData(`${at('damaged')}${tile}`, { skipDamaged: true })).rejects.toThrow(
      /None of the 1 pictures can be read: .*sheet\.png/,
    );
});

it('cuts sheets into tiles, whatever lies between them, and leaves out those at the end that are blank', async () => {
  const sheet = (gap: number, margin: number, count: number) => {
    const side = 2 * margin + 3 * 2 + 2 * gap;
    const pixels = new Uint8Array(side * side);
    for (let i = 0; i < count; i++)
      for (const [y, x] of [
        [0, 0],
        [0, 1],
        [1, 0],
        [1, 1],
      ] as const) {
        const [top, left] = [margin + Math.floor(i / 3) * (2 + gap), margin + (i % 3) * (2 + gap)];
        pixels[(top + y) * side + left + x] = 10 * (i + 1) + 2 * y + x;
      }
    return encodePng({ height: side, width: side, channels: 1, pixels });
  };
  for (const [gap, margin] of [
    [0, 0],
    [2, 2],
    [1, 0],
  ] as const) {
    writeFileSync(at('sheet.png'), sheet(gap, margin, 7));
    const { train } = await readData(`${at('sheet.png')}?tile=2`);
    expect(train.set).toMatchObject({ count: 7, height: 2, width: 2, channels: 1 });
    expect([...train.set.pixels.subarray(4 * 6)]).toEqual([70, 71, 72, 73]);
  }
  await expect(readData(`${at('sheet.png')}?tile=5`)).rejects.toThrow(
    /8×8 pixels, which do not divide into tiles of 5×5/,
  );
});

it('takes folders for splits that are called so beside others, as archives of Kaggle have them', async () => {
  const found = await readEach({
    'seg_train/seg_train/sea/1.png': png(1),
    'seg_train/seg_train/street/2.png': png(2),
    'seg_test/seg_test/sea/3.png': png(3),
    'seg_pred/seg_pred/4.png': png(4),
  });
  expect(found).toMatchObject({
    train: { values: [1, 2], labels: Uint8Array.of(0, 1) },
    test: { values: [3] },
    classNames: ['sea', 'street'],
    warnings: expect.stringMatching(/left out 1 picture in seg_pred, which is called like no split/),
  });
});

it('takes labels of both splits from tables, of any delimiter, and from the metadata of Hugging Face', async () => {
  const pictures = { 'train/a.png': png(1), 'train/b.png': png(2), 'test/a.png': png(3) };
  const expected = {
    train: { values: [1, 2], labels: Uint8Array.of(0, 1) },
    test: { values: [3], labels: Uint8Array.of(1) },
  };
  const tables: Files[] = [
    { 'labels.tsv': 'file\tlabel\ntrain/a.png\t0\ntrain/b.png\t1\ntest/a.png\t1\n' },
    { 'train_list.txt': 'train/a.png 0\ntrain/b.png  1\n', 'test_list.txt': 'test/a.png 1 \n' },
    {
      'train/metadata.jsonl': '{"file_name":"a.png","label":0}\n{"file_name":"b.png","label":1}\n',
      'test/metadata.csv': 'file_name,label\na.png,1\n',
    },
  ];
  for (const table of tables) expect(await readEach({ ...pictures, ...table })).toMatchObject(expected);
});
