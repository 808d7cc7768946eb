// SHA256SUMS: what the files of a set hashed to when they came, for those that no public source has sums of. As
// `sha256sum --check SHA256SUMS` reads it.
import { join } from 'node:path';
import { writeFileAtomic } from '../files';
import { readTextIfAny } from '../read-file';

/** By the files' names, hex. */
export type KeptSums = ReadonlyMap<string, string>;

export const sumsPath = (folder: string) => join(folder, 'SHA256SUMS');

/** @throws DataError when they cannot be read */
export function readKeptSums(folder: string): KeptSums {
  const lines = readTextIfAny(sumsPath(folder))?.split('\n') ?? [];
  const found = lines.map((line) => /^([0-9a-f]{64}) [ *](.+?)\r?$/i.exec(line));
  return new Map(
    found.flatMap((line) => (line ? [[line[2] as string, (line[1] as string).toLowerCase()]] : [])),
  );
}

/** Keeps these beside those that are there. @throws DataError when the disk refuses */
export async function keepSums(folder: string, sums: KeptSums): Promise<void> {
  if (sums.size === 0) return;
  const all = new Map([...readKeptSums(folder), ...sums]);
  const lines = [...all].sort().map(([name, sum]) => `${sum}  ${name}\n`);
  await writeFileAtomic(sumsPath(folder), lines.join(''));
}
