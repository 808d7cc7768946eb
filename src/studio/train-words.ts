// Options as the words of a command line.
import { isAbsolute, relative } from 'node:path';
import { negated } from '../config/command-line';
import { flagName, type Options } from '../config/option';
import type { RawValues } from '../config/resolve';
import { families } from '../models';
import type { RunRecord } from '../run/run-folder';
import { printableLine, shellWord } from '../words';
import { sharedOptions } from './families';

/** A word each, `--flag=value`, so that no value is taken for a flag. Values that are null or no plain ones are left out. */
export function optionWords(options: Options, values: RawValues): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (value === true) return [flagName(name)];
    if (value === false) return options[name]?.default === true ? [flagName(negated(name))] : [];
    return typeof value === 'number' || typeof value === 'string' ? [`${flagName(name)}=${value}`] : [];
  });
}

/** As a person would type it. */
export function typed(words: readonly string[]): string {
  return ['aigc', ...words].map((word) => shellWord(printableLine(word))).join(' ');
}

/** A path as it is seen from the working folder, where it lies below it. */
export function shownPath(path: string): string {
  const from = relative(process.cwd(), path) || '.';
  return from.startsWith('..') || isAbsolute(from) ? path : from;
}

/** What trains a run again: what flags and files said of it, or all that it is where nobody knows that. */
export function commandOf({ asked, config }: RunRecord): string {
  const { model, ...others } = asked ?? config;
  const values = { model, ...others };
  const family = families.find(({ name }) => name === model);
  return typed(['train', ...optionWords({ ...sharedOptions, ...family?.options }, values)]);
}
