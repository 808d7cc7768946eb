// From the flags and the configuration of `aigc train` to what is to be trained, or back to the run that goes on.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { ConfigFile } from '../config/file';
import { flagName, type Options } from '../config/option';
import {
  askedValues,
  type CheckedValues,
  checkNames,
  checkNoFlags,
  idleFlags,
  type RawValues,
  withDefaults,
  withEarlierValues,
} from '../config/resolve';
import { environmentValues } from '../config/shared-options';
import { callOptions, defaultOut, type TrainValues, trainOptions } from '../config/train-options';
import { wholeName } from '../dataset';
import { DataError, UsageError } from '../errors';
import { completedOptions, families, fewestAsked, recipeValues } from '../models';
import type { Family } from '../models/family';
import { listCheckpoints } from '../run/checkpoint';
import { type RunFolder, type RunRecord, readRun, runFolder } from '../run/run-folder';
import { shellWord } from '../words';
import type { TrainingRequest } from './open-session';

export interface ReadRequest extends Omit<TrainingRequest, 'data' | 'output'> {
  /** What of the flags is in vain, a line each. */
  readonly idle: readonly string[];
}

/**
 * @param flags as words, by their options' names
 * @param file what --config names
 * @throws UsageError, DataError: what cannot be trained, before anything is read but run.json
 */
export async function readRequest(
  flags: RawValues,
  file: ConfigFile | undefined,
  family: Family,
): Promise<ReadRequest> {
  if (flags.resume && flags.force) {
    throw new UsageError('--resume goes on with a run, and --force replaces it.', {
      hint: 'Give one of them.',
    });
  }
  const folder = runFolder(typeof flags.out === 'string' ? flags.out : defaultOut);
  const seen = await readRun(folder).catch((error) => {
    if (flags.force) return undefined; // What is damaged is to be replaced.
    throw error;
  });
  await checkFolder(flags, seen, folder);
  const record = flags.resume ? seen : undefined;

  const options: Options = { ...trainOptions, ...callOptions, ...family.options };
  const base = record ? record.config : file ? askedOfFile(file, family) : {};
  if (record) checkSameModel(flags, record, folder);
  const source = record || !file ? folder.run : file.path;
  checkNoFlags(options, base, source);
  checkNames(base, [...Object.keys(options), 'model'], source);
  const stored = record ? withEarlierValues(family.options, base) : base;
  const said = withWholePaths(askedValues(options, flags, { ...environmentValues(), ...stored }));
  if (record) checkUnchanged(options, flags, said, stored, folder);
  // What goes on has all values of its recipe already, as they were then.
  const checked = record ? said : { ...ofRecipe(options, said, family), ...said };

  const completed = completedOptions(family, checked);
  return {
    family,
    asked: askedOfRun(options, flags, said, record, family),
    options: completed,
    values: { ...withDefaults(trainOptions, checked), ...chooseLength(flags, stored, checked) },
    call: withDefaults(callOptions, checked),
    folder,
    record,
    seen,
    // Of flags alone: a configuration file may hold more than it uses.
    idle: idleFlags(family.options, flags, completed),
  };
}

/** What the recipe adds to what was said. @throws UsageError when the family has none of that name */
function ofRecipe(options: Options, said: CheckedValues, family: Family): CheckedValues {
  const { epochs, steps, ...rest } = recipeValues(family, said.recipe as string | undefined);
  const hasLength = said.epochs !== undefined || said.steps !== undefined;
  return askedValues(options, {}, hasLength ? rest : { ...rest, ...definedOnly({ epochs, steps }) });
}

/** @throws UsageError, DataError when there is a run and it is not to go on, or none that could */
async function checkFolder(
  { resume, force, dryRun }: RawValues,
  record: RunRecord | undefined,
  folder: RunFolder,
): Promise<void> {
  if (resume && !record) {
    throw new DataError(`There is no run to resume in ${folder.path}.`, {
      hint: 'Leave --resume out to start one, or name the run folder with --out.',
    });
  }
  if (resume || force || dryRun) return;
  if (record) {
    throw new UsageError(`${folder.path} already holds a run (${record.status} at step ${record.step}).`, {
      hint: `Go on with --resume, replace it with --force, or choose another --out.`,
    });
  }
  await checkStrays(folder);
}

/** Checkpoints and a log without a run.json are of some run too, and would mix with the new one's. */
async function checkStrays(folder: RunFolder): Promise<void> {
  const hasCheckpoints = (await listCheckpoints(folder.checkpoints)).length > 0;
  const log = [folder.metrics, folder.evaluations].find((path) => existsSync(path));
  if (!hasCheckpoints && log === undefined) return;
  const stray = hasCheckpoints ? `${folder.checkpoints} holds checkpoints` : `${log} is the log`;
  throw new UsageError(`${stray} of a run whose run.json is gone.`, {
    hint: 'Choose another --out, or replace them with --force.',
  });
}

/** What a file asks for: of one that was completed by defaults, what these do not bring again. */
function askedOfFile({ values, completed }: ConfigFile, family: Family): RawValues {
  if (!completed) return values;
  return fewestOfRun(values, families.find(({ name }) => name === values.model) ?? family);
}

/** The fewest values of a run's configuration that stand for all of it. */
function fewestOfRun(stored: RawValues, family: Family): RawValues {
  const config = withEarlierValues(family.options, stored);
  const isDefault = (name: string, value: unknown) =>
    name in trainOptions
      ? value === (trainOptions as Options)[name]?.default
      : family.options[name]?.follows === 'length' && isLengthOf(config, value);
  const given = Object.entries(config).filter(([name, value]) => !isDefault(name, value));
  const { epochs, ...rest } = fewestAsked(family, Object.fromEntries(given));
  return epochs === undefined || epochs === family.defaultEpochs ? rest : { ...rest, epochs };
}

/** Whether a number is that of a run's steps, or, of epochs whose steps are not known, could be. */
function isLengthOf({ epochs, steps }: RawValues, value: unknown): boolean {
  return steps === undefined ? Number.isInteger((value as number) / (epochs as number)) : value === steps;
}

/** What run.json is to say that was asked for, in all calls of the run. */
function askedOfRun(
  options: Options,
  flags: RawValues,
  checked: CheckedValues,
  record: RunRecord | undefined,
  family: Family,
): RawValues {
  const isOfRun = (name: string) => !['call', 'flag'].includes(options[name]?.role ?? '');
  const now = Object.entries(checked).filter(
    ([name]) => isOfRun(name) && (!record || flags[name] !== undefined),
  );
  const before = record && (record.asked ?? fewestOfRun(record.config, family));
  const { epochs, steps, ...asked } = { ...before, ...Object.fromEntries(now) } as RawValues;
  return { ...asked, ...definedOnly(chooseLength(flags, {}, { epochs, steps } as CheckedValues)) };
}

function definedOnly(values: RawValues): RawValues {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

/** Folders are remembered by their whole paths, so that the run can be resumed from anywhere. */
function withWholePaths(checked: CheckedValues): CheckedValues {
  const { data, init } = checked as { readonly data?: string; readonly init?: string };
  return {
    ...checked,
    ...(data !== undefined && { data: wholeName(data) }),
    ...(init !== undefined && { init: resolve(init) }),
  };
}

function checkSameModel({ model }: RawValues, { config }: RunRecord, { path }: RunFolder): void {
  if (model === undefined || model === config.model) return;
  throw new UsageError(`The run in ${path} has --model ${config.model}; --resume cannot make it ${model}.`, {
    hint: 'Leave the flag out, or start another run with another --out.',
  });
}

/** A flag that would make it another run is refused: the run would no longer equal an unbroken one. */
function checkUnchanged(
  options: Options,
  flags: RawValues,
  checked: CheckedValues,
  stored: RawValues,
  { path }: RunFolder,
): void {
  for (const [name, value] of Object.entries(checked)) {
    if (flags[name] === undefined || options[name]?.role !== 'identity' || value === stored[name]) continue;
    const flag = flagName(name);
    const message = `The run in ${path} has ${flag} ${stored[name] ?? 'unset'}; --resume cannot make it ${flags[name]}.`;
    const other =
      name in trainOptions
        ? 'start another run with another --out'
        : `start another run from its weights, where they fit it: --init ${shellWord(path)} ${flag} ${flags[name]} --out OTHER`;
    throw new UsageError(message, { hint: `Leave the flag out, or ${other}.` });
  }
}

/** --epochs or --steps, whichever was said last: a flag outranks the file's other one. */
function chooseLength(
  flags: RawValues,
  file: RawValues,
  { epochs, steps }: CheckedValues,
): Pick<TrainValues, 'epochs' | 'steps'> {
  const both = (values: RawValues) => values.epochs !== undefined && values.steps !== undefined;
  if (both(flags)) {
    throw new UsageError('--epochs and --steps both say how long to train.', { hint: 'Give one of them.' });
  }
  const isFlag = flags.epochs !== undefined || flags.steps !== undefined;
  if (!isFlag && both(file)) {
    throw new UsageError('"epochs" and "steps" in the configuration both say how long to train.', {
      hint: 'Keep one of them.',
    });
  }
  const bySteps = isFlag ? flags.steps !== undefined : steps !== undefined;
  return {
    epochs: bySteps ? undefined : (epochs as number | undefined),
    steps: bySteps ? (steps as number | undefined) : undefined,
  };
}
