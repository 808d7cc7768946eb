// Defaults ← configuration file ← flags, checked once; what comes out is trusted from there on.
import { z } from 'zod';
import { didYouMean, UsageError } from '../errors';
import { readText } from '../files';
import { parseJson } from '../json';
import { flagName, type Option, type Options, type OptionValue, type OptionValues } from './option';

export type RawValues = Readonly<Record<string, unknown>>;

/**
 * Reads a configuration file: a JSON object of options by their camelCase names, or a run.json, which holds one.
 * @throws DataError when it cannot be read; UsageError when it is no such file
 */
export function readConfigFile(path: string): RawValues {
  const text = readText(path);
  const object = z.record(z.string(), z.unknown());
  try {
    const content = object.parse(parseJson(text));
    const nested = object.safeParse(content.config);
    return nested.success ? nested.data : content;
  } catch (cause) {
    throw new UsageError(`${path} (--config) is not a JSON object of options.`, {
      hint: 'Write it like {"model": "gan", "epochs": 5}, or name a run.json.',
      cause,
    });
  }
}

/** Refuses fields that no option has. */
export function checkNames(values: RawValues, names: readonly string[], source: string): void {
  for (const name of Object.keys(values)) {
    if (!names.includes(name)) {
      throw new UsageError(`${source}: there is no option "${name}".`, { hint: didYouMean(name, names) });
    }
  }
}

/**
 * Fills in a set of options.
 * @param flags from the command line, as strings; a field is absent when its flag was not given
 * @param file from the configuration file
 * @throws UsageError for a value that its option refuses
 */
export function resolveOptions<O extends Options>(
  options: O,
  flags: RawValues,
  file: RawValues,
): OptionValues<O> {
  const values: Record<string, OptionValue | undefined> = {};
  for (const [name, option] of Object.entries(options)) {
    if (flags[name] !== undefined)
      values[name] = checked(option, fromFlag(option, flags[name]), flagName(name));
    else if (file[name] !== undefined)
      values[name] = checked(option, file[name], `"${name}" in the configuration`);
    else values[name] = option.default;
  }
  return values as OptionValues<O>;
}

/** Why an option does nothing among these values, such as "--schedule is constant"; undefined when it does something. */
export function idleBecause({ onlyWith = {} }: Option, values: RawValues): string | undefined {
  const [other] =
    Object.entries(onlyWith).find(([name, few]) => !few.includes(values[name] as OptionValue)) ?? [];
  return other && `${flagName(other)} is ${values[other]}`;
}

/** The flags that were given and do nothing beside these values, a line each. */
export function idleFlags(options: Options, flags: RawValues, values: RawValues): string[] {
  return Object.entries(options).flatMap(([name, option]) => {
    const reason = flags[name] === undefined ? undefined : idleBecause(option, values);
    return reason === undefined ? [] : [`${flagName(name)} has no effect: ${reason}.`];
  });
}

/** Adds what a run or checkpoint from before some of the options were there stands for: the other values it has, or
 *  lacks, are those that it was made with. */
export function withEarlierValues(options: Options, stored: RawValues): RawValues {
  const earlier = Object.entries(options).filter(([, option]) => option.before !== undefined);
  return { ...Object.fromEntries(earlier.map(([name, option]) => [name, option.before])), ...stored };
}

/** Flags are words; numbers are numbers once they look like one. */
function fromFlag(option: Option, word: unknown): unknown {
  if ((option.kind !== 'integer' && option.kind !== 'number') || typeof word !== 'string') return word;
  return word.trim() === '' || Number.isNaN(Number(word)) ? word : Number(word);
}

function checked(option: Option, value: unknown, source: string): OptionValue {
  const parsed = option.schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const got = clipped(typeof value === 'number' ? String(value) : JSON.stringify(value));
  const hint =
    option.kind === 'choice' && typeof value === 'string' ? choiceHint(option, value) : option.description;
  throw new UsageError(`${source} must be ${option.expected}, got ${got}.`, { hint });
}

/** A value may be a whole file. */
function clipped(words: string): string {
  return words.length > 200 ? `${words.slice(0, 200)}…` : words;
}

function choiceHint(option: Option, value: string): string {
  return didYouMean(value, option.placeholder.split('|'));
}
