// What is searched: for each option a range or some values, and the configurations that are drawn from them.
import { flagName, type Option, type Options, type OptionValue, type Search } from '../config/option';
import { idleBecause, resolveOptions } from '../config/resolve';
import { didYouMean, UsageError } from '../errors';
import { ownValue } from '../json';
import { familyOptions } from '../models';
import type { Family } from '../models/family';
import { randomStream } from '../rng';

/** By option name. */
export type Space = Readonly<Record<string, Search>>;

/** Values of the options that are searched. */
export type Configuration = Readonly<Record<string, OptionValue>>;

/** What the family declares worth searching, of the options that do something beside the defaults of the others. */
export function familySpace(family: Family): Space {
  const defaults = familyOptions(family, {}, {});
  const searched = Object.entries(family.options).filter(
    ([, option]) => option.search !== undefined && idleBecause(option, defaults) === undefined,
  );
  return Object.fromEntries(searched.map(([name, { search }]) => [name, search as Search]));
}

/** Why options of a space do nothing beside the defaults of those that are not in it: one line each. */
export function idleInSpace(family: Family, space: Space): string[] {
  const fixed = Object.entries(familyOptions(family, {}, {})).filter(([name]) => !(name in space));
  return Object.keys(space).flatMap((name) => {
    const { onlyWith = {}, notWith = {} } = family.options[name] as Option;
    const ofOthers = (beside: typeof onlyWith) =>
      Object.fromEntries(Object.entries(beside).filter(([other]) => !(other in space)));
    const reason = idleBecause(
      { onlyWith: ofOthers(onlyWith), notWith: ofOthers(notWith) },
      Object.fromEntries(fixed),
    );
    return reason ? [`${flagName(name)} has no effect: ${reason}.`] : [];
  });
}

/** Among more values than this, chance may leave one out. */
const mostToMiss = 20;

/** Which named values are in none of many configurations that were drawn: one line each. */
export function neverDrawn(space: Space, drawn: readonly Configuration[]): string[] {
  return Object.entries(space).flatMap(([name, search]) => {
    // An option without a value in any of them does nothing: `idleInSpace` says so.
    if (!('among' in search) || search.among.length > mostToMiss) return [];
    const values = new Set(drawn.flatMap((configuration) => configuration[name] ?? []));
    const missing = values.size === 0 ? [] : search.among.filter((value) => !values.has(value));
    return missing.map(
      (value) => `${flagName(name)} ${value} is left out: nothing can be trained with it here.`,
    );
  });
}

/**
 * Reads `learning-rate=1e-4..1e-2:log`, `beta=1,2,4` and `hidden-units=400`, which fixes one.
 * @throws UsageError for an option that the family has not, and values that the option refuses
 */
export function parseSpace(words: readonly string[], options: Options): Space {
  return Object.fromEntries(
    words.map((word) => {
      const [, name = '', range = ''] = /^([^=]*)=(.*)$/s.exec(word) ?? [];
      if (name === '' || range === '') {
        throw new UsageError(`--set must be an option and where to look for its value, got "${word}".`, {
          hint: 'For example --set learning-rate=1e-4..1e-2:log, or --set beta=1,2,4.',
        });
      }
      const field = fieldName(name.replace(/^--/, ''));
      const option = ownValue(options, field);
      if (option) return [field, parseSearch(range, field, option)];
      const known = Object.keys(options).map((key) => flagName(key).slice(2));
      throw new UsageError(`--set: there is no option "${name}" of the family.`, {
        hint: didYouMean(name, known),
      });
    }),
  );
}

/** learning-rate → learningRate */
function fieldName(flag: string): string {
  return flag.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function parseSearch(words: string, name: string, option: Option): Search {
  const range = /^(.+?)\.\.(.+?)(?::(log|linear))?$/.exec(words);
  if (!range) return { among: words.split(',').map((word) => checkedValue(word.trim(), name, option)) };
  if (option.kind !== 'integer' && option.kind !== 'number') {
    throw new UsageError(`--set ${name}: a range is for numbers; ${flagName(name)} is ${option.expected}.`, {
      hint: `Name values with commas: --set ${flagName(name).slice(2)}=${option.choices?.join(',') ?? option.placeholder}`,
    });
  }
  const [from, to] = [range[1], range[2]].map((word) => checkedValue(word as string, name, option) as number);
  const log = range[3] === 'log';
  if ((from as number) >= (to as number) || (log && (from as number) <= 0)) {
    throw new UsageError(
      `--set ${name}: expected a range from a smaller to a larger number${log ? ', above 0 for :log' : ''}, got ${words}.`,
      { hint: 'For example --set learning-rate=1e-4..1e-2:log.' },
    );
  }
  return { from: from as number, to: to as number, ...(log && { log }) };
}

function checkedValue(word: string, name: string, option: Option): OptionValue {
  const value = option.kind === 'boolean' && /^(true|false)$/.test(word) ? word === 'true' : word;
  return resolveOptions({ [name]: option }, { [name]: value }, {})[name] as OptionValue;
}

/** The options that are searched, without those that are fixed. */
export function variedNames(space: Space): string[] {
  return Object.keys(space).filter((name) => {
    const search = space[name] as Search;
    return !('among' in search) || search.among.length > 1;
  });
}

/** As `--set` takes it: `learning-rate=0.0001..0.01:log`. */
export function spaceWords(space: Space): string[] {
  return Object.entries(space).map(([name, search]) => {
    const range =
      'among' in search ? search.among.join(',') : `${search.from}..${search.to}${search.log ? ':log' : ''}`;
    return `${flagName(name).slice(2)}=${range}`;
  });
}

interface Drawing {
  readonly seed: number;
  readonly options: Options;
  /** What a draw comes to: without what does nothing beside the rest; undefined when it cannot be trained. */
  usable(configuration: Configuration): Configuration | undefined;
}

/** How often an unacceptable draw, or one that was drawn before, is drawn again. */
const mostDraws = 200;

/**
 * Draws configurations one after the other, each unlike those before it: the first n are the same however many are
 * asked for, and depend on the seed alone.
 * @param given those that come first
 * @returns fewer than `count` when the space holds no more
 */
export function drawConfigurations(
  space: Space,
  count: number,
  given: readonly Configuration[],
  { seed, options, usable }: Drawing,
): Configuration[] {
  const drawn = given.slice(0, count);
  const seen = new Set(given.map((configuration) => JSON.stringify(configuration)));
  for (let draw = 0, misses = 0; drawn.length < count && misses < mostDraws; draw++) {
    const configuration = usable(drawOne(space, options, seed, draw));
    const key = JSON.stringify(configuration);
    if (configuration === undefined || seen.has(key)) {
      misses += 1;
      continue;
    }
    misses = 0;
    seen.add(key);
    drawn.push(configuration);
  }
  return drawn;
}

/** Each option has a stream of its own: its values stay when another is searched beside it. */
function drawOne(space: Space, options: Options, seed: number, draw: number): Configuration {
  return Object.fromEntries(
    Object.entries(space).map(([name, search]) => {
      const stream = randomStream(seed, `tune/${name}`, draw);
      if ('among' in search) return [name, search.among[stream.integer(search.among.length)] as OptionValue];
      const { from, to, log } = search;
      const share = stream.uniform();
      const value = log ? from * (to / from) ** share : from + share * (to - from);
      // Three digits say what matters, and can be typed.
      const rounded = options[name]?.kind === 'integer' ? Math.round(value) : Number(value.toPrecision(3));
      return [name, Math.min(to, Math.max(from, rounded))];
    }),
  );
}
