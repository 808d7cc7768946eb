// Options: one declaration gives a flag, a field of the configuration file, its check, its help and its default.
// All of it by one name: a bundle then leaves out what is not used, 390 kB of a page.
import * as z from 'zod';

type OptionKind = 'integer' | 'number' | 'choice' | 'boolean' | 'text';

export type OptionValue = number | string | boolean;

/** Where `aigc tune` looks for good values of an option: evenly from one end to the other, evenly by factors (`log`), or
 *  among a few. */
export type Search<T extends OptionValue = OptionValue> =
  | { readonly from: number; readonly to: number; readonly log?: boolean | undefined }
  | { readonly among: readonly T[] };

type Beside = Readonly<Record<string, readonly (OptionValue | undefined)[]>>;

/** What a value decides, for runs that go on and runs that are compared. */
export type Role =
  /** What is learned: a run that goes on keeps it. */
  | 'identity'
  /** How long a run goes on, on what data and by which rules: may change when it does. */
  | 'changeable'
  /** What a run writes and says on the way: may change too, and tells no two runs apart. */
  | 'words'
  /** This call alone. */
  | 'call'
  /** This call alone, and on the command line only. */
  | 'flag';

/** One option of a command or of a model family. */
export interface Option<T extends OptionValue = OptionValue> {
  readonly kind: OptionKind;
  /** One line; the unit is in it. */
  readonly description: string;
  /** Why the default is what it is: a paper, a measurement. */
  readonly why?: string;
  /** Undefined when leaving the option out means something of its own. */
  readonly default: T | undefined;
  /** What runs and checkpoints from before the option was there stand for, when that is not the default. */
  readonly before?: T;
  /** Where to look for better values than the default; absent when looking is not worth the time. */
  readonly search?: Search<T>;
  /** The values of other options with which this one does anything; absent when it always does. */
  readonly onlyWith?: Beside;
  /** The values of other options with which this one does nothing. */
  readonly notWith?: Beside;
  readonly role: Role;
  /** Left out, it is the training steps that the run is started with, where it does anything. */
  readonly follows?: 'length';
  /** Its values, when they are a few. */
  readonly choices?: readonly T[];
  /** How help shows the value: `N`, `FILE`, `bce|mse`. */
  readonly placeholder: string;
  /** What the value must be, in words: "a whole number of at least 1". */
  readonly expected: string;
  /** Text of a form of its own, such as 10x10 or 3/8, which names no file. */
  readonly isWord?: true;
  /** The numbers that it may be, where it is one. */
  readonly range?: Range;
  readonly schema: z.ZodType<T>;
}

export type Options = Readonly<Record<string, Option>>;

type ValueOf<O> = O extends { readonly schema: z.ZodType<infer T> } ? T : never;
type AbsentOf<O> = O extends { readonly default: infer D }
  ? undefined extends D
    ? undefined
    : never
  : never;

/** The values of a set of options, once defaults are filled in. */
export type OptionValues<O> = { readonly [K in keyof O]: ValueOf<O[K]> | AbsentOf<O[K]> };

/** An option whose default is known to be there. */
export type Defaulted<T extends OptionValue> = Option<T> & { readonly default: T };

interface Texts<T extends OptionValue> {
  readonly description: string;
  readonly why?: string;
  readonly default?: T;
  readonly before?: T;
  readonly search?: Search<T>;
  readonly onlyWith?: Beside;
  readonly notWith?: Beside;
  /** `identity` when left out, as a family's options are. */
  readonly role?: Role;
  readonly follows?: 'length';
}

export interface Range {
  readonly min?: number;
  readonly max?: number;
  /** The range is open below: `min` itself is refused. */
  readonly above?: number;
}

type Declared<T extends OptionValue, S extends Texts<T>> = S extends { readonly default: T }
  ? Defaulted<T>
  : Option<T>;

export function integer<S extends Texts<number> & Range>(spec: S): Declared<number, S> {
  return numeric('integer', 'a whole number', z.number().int(), spec) as Declared<number, S>;
}

export function number<S extends Texts<number> & Range>(spec: S): Declared<number, S> {
  return numeric('number', 'a number', z.number(), spec) as Declared<number, S>;
}

export function choice<const V extends string, S extends Texts<NoInfer<V>>>(
  values: readonly [V, ...V[]],
  spec: S,
): Declared<V, S> {
  const option: Option<V> = {
    ...withDefault<V>(spec),
    kind: 'choice',
    choices: values,
    placeholder: values.join('|'),
    expected: values.length > 1 ? `one of ${values.join(', ')}` : `"${values[0]}"`,
    schema: z.enum(values) as unknown as z.ZodType<V>,
  };
  return option as Declared<V, S>;
}

export function boolean<S extends Texts<boolean>>(spec: S): Declared<boolean, S> {
  const option: Option<boolean> = {
    ...withDefault<boolean>(spec),
    kind: 'boolean',
    placeholder: '',
    expected: 'true or false',
    schema: z.boolean(),
  };
  return option as Declared<boolean, S>;
}

interface TextShape {
  readonly placeholder: string;
  readonly pattern?: RegExp;
  /** Which words of that pattern are taken; all when left out. */
  readonly accepts?: (words: string) => boolean;
  readonly expected?: string;
}

export function text<S extends Texts<string> & TextShape>(spec: S): Declared<string, S> {
  // No name of a file or a folder holds a NUL, and none of anything else.
  const { pattern = /^[^\0]+$/, accepts = () => true } = spec;
  const schema = z.string().refine((words) => pattern.test(words) && accepts(words));
  const option: Option<string> = {
    ...withDefault<string>(spec),
    kind: 'text',
    placeholder: spec.placeholder,
    expected: spec.expected ?? 'some text',
    ...(spec.pattern && { isWord: true }),
    schema,
  };
  return option as Declared<string, S>;
}

function numeric(
  kind: OptionKind,
  noun: string,
  base: z.ZodNumber,
  spec: Texts<number> & Range,
): Option<number> {
  let schema = base;
  if (spec.min !== undefined) schema = schema.min(spec.min);
  if (spec.max !== undefined) schema = schema.max(spec.max);
  if (spec.above !== undefined) schema = schema.gt(spec.above);
  const { min, max, above } = spec;
  return {
    ...withDefault<number>(spec),
    kind,
    placeholder: 'N',
    expected: noun + rangeInWords(spec),
    range: {
      ...(min === undefined ? {} : { min }),
      ...(max === undefined ? {} : { max }),
      ...(above === undefined ? {} : { above }),
    },
    schema,
  };
}

function rangeInWords({ min, max, above }: Range): string {
  const parts: string[] = [];
  if (min !== undefined && max !== undefined) return ` from ${min} to ${max}`;
  if (min !== undefined) parts.push(`of at least ${min}`);
  if (above !== undefined) parts.push(`above ${above}`);
  if (max !== undefined) parts.push(`${parts.length ? 'and ' : ''}of at most ${max}`);
  return parts.length ? ` ${parts.join(' ')}` : '';
}

function withDefault<T extends OptionValue>(spec: Texts<T>) {
  const { description, why, before, search, onlyWith, notWith, role = 'identity', follows } = spec;
  return {
    description,
    role,
    ...(why === undefined ? {} : { why }),
    ...(before === undefined ? {} : { before }),
    ...(search === undefined ? {} : { search }),
    ...(onlyWith === undefined ? {} : { onlyWith }),
    ...(notWith === undefined ? {} : { notWith }),
    ...(follows === undefined ? {} : { follows }),
    default: spec.default,
  };
}

/** latentDim → --latent-dim */
export function flagName(field: string): string {
  return `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

/** Values as the words of a command line. */
export function flagWords(values: Readonly<Record<string, unknown>>): string[] {
  return Object.entries(values).flatMap(([name, value]) => {
    if (typeof value === 'boolean') return value ? [flagName(name)] : [];
    return [flagName(name), String(value)];
  });
}
