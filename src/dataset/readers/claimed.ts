// Arrays behind a header that claims how many bytes follow: memory grows with the bytes that come, never with the claim.
import { DataError } from '../../errors';
import { grouped } from '../../words';

export interface Claim {
  readonly headerBytes: number;
  readonly dataBytes: number;
}

interface ClaimedShape {
  readonly shape: readonly number[];
  readonly dataBytes: number;
}

/** "60000×28×28 (47,040,000 bytes)" */
export const claimInWords = ({ shape, dataBytes }: ClaimedShape) =>
  `${shape.join('×')} (${grouped(dataBytes)} bytes)`;

/** @param follow how many bytes there are behind the header, or can be */
export function cutShort(claimed: ClaimedShape, follow: number, path: string): DataError {
  return new DataError(
    `${path} is cut short: its header claims ${claimInWords(claimed)}, but ${grouped(follow)} bytes follow it.`,
    { hint: 'Copy or download the file again.' },
  );
}

export function tooLong(claimed: ClaimedShape, path: string): DataError {
  return new DataError(
    `${path} is too long: its header claims ${claimInWords(claimed)}, but more bytes follow it.`,
    { hint: 'The header or the file is damaged: copy or download it again.' },
  );
}

export interface ClaimedFormat<H extends Claim> {
  /** Undefined while too few bytes are there. @throws DataError when it is no header, or claims too much */
  parse(head: Buffer): H | undefined;
  tooShort(bytes: number): Error;
  truncated(header: H, bytes: number): Error;
  trailing(header: H): Error;
}

/** Reads a header and exactly the bytes that it claims. @throws what the format says of less and of more */
export async function readClaimed<H extends Claim>(
  pieces: AsyncIterable<Buffer>,
  format: ClaimedFormat<H>,
): Promise<{ readonly header: H; readonly data: Uint8Array }> {
  let head = Buffer.alloc(0);
  let header: H | undefined;
  let data = new Uint8Array(0);
  let filled = 0;
  for await (const piece of pieces) {
    let chunk = piece;
    if (header === undefined) {
      head = Buffer.concat([head, piece]);
      header = format.parse(head);
      if (header === undefined) continue;
      chunk = head.subarray(header.headerBytes);
    }
    if (filled + chunk.length > header.dataBytes) throw format.trailing(header);
    data = withRoom(data, filled, filled + chunk.length, header.dataBytes);
    data.set(chunk, filled);
    filled += chunk.length;
  }
  if (header === undefined) throw format.tooShort(head.length);
  if (filled < header.dataBytes) throw format.truncated(header, filled);
  return { header, data };
}

/** Doubles the buffer when it is full, up to what the header says. */
function withRoom(
  data: Uint8Array<ArrayBuffer>,
  filled: number,
  needed: number,
  dataBytes: number,
): Uint8Array<ArrayBuffer> {
  if (needed <= data.length) return data;
  const larger = new Uint8Array(Math.min(dataBytes, Math.max(needed, 2 * data.length, 1 << 20)));
  larger.set(data.subarray(0, filled));
  return larger;
}
