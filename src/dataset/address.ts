// What `--data` and its like name, as one string that a run can remember: a path, and behind a "?" how it is read, as
// `emnist?split=letters&transpose`.
import { existsSync } from 'node:fs';
import { UsageError } from '../errors';
import type { ReadOption, ReadOptions } from './readers/reader';

export interface Address {
  readonly path: string;
  readonly options: ReadOptions;
}

const names: readonly ReadOption[] = ['key', 'label', 'split', 'shape', 'range', 'tile', 'transpose'];

/** Takes an address apart; a path that is there as it stands is one, whatever it is called.
 *  @throws UsageError for an option that there is not */
export function parseAddress(address: string): Address {
  const mark = address.lastIndexOf('?');
  if (mark < 1 || existsSync(address)) return { path: address, options: {} };
  const options: Record<string, string | boolean> = {};
  for (const [name, value] of new URLSearchParams(address.slice(mark + 1))) {
    if (!names.includes(name as ReadOption)) {
      throw new UsageError(`"${address}": there is no ${name} in how data is read.`, {
        hint: `Behind the "?" may stand ${names.join(', ')}, as in DIR?split=letters&transpose.`,
      });
    }
    options[name] = name === 'transpose' ? true : value;
  }
  return { path: address.slice(0, mark), options };
}

/** The address of a path that is read so. */
export function formatAddress(path: string, options: ReadOptions): string {
  const given = names.flatMap((name) => {
    const value = options[name];
    if (value === undefined || value === false) return [];
    return [value === true ? name : `${name}=${encodeURIComponent(value).replace(/%2C/g, ',')}`];
  });
  return given.length === 0 ? path : `${path}?${given.join('&')}`;
}
