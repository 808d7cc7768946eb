// Reads PBM, PGM and PPM files, as text (P1 to P3) and as bytes (P4 to P6). netpbm.sourceforge.net/doc
import { PictureError } from './picture-error';
import { checkSize, tooEmpty } from './picture-limits';

export interface Netpbm {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** The value of white. */
  readonly white: number;
  /** [height, width, channels], from 0 to white */
  readonly values: Uint16Array;
}

/** @throws PictureError for what is damaged or too large */
export function decodeNetpbm(bytes: Buffer): Netpbm {
  const kind = (bytes[1] as number) - 48;
  const words = new Words(bytes, 2);
  const [width, height] = [words.next(), words.next()];
  const isBitmap = kind === 1 || kind === 4;
  const white = isBitmap ? 1 : words.next();
  if (white < 1 || white > 65_535) throw new PictureError('its head is damaged');
  checkSize(width, height);
  const channels = kind === 3 || kind === 6 ? 3 : 1;
  const count = width * height * channels;
  const start = words.at + 1; // One white space.
  const least = kind === 4 ? height * Math.ceil(width / 8) : kind < 4 ? count : count * (white > 255 ? 2 : 1);
  if (start + least > bytes.length + (kind < 4 ? 1 : 0)) throw tooEmpty(width, height, bytes);
  const values = new Uint16Array(count);
  if (kind < 4) for (let i = 0; i < count; i++) values[i] = isBitmap ? 1 - words.digit() : words.next();
  else if (kind === 4) unpackBits(bytes.subarray(start), width, values);
  else
    for (let i = 0; i < count; i++)
      values[i] = white > 255 ? bytes.readUInt16BE(start + 2 * i) : (bytes[start + i] as number);
  if (values.some((value) => value > white)) throw new PictureError('a value is above its white');
  return { width, height, channels, white, values };
}

/** Of bitmaps 1 is black. */
function unpackBits(bits: Buffer, width: number, into: Uint16Array): void {
  const rowBytes = Math.ceil(width / 8);
  for (let i = 0; i < into.length; i++) {
    const [y, x] = [Math.floor(i / width), i % width];
    into[i] = 1 - (((bits[y * rowBytes + (x >> 3)] as number) >> (7 - (x & 7))) & 1);
  }
}

/** Numbers between white space, and comments. */
class Words {
  constructor(
    private readonly bytes: Buffer,
    public at: number,
  ) {}

  next(): number {
    this.skip();
    let value = 0;
    const from = this.at;
    for (let digit = this.peek(); digit !== undefined && this.at < from + 9; digit = this.peek()) {
      value = 10 * value + digit;
      this.at++;
    }
    if (this.at === from) throw new PictureError('its head or data is damaged');
    return value;
  }

  /** 0 or 1, which need no white space between them. */
  digit(): number {
    this.skip();
    const digit = this.peek();
    if (digit === undefined || digit > 1) throw new PictureError('its data is damaged');
    this.at++;
    return digit;
  }

  private peek(): number | undefined {
    const digit = (this.bytes[this.at] ?? 0) - 48;
    return digit >= 0 && digit <= 9 ? digit : undefined;
  }

  private skip(): void {
    for (; this.at < this.bytes.length; this.at++) {
      const byte = this.bytes[this.at] as number;
      if (byte === 35) {
        const end = this.bytes.indexOf(10, this.at); // A comment, to the end of its line.
        this.at = end < 0 ? this.bytes.length : end;
      } else if (byte > 32) return;
    }
  }
}
