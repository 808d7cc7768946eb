// Where an XMP packet lies in a file of each kind: XMP specification part 3, "Storage in files" (Adobe, 2020).
import { joinedBytes } from './joined-bytes';
import { type Provenance, xmpPacket } from './provenance';

/** The file with how it was made inside; as it is when that is not to be said.
 *  @param file a PNG, GIF, animated WebP, MP4, SVG or HTML, without XMP */
export function withProvenance(file: Uint8Array, provenance: Provenance | undefined): Uint8Array {
  if (provenance === undefined) return file;
  const carrier = carriers.find(({ matches }) => matches(file));
  if (!carrier) throw new Error('no kind of file that we can put XMP into');
  return carrier.embed(file, new TextEncoder().encode(xmpPacket(provenance)));
}

interface Carrier {
  matches(file: Uint8Array): boolean;
  embed(file: Uint8Array, packet: Uint8Array): Uint8Array;
}

const carriers: readonly Carrier[] = [
  { matches: (file) => holds(file, 0, '\x89PNG\r\n\x1a\n'), embed: intoPng },
  { matches: (file) => holds(file, 0, 'GIF89a'), embed: intoGif },
  { matches: (file) => holds(file, 0, 'RIFF') && holds(file, 8, 'WEBP'), embed: intoWebp },
  { matches: (file) => holds(file, 4, 'ftyp'), embed: intoMp4 },
  { matches: (file) => holds(file, 0, '<svg '), embed: intoSvg },
  { matches: (file) => holds(file, 0, '<!doctype html>'), embed: intoHtml },
];

function holds(file: Uint8Array, at: number, text: string): boolean {
  return latin(text).every((byte, i) => file[at + i] === byte);
}

/** An iTXt chunk, not compressed, so that a scan of the file finds it. */
function intoPng(file: Uint8Array, packet: Uint8Array): Uint8Array {
  const afterHeader = 8 + 4 + 4 + 13 + 4;
  const typed = joinedBytes([latin('iTXtXML:com.adobe.xmp\0\0\0\0\0'), packet]);
  return inserted(file, afterHeader, joinedBytes([uint32(typed.length - 4), typed, uint32(crc32(typed))]));
}

/** An application extension before the frames, whose trailer leads readers of sub-blocks out of the text. */
function intoGif(file: Uint8Array, packet: Uint8Array): Uint8Array {
  const flags = file[10] as number;
  const afterPalette = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  const trailer = Uint8Array.from({ length: 258 }, (_, i) => (i === 0 ? 1 : Math.max(0, 256 - i)));
  return inserted(file, afterPalette, joinedBytes([latin('\x21\xff\x0bXMP DataXMP'), packet, trailer]));
}

/** A chunk at the end, and its flag in the extended header, which stills get. */
function intoWebp(file: Uint8Array, packet: Uint8Array): Uint8Array {
  const padding = new Uint8Array(packet.length % 2);
  const extended = holds(file, 12, 'VP8X') ? file : withExtendedHeader(file);
  const whole = joinedBytes([extended, latin('XMP '), uint32(packet.length, true), packet, padding]);
  whole[20] = (whole[20] as number) | 0x04;
  whole.set(uint32(whole.length - 8, true), 4);
  return whole;
}

/** Of a lossless still without transparency, whose own header says its extents less one in 14 bits each.
 *  developers.google.com/speed/webp/docs/riff_container */
function withExtendedHeader(file: Uint8Array): Uint8Array {
  if (!holds(file, 12, 'VP8L')) throw new Error('a WebP of a kind that we do not write');
  const extents = new DataView(file.buffer, file.byteOffset).getUint32(21, true);
  const [width, height] = [extents & 0x3fff, (extents >>> 14) & 0x3fff];
  const flags = uint32(0);
  const three = (value: number) => uint32(value, true).subarray(0, 3);
  return inserted(
    file,
    12,
    joinedBytes([latin('VP8X'), uint32(10, true), flags, three(width), three(height)]),
  );
}

/** A box at the end, of the kind that a UUID names. */
function intoMp4(file: Uint8Array, packet: Uint8Array): Uint8Array {
  const kind = latin('uuid\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac');
  return joinedBytes([file, uint32(4 + kind.length + packet.length), kind, packet]);
}

function intoSvg(file: Uint8Array, packet: Uint8Array): Uint8Array {
  const afterStart = file.indexOf('>'.charCodeAt(0)) + 1;
  return inserted(file, afterStart, joinedBytes([latin('<metadata>'), packet, latin('</metadata>')]));
}

/** A block of data at the head's end, for what says the page's encoding must be among its first bytes. No browser runs it,
 *  whatever the page's policy is. */
function intoHtml(file: Uint8Array, packet: Uint8Array): Uint8Array {
  const at = file.findIndex((_, i) => holds(file, i, '</head>'));
  if (at < 0) throw new Error('a page without </head>');
  return inserted(
    file,
    at,
    joinedBytes([latin('<script type="application/rdf+xml">'), packet, latin('</script>')]),
  );
}

function inserted(file: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  return joinedBytes([file.subarray(0, at), part, file.subarray(at)]);
}

function latin(text: string): Uint8Array {
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

function uint32(value: number, littleEndian = false): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, littleEndian);
  return bytes;
}

/** PNG's: www.w3.org/TR/png-3, annex D. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
