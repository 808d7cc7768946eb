// The flags that say how data is read, which become part of the address that names it and that a run remembers.
import type { Command } from 'commander';
import { flagName } from '../config/option';
import { readingOptions } from '../config/reading-options';
import { type RawValues, resolveOptions } from '../config/resolve';
import { formatAddress, parseAddress } from '../dataset/address';
import { UsageError } from '../errors';
import { addOptionFlags } from './options';

/** @param except those that the command has in another sense */
export function addReadingFlags(command: Command, except: readonly string[] = []): void {
  const options = Object.entries(readingOptions).filter(([name]) => !except.includes(name));
  addOptionFlags(command, Object.fromEntries(options), 'How the data is read, where that cannot be seen:');
}

/**
 * Flags in which what is said of how data is read has become part of the path that names it.
 * @param names the flags that name data; the first that is given is meant
 * @throws UsageError when none is
 */
export function foldReading(
  flags: RawValues,
  names: readonly string[],
  except: readonly string[] = [],
): RawValues {
  const isReading = (name: string) =>
    name in readingOptions && !except.includes(name) && flags[name] !== undefined;
  const given = Object.fromEntries(Object.entries(flags).filter(([name]) => isReading(name)));
  const [first] = Object.keys(given);
  if (first === undefined) return flags;
  const options = resolveOptions(readingOptions, given, {});
  const name = names.find((one) => flags[one] !== undefined);
  if (name === undefined) {
    const flag = flagName(names[0] as string);
    throw new UsageError(`${flagName(first)} says how data is read, but ${flag} names none.`, {
      hint: `Name it: ${flag} PATH.`,
    });
  }
  const others = Object.fromEntries(Object.entries(flags).filter(([one]) => !isReading(one)));
  return { ...others, [name]: addressOf(String(flags[name]), options) };
}

/** A path with what is said of how it is read. */
function addressOf(path: string, options: RawValues): string {
  const known = parseAddress(path);
  return formatAddress(known.path, { ...known.options, ...options });
}
