// `aigc train`: reads the command line, the configuration file and the run folder, and starts or resumes a run.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { flagName } from '../config/option';
import {
  checkNames,
  idleFlags,
  type RawValues,
  readConfigFile,
  resolveOptions,
  withEarlierValues,
} from '../config/resolve';
import { environmentValues } from '../config/shared-options';
import { type CallValues, callOptions, defaultOut, trainOptions } from '../config/train-options';
import { defaultDataFolder, namedSets } from '../dataset';
import { classesOf, classList } from '../dataset/classes';
import type { DataSet } from '../dataset/image-set';
import { loadDataSet, resolveDefaultDataSet } from '../dataset/load';
import { oddityWarning } from '../dataset/oddity';
import { DataError, didYouMean, UsageError } from '../errors';
import { families, familyNames, familyOptions, findFamily } from '../models';
import type { Family } from '../models/family';
import { type Output, openOutput } from '../output';
import { listCheckpoints } from '../run/checkpoint';
import { type RunFolder, type RunRecord, readRun, runFolder } from '../run/run-folder';
import { startTraining, type TrainingRequest } from '../training/session';
import { addOutputFlags, type CommandModule } from './command';
import { openDownloadDisplay } from './download-display';
import { addOptionFlags, peekFlag } from './options';

const defaultModel = 'gan';

/** What a resumed run may change: how long it goes on, where its data is, and what it writes on the way. */
const changeable: readonly string[] = [
  'data',
  'epochs',
  'steps',
  'sampleEveryEpochs',
  'grid',
  'logEverySteps',
  'checkpointEveryMinutes',
  'keep',
  'keepBest',
  'patience',
  'rollbacks',
  'onCollapse',
  'watchEveryEpochs',
];

export const train: CommandModule = {
  configure(command, context) {
    const file = readGivenFile(context.argv);
    const family = findFamily(peekFlag(context.argv, '--model') ?? modelOf(file) ?? defaultModel);
    addFlags(command, family, peekFlag(context.argv, '--model') === undefined);
    checkForeignFlags(context.argv, family);
    command.action(async (flags: RawValues) => {
      const output = openOutput(context, flags);
      const asked = await readRequest(flags, file ?? {}, family);
      // Of flags alone: a configuration file may hold more than it uses, as each run.json does.
      for (const line of idleFlags(family.options, flags, asked.options)) output.warn(line);
      const data = await loadData(asked.values.data, output);
      for (const line of dataWarnings(data, family)) output.warn(line);
      await startTraining({ ...asked, data, output });
    });
  },
};

function addFlags(command: Command, family: Family, isDefault: boolean): void {
  command.option(
    `--model <${familyNames.join('|')}>`,
    `what to train, see \`aigc models\` (default: ${defaultModel})`,
  );
  const epochs = {
    ...trainOptions.epochs,
    description: `passes over the training images (default: ${family.defaultEpochs} for ${family.name})`,
  };
  addOptionFlags(command, { ...trainOptions, epochs, ...callOptions });
  command.option('--config <FILE>', 'options from a JSON file or a run.json; flags outrank it');
  addOutputFlags(command);
  const heading = `Options of ${family.name}${isDefault ? ' (--model NAME --help shows those of another)' : ''}:`;
  addOptionFlags(command, family.options, heading);
  command.addHelpText(
    'after',
    `\nExample:\n  $ aigc train --model ${family.name} --epochs 10 --out ${family.name}`,
  );
}

/** @throws UsageError for a flag that other families have, and this one has not */
function checkForeignFlags(argv: readonly string[], family: Family): void {
  const own = { ...trainOptions, ...callOptions, ...family.options };
  for (const [word = ''] of argv.map((one) => one.split('='))) {
    const having = families.filter(({ options }) =>
      Object.keys(options).some((name) => flagName(name) === word),
    );
    if (having.length === 0 || Object.keys(own).some((name) => flagName(name) === word)) continue;
    throw new UsageError(
      `${word} is an option of ${having.map(({ name }) => name).join(', ')}, not of ${family.name}.`,
      { hint: `See \`aigc train --model ${family.name} --help\`.` },
    );
  }
}

/** The configuration that decides which family's flags there are: --config, or with --resume the run's own. */
function readGivenFile(argv: readonly string[]): RawValues | undefined {
  const path = peekFlag(argv, '--config');
  if (path !== undefined && argv.includes('--resume')) {
    throw new UsageError('--resume goes on with the configuration of the run: it takes no --config.', {
      hint: 'Give what is to change as flags.',
    });
  }
  if (path !== undefined) return readConfigFile(path);
  if (!argv.includes('--resume')) return undefined;
  const { run } = runFolder(peekFlag(argv, '--out') ?? defaultOut);
  try {
    return readConfigFile(run);
  } catch {
    return undefined; // `readRequest` says what is wrong with the run.
  }
}

/** @throws UsageError when it is no name */
function modelOf(file: RawValues | undefined): string | undefined {
  if (file?.model === undefined || typeof file.model === 'string') return file?.model;
  throw new UsageError(`"model" in the configuration must be a name, got ${JSON.stringify(file.model)}.`, {
    hint: didYouMean(String(file.model), familyNames),
  });
}

/** What was asked for, or the default: then a line that cannot be missed says which that is. */
async function loadData(asked: string | undefined, output: Output): Promise<DataSet> {
  const display = openDownloadDisplay(output);
  const options = { dataFolder: defaultDataFolder, onProgress: display.onProgress };
  try {
    if (asked !== undefined) return await loadDataSet(asked, options);
    const { dataSet, fallback, reason } = await resolveDefaultDataSet(options);
    if (fallback) output.warn(reason);
    else output.progress(`Data: ${reason}`);
    return dataSet;
  } finally {
    display.stop();
  }
}

/** What of the data is seldom meant. */
function dataWarnings(data: DataSet, { conditional }: Family): string[] {
  const odd = oddityWarning(data.name, data.train);
  const classes = classesOf(data);
  const { absent } = classes;
  return [
    ...(odd ? [odd] : []),
    ...(conditional && absent.length > 0
      ? [`${data.name} has no training image of ${classList(absent, classes)}: not drawn.`]
      : []),
  ];
}

type Asked = Omit<TrainingRequest, 'data' | 'output'>;

async function readRequest(flags: RawValues, file: RawValues, family: Family): Promise<Asked> {
  const call = resolveCall(flags, file);
  const folder = runFolder(call.out);
  const record = await readRun(folder).catch((error) => {
    if (call.force) return undefined; // What is damaged is to be replaced.
    throw error;
  });
  checkFolder(call, record, folder.path);
  if (!record) await checkStrays(call, folder);
  const base = call.resume && record ? record.config : file;
  const known = [...Object.keys({ ...trainOptions, ...callOptions, ...family.options }), 'model'];
  if (call.resume && record) checkUnchanged({ model: flags.model }, record, folder.path);
  checkNames(base, known, call.resume ? folder.run : 'The configuration');
  if (call.resume && record) checkUnchanged(flags, record, folder.path);
  const values = resolveOptions(trainOptions, flags, base);
  const lengths = chooseLength(flags, base, values);
  return {
    family,
    options: familyOptions(
      family,
      flags,
      record && call.resume ? withEarlierValues(family.options, base) : base,
    ),
    values: {
      ...values,
      data: wholePath(values.data),
      init: values.init && resolve(values.init),
      ...lengths,
    },
    call,
    folder,
    record: call.resume ? record : undefined,
    seen: record,
  };
}

/** A folder is remembered by its whole path, so that the run can be resumed from anywhere. */
function wholePath(data: string | undefined): string | undefined {
  const isFolder = data !== undefined && existsSync(data) && !namedSets.some((set) => set.name === data);
  return isFolder ? resolve(data) : data;
}

function resolveCall(flags: RawValues, file: RawValues): CallValues {
  const call = resolveOptions(callOptions, flags, { ...environmentValues(), ...file });
  if (call.resume && call.force) {
    throw new UsageError('--resume goes on with a run, and --force replaces it.', {
      hint: 'Give one of them.',
    });
  }
  return call;
}

function checkFolder(call: CallValues, record: RunRecord | undefined, path: string): void {
  if (call.resume && !record) {
    throw new DataError(`There is no run to resume in ${path}.`, {
      hint: 'Leave --resume out to start one, or name the run folder with --out.',
    });
  }
  if (record && !call.resume && !call.force && !call.dryRun) {
    throw new UsageError(`${path} already holds a run (${record.status} at step ${record.step}).`, {
      hint: `Go on with --resume, replace it with --force, or choose another --out.`,
    });
  }
}

/** Checkpoints and a log without a run.json are of some run too, and would mix with the new one's. */
async function checkStrays(call: CallValues, folder: RunFolder): Promise<void> {
  if (call.force || call.dryRun) return;
  const hasCheckpoints = (await listCheckpoints(folder.checkpoints)).length > 0;
  const log = [folder.metrics, folder.evaluations].find((path) => existsSync(path));
  if (!hasCheckpoints && log === undefined) return;
  const stray = hasCheckpoints ? `${folder.checkpoints} holds checkpoints` : `${log} is the log`;
  throw new UsageError(`${stray} of a run whose run.json is gone.`, {
    hint: 'Choose another --out, or replace them with --force.',
  });
}

/** A flag that would make it another run is refused: the run would no longer equal an unbroken one. */
function checkUnchanged(flags: RawValues, record: RunRecord, path: string): void {
  for (const [name, value] of Object.entries(flags)) {
    const stored = record.config[name];
    if (value === undefined) continue;
    if (name in callOptions || changeable.includes(name) || ['json', 'quiet', 'config'].includes(name))
      continue;
    if (String(value) === String(stored) || (typeof stored === 'number' && Number(value) === stored))
      continue;
    throw new UsageError(
      `The run in ${path} has ${flagName(name)} ${stored ?? 'unset'}; --resume cannot make it ${value}.`,
      {
        hint: 'Leave the flag out, or start another run with another --out.',
      },
    );
  }
}

/** --epochs or --steps, whichever was said last: a flag outranks the file's other one. */
function chooseLength(
  flags: RawValues,
  file: RawValues,
  values: { epochs: number | undefined; steps: number | undefined },
) {
  if (flags.epochs !== undefined && flags.steps !== undefined) {
    throw new UsageError('--epochs and --steps both say how long to train.', { hint: 'Give one of them.' });
  }
  if (
    flags.epochs === undefined &&
    flags.steps === undefined &&
    file.epochs !== undefined &&
    file.steps !== undefined
  ) {
    throw new UsageError('"epochs" and "steps" in the configuration both say how long to train.', {
      hint: 'Keep one of them.',
    });
  }
  if (flags.epochs !== undefined) return { epochs: values.epochs, steps: undefined };
  if (flags.steps !== undefined || file.steps !== undefined)
    return { epochs: undefined, steps: values.steps };
  return { epochs: values.epochs, steps: undefined };
}
