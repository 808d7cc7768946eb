// What files say of how they were made, read by a parser of ours for each format, by our reader, and by exiftool.
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { encodeGif } from '../../src/images/gif';
import { readPicture } from '../../src/images/picture';
import { encodePng } from '../../src/images/png';
import { type Provenance, xmpPacket } from '../../src/images/provenance';
import { readSidecar, writeSidecar } from '../../src/images/sidecar';
import { withProvenance } from '../../src/images/xmp-carriers';
import { findProvenance, readProvenance } from '../../src/images/xmp-reader';
import { exampleProvenance as example, exampleModel } from '../example-provenance';
import { scratchFolder } from '../scratch';
import { readGif } from './gif-reader';

const folder = scratchFolder();
const raster = { height: 8, width: 8, channels: 1, pixels: Uint8Array.from({ length: 64 }, (_, i) => 4 * i) };
const trained = 'http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia';

/** Whatever a name may hold. */
const strange = {
  family: '"/><script>alert(1)</script> & \u202e \u0000\ud800\ufffe]]>',
  data: 'x\' onload=\'y <?xpacket end="r"?> </x:xmpmeta> --> Zoë 雪',
};
const hostile: Provenance = { ...example, model: { ...exampleModel, ...strange } };

const svg = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9"/></svg>',
);
const page = Buffer.from('<!doctype html><html lang="en"><head><title>x</title></head><body></body></html>');
const mp4 = Buffer.from('\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x08free', 'latin1');

async function webp(): Promise<Buffer> {
  const frames = { raw: { width: 8, height: 16, channels: 1, pageHeight: 8 } as const };
  return sharp(Buffer.concat([raster.pixels, raster.pixels.toReversed()]), frames)
    .webp({ loop: 0 })
    .toBuffer();
}

async function files(provenance: Provenance | undefined): Promise<Readonly<Record<string, Buffer>>> {
  return {
    'a.png': encodePng(raster, provenance),
    'a.gif': Buffer.from(encodeGif([raster, raster], 100, provenance)),
    'a.webp': Buffer.from(withProvenance(await webp(), provenance)),
    'a.mp4': Buffer.from(withProvenance(mp4, provenance)),
    'a.svg': Buffer.from(withProvenance(svg, provenance)),
    'a.html': Buffer.from(withProvenance(page, provenance)),
  };
}

it('is the same in each kind of file, and reads as it was written', async () => {
  for (const [name, bytes] of Object.entries(await files(example))) {
    writeFileSync(join(folder(), name), bytes);
    const { source, seed, command } = example;
    expect({ name, found: await readProvenance(join(folder(), name)) }).toEqual({
      name,
      found: {
        source,
        tool: 'aigc vae',
        toolVersion: '1.2.3',
        made: { ...exampleModel, step: '468', seed: String(seed), command },
      },
    });
  }
  for (const bytes of Object.values(await files(undefined))) expect(findProvenance(bytes)).toBeUndefined();
});

it('leaves pictures and films what they were', async () => {
  const told = await files(hostile);
  const silent = await files(undefined);
  writeFileSync(join(folder(), 'a.png'), told['a.png'] as Buffer);
  expect(await readPicture(join(folder(), 'a.png'))).toEqual(raster);
  expect(readGif(told['a.gif'] as Buffer)).toEqual(readGif(silent['a.gif'] as Buffer));
  const pixels = (bytes: Buffer | undefined) => sharp(bytes, { animated: true }).raw().toBuffer();
  sharp.unblock({ operation: ['VipsForeignLoadWebp'] });
  expect(await pixels(told['a.webp'])).toEqual(await pixels(silent['a.webp']));
});

it('is an iTXt chunk of PNG whose checksum is right, before the pixels', async () => {
  const png = (await files(example))['a.png'] as Buffer;
  const kinds: string[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const typed = png.subarray(at + 4, at + 8 + png.readUInt32BE(at));
    expect(png.readUInt32BE(at + 8 + png.readUInt32BE(at))).toBe(crc32(typed));
    kinds.push(typed.toString('latin1', 0, 4));
    if (kinds.at(-1) === 'iTXt')
      expect(typed.toString('utf8', 4)).toBe(`XML:com.adobe.xmp\0\0\0\0\0${xmpPacket(example)}`);
  }
  expect(kinds).toEqual(['IHDR', 'iTXt', 'IDAT', 'IEND']);
});

it('holds whatever is in a name as text, and nothing more', async () => {
  const packet = xmpPacket(hostile);
  expect(packet.match(/[<>]/g)).toEqual(xmpPacket(example).match(/[<>]/g));
  expect(packet.match(/"/g)?.length).toBe(xmpPacket(example).match(/"/g)?.length);
  for (const bytes of Object.values(await files(hostile)))
    expect(findProvenance(bytes)?.made).toMatchObject({
      family: '"/><script>alert(1)</script> & \\u202e \\u0000\ufffd\ufffd]]>',
      data: strange.data,
    });
});

it('cannot end the block of a page that it lies in', async () => {
  const html = String((await files(hostile))['a.html']);
  expect(html.match(/<\/script/g)).toHaveLength(1);
  expect(html.replace(/<script type="application\/rdf\+xml">.*<\/script>/s, '')).toBe(String(page));
});

it('lies beside a file that has no room for it, and is known for another file’s', async () => {
  const path = join(folder(), 'z.npy');
  writeFileSync(path, 'numbers');
  expect(await readSidecar(path)).toBeUndefined();
  await writeSidecar(path, example);
  expect(await readSidecar(path)).toMatchObject({ source: example.source, isOfAnother: false });
  writeFileSync(path, 'others');
  expect(await readSidecar(path)).toMatchObject({ isOfAnother: true });
});

it.each([
  [
    'as elements',
    '<r:D xmlns:q="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"><q:DigitalSourceType>TYPE</q:DigitalSourceType></r:D>',
    'trainedAlgorithmicMedia',
  ],
  [
    'in single quotes',
    "<r:D xmlns:q = 'http://iptc.org/std/Iptc4xmpExt/2008-02-29/' q:DigitalSourceType='TYPE' />",
    'trainedAlgorithmicMedia',
  ],
  [
    'of another vocabulary',
    '<r:D xmlns:q="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" q:DigitalSourceType="http://x.org/&#x41;&bad;"/>',
    'http://x.org/A&bad;',
  ],
  ['of another name space', '<r:D xmlns:q="http://x.org/" q:DigitalSourceType="TYPE"/>', undefined],
  ['behind a DTD', '<!DOCTYPE x [<!ENTITY a "b">]><r:D q:DigitalSourceType="TYPE"/>', undefined],
  ['cut', '<r:D xmlns:q="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" q:DigitalSourceType="TYPE', undefined],
])('reads what others wrote %s', (_, body, source) => {
  const file = Buffer.from(
    `\xff\xd8 <x:xmpmeta xmlns:x="adobe:ns:meta/">${body.replace('TYPE', trained)}</x:xmpmeta> \xff`,
  );
  expect(findProvenance(file)?.source).toBe(source);
});

it.each(['<', ' ', '<a ', '="', '<a b="c"', '&#', '</a>'])(
  'reads a packet of %j alone in linear time',
  (part) => {
    const body = part.repeat(2 ** 20 / part.length - 9); // what is quadratic takes hours
    expect(findProvenance(Buffer.from(`<x:xmpmeta${body}</x:xmpmeta>`))).toBeUndefined();
  },
);

const exiftool = (() => {
  try {
    return execFileSync('exiftool', ['-ver'], { encoding: 'utf8' }).trim();
  } catch {
    console.warn('exiftool is not installed: what it says of our files is not tested.');
    return undefined;
  }
})();

(exiftool ? it : it.skip)('is what exiftool reads, without a warning', async () => {
  const { 'a.html': _page, ...known } = await files(example); // It looks for other words in pages.
  const written = {
    ...known,
    'a.npy.xmp': Buffer.from(xmpPacket(example, 'ef'.repeat(32))),
  };
  for (const [name, bytes] of Object.entries(written)) writeFileSync(join(folder(), name), bytes);
  const paths = Object.keys(written).map((name) => join(folder(), name));
  const read = execFileSync('exiftool', ['-json', '-n', '-G1', ...paths], { encoding: 'utf8' });
  for (const tags of JSON.parse(read) as readonly Record<string, unknown>[]) {
    expect(tags).not.toHaveProperty('ExifTool:Warning');
    expect(tags).toMatchObject({
      'XMP-iptcExt:DigitalSourceType': trained,
      'XMP-xmp:CreatorTool': 'aigc 1.2.3',
      'XMP-aigc:WeightsSha256': exampleModel.weightsSha256,
      'XMP-aigc:Command': example.command,
    });
  }
});

it('is in every picture of the docs that aigc drew', async () => {
  const images = join(__dirname, '..', '..', 'docs', 'images');
  const files = readdirSync(images, { recursive: true, encoding: 'utf8' });
  const drawn = files.filter((file) => file.endsWith('.png') && !file.startsWith('pages'));
  expect(drawn.length).toBeGreaterThan(10);
  for (const file of drawn)
    expect({ file, ...(await readProvenance(join(images, file))) }).toMatchObject({
      file,
      source: 'trainedAlgorithmicMedia',
    });
});
