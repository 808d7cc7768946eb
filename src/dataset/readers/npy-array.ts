// An array in NumPy's format out of a stream of bytes: a file of its own, or a member of an archive.
import { DataError } from '../../errors';
import { decodeNpyData, type NpyHeader, parseNpyHeader } from '../../images/npy';
import { typeInWords } from '../../images/numbers';
import { grouped } from '../../words';
import { maxDataBytes } from '../byte-source';
import type { NumberArray } from './array-images';
import { readClaimed } from './claimed';

/**
 * @param source for the error messages
 * @param limit the most bytes that can come
 * @throws DataError when it is no array of numbers, or not all of it
 */
export async function readNpyArray(
  pieces: AsyncIterable<Buffer>,
  source: string,
  limit: number,
): Promise<NumberArray> {
  const { header, data } = await readClaimed<NpyHeader>(pieces, {
    parse: (head) => {
      const found = parseNpyHeader(head, source);
      if (found) checkClaim(found, source, limit);
      return found;
    },
    tooShort: (bytes) => cut(source, bytes === 0 ? 'it is empty' : `${bytes} bytes are no header`),
    truncated: (claim, bytes) => cut(source, `it claims ${claimInWords(claim)}, ${grouped(bytes)} follow`),
    trailing: (claim) =>
      new DataError(`${source} is too long: it claims ${claimInWords(claim)}, but more follow.`, {
        hint: 'Save it again.',
      }),
  });
  return { ...decodeNpyData(header, data), typeName: typeInWords(header.type), source };
}

/** Refuses what cannot be before memory is taken for it. */
function checkClaim(header: NpyHeader, source: string, limit: number): void {
  if (header.dataBytes > limit) throw cut(source, `it claims ${claimInWords(header)}, more than it can hold`);
  if (header.dataBytes <= maxDataBytes) return;
  throw new DataError(
    `${source} is too large: ${claimInWords(header)}, expected at most ${grouped(maxDataBytes)}.`,
    { hint: 'Save the images as uint8, or split the set into smaller files.' },
  );
}

function claimInWords({ shape, type, dataBytes }: NpyHeader): string {
  return `[${shape.join(', ')}] of ${typeInWords(type)} (${grouped(dataBytes)} bytes)`;
}

function cut(source: string, why: string): DataError {
  return new DataError(`${source} is cut short or damaged: ${why}.`, { hint: 'Save or copy it again.' });
}
