// The plan of `aigc sweep`: every configuration of a grid or a list, with every seed.
import { z } from 'zod';
import { flagName, type Options, type OptionValue } from '../config/option';
import { mostTrials, type SweepValues } from '../config/tune-options';
import { wholeName } from '../dataset';
import type { DataSet } from '../dataset/image-set';
import { UsageError } from '../errors';
import { parseJson } from '../json';
import type { Family } from '../models/family';
import { readText } from '../read-file';
import { counted } from '../words';
import { lengthByDefault } from './request';
import { placeOfFamily } from './searched-family';
import { type Configuration, parseSpace, type Space } from './space';
import type { TunePlan } from './tune-folder';
import { checkedOptions, chooseObjective, usableConfiguration } from './tune-plan';

/**
 * @param asked the words of --set
 * @throws UsageError, DataError: what cannot be trained, before anything is
 */
export async function makeSweepPlan(
  family: Family,
  data: DataSet,
  values: SweepValues,
  asked: readonly string[],
): Promise<TunePlan> {
  const unit = values.steps === undefined ? 'epochs' : 'steps';
  const seeds = parseSeeds(values.seeds);
  const trainCount = data.train.count;
  const listed = values.list === undefined ? [{}] : readList(values.list, family.options);
  const configurations = usableOf(crossed(listed, gridSpace(asked, family.options)), family, trainCount);
  const trials = configurations.length * seeds.length;
  if (trials > mostTrials) throw tooMany(trials);
  return {
    model: family.name,
    ...placeOfFamily(family, values.model),
    data: wholeName(data.name),
    seed: seeds[0] as number,
    ...(await chooseObjective(family, data, values.metric, unit)),
    ...(values.count !== undefined && { count: values.count }),
    ...(values.sampleCount !== undefined && { sampleCount: values.sampleCount }),
    trials,
    bracket: trials,
    unit,
    length: values.steps ?? values.epochs ?? lengthByDefault(family, trainCount, seeds[0] as number),
    trainCount,
    space: spaceOf(configurations) as TunePlan['space'],
    configurations,
    seeds,
  };
}

function tooMany(trials: number): UsageError {
  return new UsageError(
    `A sweep is of at most ${counted(mostTrials, 'trial')}, and this one is of ${counted(trials, 'trial')}.`,
    { hint: 'Name fewer values or seeds, or draw among them: aigc tune --method random --trials N.' },
  );
}

/** `1,2,7` and `1..5`, in their order, each once. */
function parseSeeds(words: string): number[] {
  const seeds = new Set<number>();
  for (const word of words.split(',')) {
    const [from = 0, to = from] = word.split('..').map(Number);
    if (to < from || to - from >= mostTrials) {
      throw new UsageError(`--seeds: expected a range of at most ${mostTrials} seeds upwards, got ${word}.`, {
        hint: 'For example --seeds 1..5.',
      });
    }
    for (let seed = from; seed <= to; seed++) seeds.add(seed);
  }
  return [...seeds];
}

function gridSpace(asked: readonly string[], options: Options): Space {
  const space = parseSpace(asked, options);
  const range = Object.keys(space).find((name) => !('among' in (space[name] as object)));
  if (range === undefined) return space;
  throw new UsageError(
    `--set ${flagName(range).slice(2)}: a sweep trains named values, and this is a range.`,
    {
      hint: `Name them with commas, or draw from the range with aigc tune.`,
    },
  );
}

/** [{"learningRate": 1e-3, "beta": 4}, …] */
function readList(path: string, options: Options): Configuration[] {
  const text = readText(path);
  const value = z.union([z.number(), z.string(), z.boolean()]);
  const schema = z.array(z.record(z.string(), value)).min(1).max(mostTrials);
  let content: readonly Configuration[];
  try {
    content = schema.parse(parseJson(text));
  } catch (cause) {
    throw new UsageError(
      `${path} (--list) is not a JSON array of objects of options, of 1 to ${mostTrials}.`,
      {
        hint: 'Write it like [{"learningRate": 1e-3, "beta": 1}, {"learningRate": 1e-4, "beta": 4}].',
        cause,
      },
    );
  }
  return content.map((one) => {
    const words = Object.entries(one).map(([name, each]) => `${name}=${each}`);
    return Object.fromEntries(
      Object.entries(parseSpace(words, options)).map(([name, search]) => [
        name,
        oneValue(search, name, path),
      ]),
    );
  });
}

function oneValue(search: Space[string], name: string, path: string): OptionValue {
  const [value, ...more] = valuesOf(search);
  if (value !== undefined && more.length === 0) return value;
  throw new UsageError(`${path} (--list): ${name} is to be one value in each entry.`, {
    hint: `Write an entry for each value, or vary it with --set ${flagName(name).slice(2)}=VALUE,VALUE.`,
  });
}

function valuesOf(search: Space[string]): readonly OptionValue[] {
  return 'among' in search ? search.among : [];
}

/** Every configuration with every value of the grid; the last option changes fastest. */
function crossed(listed: readonly Configuration[], grid: Space): Configuration[] {
  let all: Configuration[] = [...listed];
  for (const [name, search] of Object.entries(grid)) {
    const values = [...new Set(valuesOf(search))];
    if (all.length * values.length > mostTrials) throw tooMany(all.length * values.length);
    all = all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }
  return all;
}

/** Without what does nothing beside the rest, each once. @throws UsageError for one that cannot be trained */
function usableOf(all: readonly Configuration[], family: Family, trainCount: number): Configuration[] {
  const found = new Map<string, Configuration>();
  for (const one of all) {
    checkedOptions(family, trainCount, one);
    const usable = usableConfiguration(family, trainCount, one) as Configuration;
    const key = JSON.stringify(Object.entries(usable).sort(([a], [b]) => (a < b ? -1 : 1)));
    if (!found.has(key)) found.set(key, usable);
  }
  return [...found.values()];
}

/** The values of each option, in the order in which they come. */
function spaceOf(configurations: readonly Configuration[]): Space {
  const names = [...new Set(configurations.flatMap((one) => Object.keys(one)))];
  const values = (name: string) => [...new Set(configurations.flatMap((one) => one[name] ?? []))];
  return Object.fromEntries(names.map((name) => [name, { among: values(name) }]));
}
