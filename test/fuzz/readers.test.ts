// Every reader against files near good ones, and against files that lie: exit code 3 within bounded memory.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readData } from '../../src/dataset/door';
import { DataError } from '../../src/errors';
import { holds, near } from './fuzz';

const fixtures = join(__dirname, '..', 'fixtures', 'data');
const root = mkdtempSync(join(tmpdir(), 'aigc-fuzz-readers-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** One of each format, by the file that is changed. */
const good: readonly (readonly [folder: string, file: string])[] = [
  ['idx-float', 'x_train.idx3-float'],
  ['idx-qmnist', 'qmnist-train-labels-idx2-int'],
  ['npy-split', 'x_train.npy'],
  ['npz', 'mnist.npz'],
  ['csv-last', 'floats.csv'],
  ['parquet', 'data/train-00001-of-00002.parquet'],
  ['parquet-nested', 'set.parquet'],
  ['parquet-plain', 'set.parquet'],
  ['cifar', 'data_batch_1.bin'],
  ['pickle-cifar', 'data_batch_2'],
  ['pickle-mnist', 'mnist.pkl.gz'],
];

describe('files near good ones', () => {
  for (const [name, file] of good) {
    cpSync(join(fixtures, name), join(root, name), { recursive: true });
    holds(`${name}/${file}`, near(readFileSync(join(fixtures, name, file))), (bytes) => {
      writeFileSync(join(root, name, file), bytes);
      return readData(join(root, name));
    });
  }
});

/** An .npy of any header. */
function npy(header: string, data: Buffer = Buffer.alloc(0)): Buffer {
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(header.length, 8);
  return Buffer.concat([start, Buffer.from(header), data]);
}

const floats = (...values: number[]) => Buffer.from(Float32Array.from(values).buffer);
const array = (descr: string, shape: string) =>
  `{'descr': '${descr}', 'fortran_order': False, 'shape': (${shape}), }\n`;

/** A Parquet file whose first level is said to come 4,000 times in a page of fewer values. */
function longRun(): Buffer {
  const bytes = readFileSync(join(fixtures, 'parquet-plain', 'set.parquet'));
  const [length, levels] = [Buffer.of(0x92, 0, 0, 0), Buffer.of(0xc0, 0x3e)];
  levels.copy(bytes, bytes.indexOf(length) + length.length);
  return bytes;
}

/** A Parquet file whose footer begins with a number of more bytes than any has. */
function longNumber(): Buffer {
  const bytes = readFileSync(join(fixtures, 'parquet-plain', 'set.parquet'));
  const footer = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  bytes.fill(0xff, footer + 1, footer + 12);
  return bytes;
}

describe('files that lie, or hold what is no pixel', () => {
  const cases: [what: string, name: string, bytes: Buffer, message: RegExp][] = [
    ['2^31 rows', 'x.npy', npy(array('|u1', '2147483648, 28, 28')), /claims .*more than it can hold/],
    [
      'a product beyond all numbers',
      'x.npy',
      npy(array('<f8', '9007199254740991, 9007199254740991')),
      /claims/,
    ],
    ['a header of 64 KiB', 'x.npy', npy(' '.repeat(65_535)), /no array that aigc reads/],
    ['objects', 'x.npy', npy(array('|O', '2, 2, 2'), Buffer.alloc(64)), /no array|holds no array of images/],
    ['NaN', 'x.npy', npy(array('<f4', '1, 2, 2'), floats(0, 1, Number.NaN, 0)), /holds NaN at place 2/],
    [
      'infinity',
      'x.npy',
      npy(array('<f4', '1, 2, 2'), floats(0, 1, Infinity, 0)),
      /holds Infinity at place 2/,
    ],
    [
      'a stray value',
      'x.npy',
      npy(array('<f4', '1, 2, 2'), floats(0, 1, 1.5, 0.5)),
      /from 0 to 1.5, expected/,
    ],
    ['standardised', 'x.npy', npy(array('<f4', '1, 2, 2'), floats(-0.42, 2.82, 0, 0)), /-0.42 to 2.82/],
    ['a run beyond its page', 'x.parquet', longRun(), /a run of values is longer than its page/],
    ['a number of eleven bytes', 'x.parquet', longNumber(), /a number is longer than 10 bytes/],
    ['a row that is short', 'x.csv', Buffer.from('1,2,3,4,5\n1,2,3\n'), /row 2 has 3 columns, expected 5/],
    ['a word for a pixel', 'x.csv', Buffer.from('1,2,3,4,5\n1,2,x,4,5\n'), /row 2 has "x" in column 3/],
    ['NaN in text', 'x.csv', Buffer.from('1,2,3,4,5\n1,2,nan,4,5\n'), /row 2 has "nan" in column 3/],
    ['a label of 300', 'x.csv', Buffer.from('label,a,b,c,d\n300,2,3,4,5\n'), /the label 300, expected/],
    ['a line without end', 'x.csv.gz', gzipSync(Buffer.alloc(2 ** 25, '1,')), /line is longer/],
  ];
  it.each(cases)('%s', async (_what, name, bytes, message) => {
    writeFileSync(join(root, name), bytes);
    const before = process.memoryUsage().rss;
    const error = await readData(join(root, name)).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
    expect(process.memoryUsage().rss - before).toBeLessThan(2 ** 27);
  });
});
