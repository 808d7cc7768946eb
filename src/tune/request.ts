// From the flags of `aigc tune` to the plan of a search, or back to the plan of the search that goes on.
import { z } from 'zod';
import { flagName, type Options } from '../config/option';
import type { RawValues } from '../config/resolve';
import type { TuneValues } from '../config/tune-options';
import { wholeName } from '../dataset';
import { planBatches } from '../dataset/batches';
import type { DataSet } from '../dataset/image-set';
import { DataError, UsageError } from '../errors';
import { ownValue, parseJson } from '../json';
import { familyOptions } from '../models';
import { epochsByDefault, type Family, imagesOfStep } from '../models/family';
import { readText } from '../read-file';
import { shellWord } from '../words';
import { placeOfFamily } from './searched-family';
import { type Configuration, drawConfigurations, familySpace, parseSpace, type Space } from './space';
import { commandOf } from './standing';
import type { TuneFolder, TunePlan, TuneRecord } from './tune-folder';
import { checkedOptions, chooseObjective, defaultsOf, usableConfiguration } from './tune-plan';

/** Trials in a bracket when nothing is said: three rungs with η = 3. */
export const defaultBracket = 9;

/**
 * @param asked the words of --set
 * @throws UsageError, DataError: what cannot be searched, before anything is trained
 */
export async function makePlan(
  family: Family,
  data: DataSet,
  values: TuneValues,
  asked: readonly string[],
): Promise<TunePlan> {
  const unit = values.steps === undefined ? 'epochs' : 'steps';
  const objective = await chooseObjective(family, data, values.metric, unit);
  const { space, first } = chooseSpace(family, data.train.count, values, asked);
  const isEndless = values.trials === undefined && values.budgetMinutes !== undefined;
  const trials = isEndless ? undefined : (values.trials ?? defaultBracket);
  return {
    model: family.name,
    ...placeOfFamily(family, values.model),
    data: wholeName(data.name),
    seed: values.seed,
    ...objective,
    ...(values.count !== undefined && { count: values.count }),
    ...(values.sampleCount !== undefined && { sampleCount: values.sampleCount }),
    ...(values.method === 'halving' && { eta: values.eta }),
    ...(trials !== undefined && { trials }),
    bracket: trials ?? defaultBracket,
    unit,
    length: values.steps ?? values.epochs ?? lengthByDefault(family, data.train.count, values.seed),
    trainCount: data.train.count,
    space: space as TunePlan['space'],
    ...(first && { first }),
  };
}

/** Epochs, as `aigc train` has them by default. */
export function lengthByDefault(family: Family, trainCount: number, seed: number): number {
  const images = imagesOfStep(family, familyOptions(family, {}, {}));
  // Trials may have smaller batches than the default, which a small set cannot fill.
  return epochsByDefault(family, planBatches(trainCount, Math.min(images, trainCount), seed).stepsPerEpoch);
}

/** What --set and --search name, or else what the family declares; then its defaults are the first trial. */
function chooseSpace(
  family: Family,
  trainCount: number,
  { search, seed }: TuneValues,
  asked: readonly string[],
): { readonly space: Space; readonly first: TunePlan['first'] } {
  const words = [...(search === undefined ? [] : readSpaceFile(search)), ...asked];
  const space = words.length > 0 ? parseSpace(words, family.options) : familySpace(family);
  if (Object.keys(space).length === 0) {
    throw new UsageError(
      `There is nothing to search: no option of ${family.name} says where to look for its value.`,
      {
        hint: 'Name some, with their ranges: --set learning-rate=1e-4..1e-2:log',
      },
    );
  }
  const drawn = (usable: (one: Configuration) => Configuration | undefined) =>
    drawConfigurations(space, 1, [], { seed, options: family.options, usable });
  if (drawn((one) => usableConfiguration(family, trainCount, one)).length === 0)
    for (const any of drawn((one) => one)) checkedOptions(family, trainCount, any); // It throws: what is wrong with it.
  const first = words.length > 0 ? undefined : defaultsOf(family, space);
  return { space, first };
}

/** {"learningRate": "1e-4..1e-2:log", "beta": [1, 2, 4], "hiddenUnits": 400} as words of --set. */
function readSpaceFile(path: string): string[] {
  const text = readText(path);
  const value = z.union([z.string(), z.number(), z.boolean()]);
  try {
    const content = z.record(z.string(), z.union([value, z.array(value).min(1)])).parse(parseJson(text));
    return Object.entries(content).map(([name, range]) => `${name}=${range}`);
  } catch (cause) {
    throw new UsageError(`${path} (--search) is not a JSON object of options and their ranges.`, {
      hint: 'Write it like {"learningRate": "1e-4..1e-2:log", "beta": [1, 2, 4]}.',
      cause,
    });
  }
}

/** The flags that make the plan, as they were given; the others may differ from call to call of one search. */
export function planFlags(flags: RawValues, options: Options): RawValues {
  const makesPlan = (name: string) => name === 'set' || options[name]?.role === 'identity';
  return Object.fromEntries(
    Object.entries(flags).filter(([name, value]) => value !== undefined && makesPlan(name)),
  );
}

/** @throws DataError when a plan searches what its family has not: it is not what aigc wrote */
function checkPlan({ model, space, first = {} }: TunePlan, family: Family, folder: TuneFolder): void {
  const stranger = Object.keys({ ...space, ...first }).find(
    (name) => ownValue(family.options, name) === undefined,
  );
  if (stranger === undefined && model === family.name) return;
  const wrong = stranger === undefined ? `it searches a ${model}` : `a ${model} has no option "${stranger}"`;
  throw new DataError(`${folder.plan} is damaged: ${wrong}.`, {
    hint: 'Start another search with another --out.',
  });
}

/** The command that asks, and what it asks of a search that there may be. */
interface Asked {
  readonly name: 'tune' | 'sweep';
  readonly options: Options;
  readonly resume: boolean | undefined;
  readonly dryRun: boolean | undefined;
}

/**
 * @param family the one that was named, or else that of the search
 * @param flags with the family's name as `model`
 * @throws UsageError, DataError: when there is a search and it is not to go on, or none that could
 */
export function checkFolder(
  record: TuneRecord | undefined,
  folder: TuneFolder,
  family: Family,
  flags: RawValues,
  { options, name, resume, dryRun }: Asked,
): void {
  if (!record) {
    if (!resume) return;
    throw new DataError(`There is no search to resume in ${folder.path}.`, {
      hint: 'Leave --resume out to start one, or name its folder with --out.',
    });
  }
  const own = commandOf(record.plan);
  if (own !== name) {
    throw new UsageError(`${folder.path} holds a search of aigc ${own}, and no ${name}.`, {
      hint: `Go on with it: aigc ${own} --resume --out ${shellWord(folder.path)}; or choose another --out.`,
    });
  }
  if (!resume && !dryRun) {
    throw new UsageError(`${folder.path} already holds a search.`, {
      hint: 'Go on with it with --resume, or choose another --out.',
    });
  }
  for (const [name, value] of Object.entries(planFlags(flags, options))) {
    if (JSON.stringify(record.flags[name]) === JSON.stringify(value)) continue;
    throw new UsageError(
      `The search in ${folder.path} was started with ${flagName(name)} ${record.flags[name] ?? 'unset'}; --resume cannot make it ${value}.`,
      { hint: 'Leave the flag out, or start another search with another --out.' },
    );
  }
  checkPlan(record.plan, family, folder);
}
