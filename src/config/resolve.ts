// Defaults ← configuration file ← flags, checked once; what comes out is trusted from there on.
import { didYouMean, UsageError } from '../errors';
import { flagName, type Option, type Options, type OptionValue, type OptionValues } from './option';

export type RawValues = Readonly<Record<string, unknown>>;

/** Values by option name, checked. */
export type CheckedValues = Readonly<Record<string, OptionValue>>;

/** Refuses fields that no option has. */
export function checkNames(values: RawValues, names: readonly string[], source: string): void {
  for (const name of Object.keys(values)) {
    if (!names.includes(name)) {
      throw new UsageError(`${source}: there is no option "${name}".`, { hint: didYouMean(name, names) });
    }
  }
}

/** Refuses fields that are flags alone: a file that was written for something else must not replace a run. */
export function checkNoFlags(options: Options, file: RawValues, source: string): void {
  const name = Object.keys(file).find((field) => options[field]?.role === 'flag');
  if (name === undefined) return;
  throw new UsageError(`${source}: "${name}" is not taken from a file.`, {
    hint: `Give ${flagName(name)} on the command line, and leave "${name}" out of the file.`,
  });
}

/** The values of those options that a flag or the file names, each checked. @param flags, @param file as in `resolveOptions`
 *  @throws UsageError for a value that its option refuses */
export function askedValues(options: Options, flags: RawValues, file: RawValues): CheckedValues {
  return Object.fromEntries(
    Object.entries(options).flatMap(([name, option]): [string, OptionValue][] => {
      if (flags[name] !== undefined)
        return [[name, checked(option, fromFlag(option, flags[name]), flagName(name))]];
      if (file[name] === undefined) return [];
      return [[name, checked(option, file[name], `"${name}" in the configuration`)]];
    }),
  );
}

/** All of a set of options, from the values that were asked for. */
export function withDefaults<O extends Options>(options: O, asked: CheckedValues): OptionValues<O> {
  const values = Object.entries(options).map(([name, option]) => [name, asked[name] ?? option.default]);
  return Object.fromEntries(values) as OptionValues<O>;
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
  return withDefaults(options, askedValues(options, flags, file));
}

/** Fills in what follows from the run's length. @param steps that it is started with */
export function withLength<V extends Readonly<Record<string, OptionValue | undefined>>>(
  options: Options,
  values: V,
  steps: number,
): V {
  const following = Object.entries(options).filter(
    ([name, option]) =>
      option.follows === 'length' && values[name] === undefined && idleBecause(option, values) === undefined,
  );
  return { ...values, ...Object.fromEntries(following.map(([name]) => [name, steps])) };
}

/** Why an option does nothing among these values, such as "--schedule is constant"; undefined when it does something. */
export function idleBecause(
  { onlyWith = {}, notWith = {} }: Pick<Option, 'onlyWith' | 'notWith'>,
  values: RawValues,
): string | undefined {
  const has = (name: string, few: readonly unknown[]) => few.includes(values[name]);
  const [other] =
    Object.entries(onlyWith).find(([name, few]) => !has(name, few)) ??
    Object.entries(notWith).find(([name, few]) => has(name, few)) ??
    [];
  return other && `${flagName(other)} is ${values[other]}`;
}

/** The flags that were given and do nothing beside these values, a line each. */
export function idleFlags(options: Options, flags: RawValues, values: RawValues): string[] {
  return Object.entries(idleAmong(options, values))
    .filter(([name]) => flags[name] !== undefined)
    .map(([name, reason]) => `${flagName(name)} has no effect: ${reason}.`);
}

/** The options that do nothing among these values, and why. */
export function idleAmong(options: Options, values: RawValues): Record<string, string> {
  const idle = Object.entries(options).flatMap(([name, option]) => {
    const reason = idleBecause(option, values);
    return reason === undefined ? [] : [[name, reason] as const];
  });
  return Object.fromEntries(idle);
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
  const { choices, description } = option;
  const hint = choices && typeof value === 'string' ? didYouMean(value, choices.map(String)) : description;
  throw new UsageError(`${source} must be ${option.expected}, got ${got}.`, { hint });
}

/** A value may be a whole file. */
function clipped(words: string): string {
  return words.length > 200 ? `${words.slice(0, 200)}…` : words;
}
