// The command that asks for some values, as a person would type it.
import { printableLine, shellWord } from '../words';
import { flagName, type Options } from './option';
import type { RawValues } from './resolve';

/**
 * @param words what the values follow, such as `aigc`, `sample`
 * @param values those that are their options' defaults, or undefined, are left out; of a path the last name stays: where
 *   things lie is nobody else's business
 */
export function commandLine(words: readonly string[], options: Options, values: RawValues): string {
  const flags = Object.entries(options).flatMap(([name, { kind, isWord, default: fallback }]) => {
    const value = values[name];
    if (value === undefined || value === fallback) return [];
    if (kind === 'boolean') return [flagName(value ? name : negated(name))];
    return [flagName(name), kind === 'text' && !isWord ? lastName(String(value)) : String(value)];
  });
  return [...words, ...flags].map((word) => shellWord(printableLine(word))).join(' ');
}

/** The name of the flag that switches an option off: provenance → noProvenance */
export function negated(name: string): string {
  return `no${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

/** Of a path its last name; other words are what they are. */
export function lastName(path: string): string {
  return /[^/\\]+(?=[/\\]*$)/.exec(path)?.[0] ?? path;
}
