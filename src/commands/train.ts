// `aigc train`: reads the command line, the configuration file and the run folder, and starts or resumes a run.
import type { Command } from 'commander';
import { type ConfigFile, readConfigFile } from '../config/file';
import { flagName } from '../config/option';
import { readingOptions } from '../config/reading-options';
import type { RawValues } from '../config/resolve';
import { callOptions, defaultModel, defaultOut, trainOptions } from '../config/train-options';
import { didYouMean, UsageError } from '../errors';
import { familyOf } from '../library/family-file';
import { configOf, trainAsAsked } from '../library/train';
import { families, familyNames, findFamily } from '../models';
import type { Family } from '../models/family';
import { openOutput } from '../output';
import { addOutputFlags, type CommandModule } from './command';
import { openDownloadDisplay } from './download-display';
import { addOptionFlags, peekFlag } from './options';
import { addReadingFlags, foldReading } from './reading';

export const train: CommandModule = {
  async configure(command, context) {
    const file = readGivenFile(context.argv);
    const model = peekFlag(context.argv, '--model');
    const family =
      model === undefined ? findFamily(modelOf(file?.values) ?? defaultModel) : await familyOf(model);
    addFlags(command, family, model === undefined);
    checkForeignFlags(context.argv, family);
    command.action(async (given: RawValues) => {
      const output = openOutput(context, given);
      const flags = foldReading(given, ['data']);
      const named = flags.model === undefined ? flags : { ...flags, model: family.name };
      await trainAsAsked({ flags: named, file, family, output, download: openDownloadDisplay(output) });
    });
  },
};

function addFlags(command: Command, family: Family, isDefault: boolean): void {
  command.option(
    `--model <${familyNames.join('|')}|FILE.js>`,
    `what to train, see \`aigc models\` (default: ${defaultModel})`,
  );
  const epochs = {
    ...trainOptions.epochs,
    description: `passes over the training images (default: ${family.defaultEpochs} for ${family.name})`,
  };
  const names = family.recipes?.map(({ name }) => name).join(', ') ?? `none of ${family.name}`;
  const recipe = { ...trainOptions.recipe, description: `${trainOptions.recipe.description} (${names})` };
  addOptionFlags(command, { ...trainOptions, recipe, epochs, ...callOptions });
  addReadingFlags(command);
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
  const own = { ...trainOptions, ...callOptions, ...readingOptions, ...family.options };
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
  return argv.includes('--resume') ? configOf(peekFlag(argv, '--out') ?? defaultOut) : undefined;
}

/** @throws UsageError when it is no name */
function modelOf(file: RawValues | undefined): string | undefined {
  if (file?.model === undefined || typeof file.model === 'string') return file?.model;
  throw new UsageError(`"model" in the configuration must be a name, got ${JSON.stringify(file.model)}.`, {
    hint: didYouMean(String(file.model), familyNames),
  });
}
