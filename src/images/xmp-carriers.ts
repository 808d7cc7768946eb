// Where an XMP packet lies in a file of each kind: XMP specification part 3, "Storage in files" (Adobe, 2020).
import { crc32 } from 'node:zlib';
import { type Provenance, xmpPacket } from './provenance';

/** The file with how it was made inside; as it is when that is not to be said.
 *  @param file a PNG, GIF, WebP, MP4 or SVG, without XMP */
export function withProvenance(file: Uint8Array, provenance: Provenance | undefined): Buffer {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  if (provenance === undefined) return bytes;
  const carrier = carriers.find(({ matches }) => matches(bytes));
  if (!carrier) throw new Error('no kind of file that we can put XMP into');
  return carrier.embed(bytes, Buffer.from(xmpPacket(provenance)));
}

interface Carrier {
  matches(file: Buffer): boolean;
  embed(file: Buffer, packet: Buffer): Buffer;
}

const begins = (text: string, at = 0) => {
  const magic = Buffer.from(text, 'latin1');
  return (file: Buffer) => file.subarray(at, at + magic.length).equals(magic);
};
const isWebp = begins('WEBP', 8);

const carriers: readonly Carrier[] = [
  { matches: begins('\x89PNG\r\n\x1a\n'), embed: intoPng },
  { matches: begins('GIF89a'), embed: intoGif },
  { matches: (file) => begins('RIFF')(file) && isWebp(file), embed: intoWebp },
  { matches: begins('ftyp', 4), embed: (file, packet) => Buffer.concat([file, mp4Box(packet)]) },
  { matches: begins('<svg '), embed: intoSvg },
];

/** An iTXt chunk, not compressed, so that a scan of the file finds it. */
function intoPng(file: Buffer, packet: Buffer): Buffer {
  const afterHeader = 8 + 4 + 4 + 13 + 4;
  const typed = Buffer.concat([Buffer.from('iTXtXML:com.adobe.xmp\0\0\0\0\0', 'latin1'), packet]);
  const chunk = Buffer.concat([uint32(typed.length - 4), typed, uint32(crc32(typed))]);
  return inserted(file, afterHeader, chunk);
}

/** An application extension before the frames, whose trailer leads readers of sub-blocks out of the text. */
function intoGif(file: Buffer, packet: Buffer): Buffer {
  const flags = file[10] as number;
  const afterPalette = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const trailer = Buffer.from([1, ...Array.from({ length: 256 }, (_, i) => 255 - i), 0]);
  const head = Buffer.from('\x21\xff\x0bXMP DataXMP', 'latin1');
  return inserted(file, afterPalette, Buffer.concat([head, packet, trailer]));
}

/** A chunk at the end, and its flag in the extended header. Of animations, which have that header. */
function intoWebp(file: Buffer, packet: Buffer): Buffer {
  if (!begins('VP8X', 12)(file)) throw new Error('a WebP without an extended header');
  const padding = Buffer.alloc(packet.length % 2);
  const chunk = Buffer.concat([Buffer.from('XMP '), Buffer.alloc(4), packet, padding]);
  chunk.writeUInt32LE(packet.length, 4);
  const whole = Buffer.concat([file, chunk]);
  whole[20] = (whole[20] as number) | 0x04;
  whole.writeUInt32LE(whole.length - 8, 4);
  return whole;
}

function mp4Box(packet: Buffer): Buffer {
  const kind = Buffer.from('uuid\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac', 'latin1');
  return Buffer.concat([uint32(4 + kind.length + packet.length), kind, packet]);
}

function intoSvg(file: Buffer, packet: Buffer): Buffer {
  const metadata = Buffer.concat([Buffer.from('<metadata>'), packet, Buffer.from('</metadata>')]);
  return inserted(file, file.indexOf('>') + 1, metadata);
}

function inserted(file: Buffer, at: number, part: Buffer): Buffer {
  return Buffer.concat([file.subarray(0, at), part, file.subarray(at)]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
