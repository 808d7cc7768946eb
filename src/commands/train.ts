// `aigc train`: reads the command line, the configuration file and the run folder, and starts or resumes a run.
import type { Command } from 'commander';
import { type ConfigFile, readConfigFile } from '../config/file';
import { flagName } from '../config/option';
import type { RawValues } from '../config/resolve';
import { callOptions, defaultOut, trainOptions } from '../config/train-options';
import { defaultDataFolder } from '../dataset';
import { classesOf, classList } from '../dataset/classes';
import type { DataSet } from '../dataset/image-set';
import { resolveDefaultDataSet } from '../dataset/load';
import { oddityWarning } from '../dataset/oddity';
import { didYouMean, UsageError } from '../errors';
import { families, familyNames, findFamily } from '../models';
import type { Family } from '../models/family';
import { type Output, openOutput } from '../output';
import { runFolder } from '../run/run-folder';
import { readRequest } from '../training/request';
import { startTraining } from '../training/session';
import { addOutputFlags, type CommandModule } from './command';
import { loadNamedData } from './data-input';
import { openDownloadDisplay } from './download-display';
import { addOptionFlags, peekFlag } from './options';

const defaultModel = 'gan';

export const train: CommandModule = {
  configure(command, context) {
    const file = readGivenFile(context.argv);
    const family = findFamily(peekFlag(context.argv, '--model') ?? modelOf(file?.values) ?? defaultModel);
    addFlags(command, family, peekFlag(context.argv, '--model') === undefined);
    checkForeignFlags(context.argv, family);
    command.action(async (flags: RawValues) => {
      const output = openOutput(context, flags);
      const { idle, ...request } = await readRequest(flags, file, family);
      for (const line of idle) output.warn(line);
      const remembered = request.record !== undefined && flags.data === undefined;
      const data = await loadData(request.values.data, remembered, output);
      for (const line of dataWarnings(data, family)) output.warn(line);
      await startTraining({ ...request, data, output });
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
function readGivenFile(argv: readonly string[]): ConfigFile | undefined {
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

/** What was asked for, or the default: then a line that cannot be missed says which that is.
 *  @param remembered whether a run asked for it that goes on, and not a flag */
async function loadData(asked: string | undefined, remembered: boolean, output: Output): Promise<DataSet> {
  if (asked !== undefined) return loadNamedData(asked, output, remembered ? '--data' : undefined);
  const display = openDownloadDisplay(output);
  const options = { dataFolder: defaultDataFolder, onProgress: display.onProgress };
  const { dataSet, fallback, reason } = await resolveDefaultDataSet(options).finally(display.stop);
  if (fallback) output.warn(reason);
  else output.progress(`Data: ${reason}`);
  return dataSet;
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
