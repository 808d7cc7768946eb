// `aigc data`: the commands that are about data sets.
import type { Command } from 'commander';
import { boolean, text } from '../../config/option';
import { type RawValues, resolveOptions } from '../../config/resolve';
import { namedSets, setFolder } from '../../dataset';
import {
  allFiles,
  checkable,
  downloadSet,
  findStored,
  isComplete,
  newSums,
  verifyStored,
} from '../../dataset/get';
import type { NamedSet } from '../../dataset/named-set';
import { didYouMean, UsageError } from '../../errors';
import { type Output, openOutput } from '../../output';
import { counted, grouped } from '../../words';
import { addSubcommand, type CommandContext, type CommandModule, refuseOthers } from '../command';
import { openDownloadDisplay } from '../download-display';
import { addOptionFlags } from '../options';
import { addReadingFlags, foldReading } from '../reading';
import { convertData, convertOptions } from './convert';
import { inspectData } from './inspect';
import { commonMakeOptions, digitsOptions, makeSet, picturesOptions, stackedOptions } from './make';
import { splitData, splitOptions } from './split';
import { showStatistics } from './stats';
import { drawSubset, subsetOptions } from './subset';

const getOptions = {
  force: boolean({ description: 'download again what is there' }),
} as const;

const inspectOptions = {
  out: text({ placeholder: 'FILE', description: 'the contact sheet (default: NAME-sheet.png)' }),
} as const;

export const data: CommandModule = {
  configure(command, context) {
    const add = (usage: string, summary: string, example: string) =>
      addSubcommand(command, usage, summary, example);
    add('list', 'the named sets, and where they are', 'list').action((flags: RawValues) =>
      list(openOutput(context, flags)),
    );
    const get = add('get [NAME]', 'download a named set, resuming where it was cut', 'get fashion-mnist');
    get.usage('[options] <NAME>'); // findNamed misses it with a better hint than commander.
    addOptionFlags(get, getOptions);
    get.action((name: string | undefined, flags: RawValues) => getSet(name, flags, context));
    const inspect = add(
      'inspect <PATH>',
      'look at a named set, or at a file or a folder of images; of what was drawn, how',
      'inspect digits --out sheet.png',
    );
    addOptionFlags(inspect, inspectOptions);
    readsPath(inspect, (path, flags) =>
      inspectData(path, resolveOptions(inspectOptions, flags, {}).out, openOutput(context, flags)),
    );
    const make = add(
      'make [KIND]',
      'make a data set: of your pictures with --from, or drawn with the KIND "digits" or "stacked-mnist"',
      'make --from my-photos --size 32 --out photos\n  $ aigc data make digits --count 1000 --seed 7 --out my-digits',
    );
    addOptionFlags(make, commonMakeOptions);
    addOptionFlags(make, picturesOptions, 'Pictures:');
    addOptionFlags(make, digitsOptions, 'digits and stacked-mnist:');
    addOptionFlags(make, stackedOptions, 'stacked-mnist:');
    addReadingFlags(make);
    make.action((kind: string | undefined, flags: RawValues) =>
      makeSet(kind, foldReading(flags, ['from']), openOutput(context, flags)),
    );
    const convert = add(
      'convert <PATH>',
      'write a set of any format as IDX files, a NumPy archive or a folder of PNGs',
      'convert cifar-10-batches-py --out cifar.npz',
    );
    addOptionFlags(convert, convertOptions);
    readsPath(convert, (path, flags) => convertData(path, flags, openOutput(context, flags)));
    const split = add(
      'split <PATH>',
      'put a share of the training images aside as the test split',
      'split photos --test-share 0.2 --out photos-split',
    );
    addOptionFlags(split, splitOptions);
    readsPath(split, (path, flags) => splitData(path, flags, openOutput(context, flags)));
    const stats = add('stats <PATH>', 'a set in numbers: means, classes, images that repeat', 'stats digits');
    readsPath(stats, (path, flags) => showStatistics(path, openOutput(context, flags)));
    const subset = add(
      'subset <SET>',
      'draw some of the training images of a set',
      'subset mnist --per-class 100 --out mnist-1000',
    );
    addOptionFlags(subset, subsetOptions);
    readsPath(subset, (set, flags) => drawSubset(set, flags, openOutput(context, flags)));
    command.addHelpText('after', '\nExample:\n  $ aigc data get mnist');
    refuseOthers(
      command,
      command.commands.map((below) => below.name()),
    );
  },
};

/** Of a command whose argument is a set: with the flags that say how it is read. */
function readsPath(command: Command, act: (path: string, flags: RawValues) => Promise<void>): void {
  addReadingFlags(command);
  command.action((given: string, flags: RawValues) => {
    const { path, ...others } = foldReading({ ...flags, path: given }, ['path']);
    return act(String(path), others);
  });
}

async function list(output: Output): Promise<void> {
  const rows: string[][] = [['NAME', 'TRAINING', 'TEST', 'SHAPE', 'WHERE', '']];
  const events: Record<string, unknown>[] = [];
  for (const set of namedSets) {
    const { name, summary, trainCount, testCount, height, width, channels } = set;
    const state = await stateOf(set);
    const folder = setFolder(set);
    const where = { 'on disk': folder, 'in part': `${folder}, in part` }[state as string] ?? state;
    rows.push([name, grouped(trainCount), grouped(testCount), `${height}×${width}`, where, summary]);
    events.push({
      event: 'data-set',
      name,
      summary,
      trainCount,
      testCount,
      height,
      width,
      channels,
      state,
      folder,
    });
  }
  const lines = toTable(rows);
  for (const [i, event] of events.entries())
    output.result(event, i === 0 ? lines.slice(0, 2) : `${lines[i + 1]}`);
}

async function stateOf(set: NamedSet): Promise<'built in' | 'on disk' | 'in part' | 'not downloaded'> {
  if (set.builtIn) return 'built in';
  const stored = await findStored(set);
  if (isComplete(stored)) return 'on disk';
  return Object.keys(stored).length > 0 ? 'in part' : 'not downloaded';
}

/** Downloads what is missing and what is bad; what is there and right is left alone. */
async function getSet(given: string | undefined, flags: RawValues, context: CommandContext): Promise<void> {
  const output = openOutput(context, flags);
  const { force } = resolveOptions(getOptions, flags, {});
  const set = findNamed(given);
  const { name } = set;
  const folder = setFolder(set);
  if (set.builtIn) {
    return output.result(
      { event: 'data-set', name, folder, downloaded: [] },
      `${name} is built in: nothing to download.`,
    );
  }
  const problems = force ? [] : await verifyStored(set, await findStored(set));
  for (const { message } of problems) output.warn(`${message}; downloading it again.`);
  const display = openDownloadDisplay(output);
  const options = {
    again: force ? allFiles : problems.map(({ file }) => file),
    onProgress: display.onProgress,
  };
  const downloaded = await downloadSet(set, options).finally(display.stop);
  const isChecked = checkable(set, await findStored(set)).length === allFiles.length;
  const there = `was there already${isChecked ? ', and is right' : '; what of it has no checksum was not looked at'}`;
  const words = downloaded.length === 0 ? there : `downloaded ${counted(downloaded.length, 'file')}`;
  output.result({ event: 'data-set', name, folder, downloaded }, [
    `${name} is in ${folder}: ${words}.`,
    ...newSums(set, folder, downloaded),
  ]);
}

function findNamed(name: string | undefined): NamedSet {
  const names = namedSets.map((set) => set.name);
  if (name === undefined) {
    throw new UsageError('aigc data get needs the NAME of a data set.', {
      hint: `There is: ${names.join(', ')}.`,
    });
  }
  const set = namedSets.find((candidate) => candidate.name === name);
  if (set) return set;
  throw new UsageError(`There is no data set called "${name}".`, { hint: didYouMean(name, names) });
}

function toTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
