import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { DataError } from '../../src/errors';
import { openDecoder, readPicture } from '../../src/images/picture';
import { PictureError } from '../../src/images/picture-error';
import { readPictureHeader } from '../../src/images/picture-header';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const at = (name: string) => join(folder(), name);

interface Png {
  readonly width: number;
  readonly height: number;
  readonly depth?: number;
  /** PNG's colour type: 0 grey, 2 RGB, 6 RGBA. */
  readonly colour?: number;
  readonly interlace?: number;
  /** Filter bytes among them. */
  readonly rows: Buffer;
}

function png({ width, height, depth = 8, colour = 0, interlace = 0, rows }: Png): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const ends = Buffer.alloc(8);
    ends.writeUInt32BE(data.length, 0);
    ends.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([depth, colour, 0, 0, interlace], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A head that asks for a picture of this size, and nothing behind it: our own check comes before any decoder. */
function jpegHead(width: number, height: number, marker = 0xc0): Buffer {
  const frame = Buffer.from([
    0xff,
    0xd8,
    0xff,
    marker,
    0,
    17,
    8,
    0,
    0,
    0,
    0,
    3,
    1,
    17,
    0,
    2,
    17,
    0,
    3,
    17,
    0,
  ]);
  frame.writeUInt16BE(height, 7);
  frame.writeUInt16BE(width, 9);
  return frame;
}

describe('16 bits a channel', () => {
  /** Each value of a row as 16 bits. */
  const deep = (values: readonly number[], colour = 0, channels = 1) => {
    const rows = Buffer.alloc(1 + 2 * values.length);
    for (const [i, value] of values.entries()) rows.writeUInt16BE(value, 1 + 2 * i);
    return png({ width: values.length / channels, height: 1, depth: 16, colour, rows });
  };
  const values = [0, 0x0080, 0x0081, 0x00ff, 0x7fff, 0xff00, 0xff7e, 0xff7f, 0xffff];
  const rounded = values.map((value) => Math.round(value / 257));

  it('are rounded to eight, by whoever reads them', async () => {
    writeFileSync(at('deep.png'), deep(values));
    expect([...(await readPicture(at('deep.png'))).pixels]).toEqual(rounded);
    const frame = { width: values.length, height: 1, fit: 'stretch', background: 'black', scale: 1 } as const;
    const decoded = await (await openDecoder(frame))(at('deep.png'));
    expect([...decoded].filter((_, i) => i % 3 === 0)).toEqual(rounded);
  });

  it('and transparent are seen on what is behind', async () => {
    const clear = [0xff00, 0, 0, 0xffff, 0xffff, 0xffff, 0xffff, 0];
    writeFileSync(at('clear.png'), deep(clear, 6, 4));
    const frame = { width: 2, height: 1, fit: 'stretch', background: 'white', scale: 1 } as const;
    expect([...(await (await openDecoder(frame))(at('clear.png')))]).toEqual([254, 0, 0, 255, 255, 255]);
    expect([...(await readPicture(at('clear.png'))).pixels]).toEqual([254, 0, 0, 0, 0, 0]);
  });
});

it('says what is wrong with a picture in one line, and nothing of how the decoder was called', async () => {
  const whole = png({ width: 4, height: 4, rows: Buffer.alloc(20) });
  const reasons: string[] = [];
  for (const wrong of [whole.indexOf('IHDR') + 18, whole.indexOf('IDAT') + 8, whole.indexOf('IEND') + 5]) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(wrong) ^ 0x55, wrong);
    writeFileSync(at('damaged.png'), bytes);
    const decode = await openDecoder({ height: 4, width: 4, fit: 'cover', background: 'black', scale: 1 });
    await decode(at('damaged.png')).catch((error) => reasons.push(error.message));
  }
  expect(reasons.length).toBeGreaterThan(1);
  for (const reason of reasons) expect(reason).not.toMatch(/\n|failOn|setting|vips|read gave|^$/i);
});

describe('a head that asks for too much is refused before it is decoded', () => {
  it.each<[what: string, bytes: Buffer, message: RegExp]>([
    [
      'an interlaced PNG of gigabytes',
      png({ width: 11_000, height: 11_000, depth: 16, colour: 6, interlace: 1, rows: Buffer.alloc(1e5) }),
      /more than its \d+ bytes can hold/,
    ],
    [
      'a PNG of more pixels than there can be',
      png({ width: 2 ** 31 - 1, height: 2 ** 31 - 1, rows: Buffer.alloc(9) }),
      /pixels, expected at most 134217728/,
    ],
    [
      'an interlaced PNG that a file could hold',
      Buffer.concat([
        png({ width: 11_000, height: 11_000, colour: 2, interlace: 1, rows: Buffer.alloc(9) }),
        Buffer.alloc(400_000),
      ]),
      /must be held all at once/,
    ],
    ['no width', png({ width: 0, height: 4, rows: Buffer.alloc(4) }), /0×4 pixels/],
    [
      'a PNG of an unknown depth',
      png({ width: 4, height: 4, depth: 3, rows: Buffer.alloc(9) }),
      /head is damaged/,
    ],
    ['a JPEG', jpegHead(8000, 8000), /more than its 21 bytes can hold/],
    ['a progressive JPEG', jpegHead(8000, 8000, 0xc2), /more than its 21 bytes can hold/],
    [
      'a progressive JPEG that a file could hold',
      Buffer.concat([jpegHead(10_000, 10_000, 0xc2), Buffer.alloc(200_000)]),
      /must be held all at once/,
    ],
    ['a JPEG without a frame', Buffer.from([0xff, 0xd8, 0xff, 0xd9, ...Buffer.alloc(20)]), /head is damaged/],
  ])('%s', (_, bytes, message) => {
    expect(() => readPictureHeader(bytes)).toThrow(PictureError);
    expect(() => readPictureHeader(bytes)).toThrow(message);
  });

  /** Not maxRSS: after a fork it counts what the parent had. */
  const peakKilobytes = `/VmHWM:\\s*(\\d+)/.exec(require('fs').readFileSync('/proc/self/status', 'utf8'))[1]`;
  const onLinux = process.platform === 'linux' ? it : it.skip;

  onLinux('within 200 MB', () => {
    const huge = png({
      width: 11_000,
      height: 11_000,
      depth: 16,
      colour: 6,
      interlace: 1,
      rows: Buffer.alloc(1e5),
    });
    writeFileSync(at('huge.png'), huge);
    const script = `const { readPicture } = require(${JSON.stringify(join(__dirname, '../../dist/images/picture.js'))});
      readPicture('huge.png').then(() => 'read', ({ name }) => name)
        .then((end) => console.log(end, ${peakKilobytes}));`;
    const [end, kilobytes] = execFileSync(process.execPath, ['-e', script], {
      cwd: folder(),
      encoding: 'utf8',
    })
      .trim()
      .split(' ');
    expect(end).toBe('DataError');
    expect(Number(kilobytes)).toBeLessThan(200_000);
  });
});

it('a pipe is no picture', async () => {
  execFileSync('mkfifo', [at('pipe.png')]);
  await expect(readPicture(at('pipe.png'))).rejects.toThrow(DataError);
});
