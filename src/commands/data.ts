// `aigc data`: list the named sets, get one, make digits, inspect any.
import type { Command } from 'commander';
import { boolean, integer, text } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import { defaultDataFolder, type NamedSet, namedSets, setFolder } from '../dataset';
import { findSplits } from '../dataset/folder';
import { downloadSet, findStored, isComplete, verifyStored } from '../dataset/get';
import { writeSplit } from '../dataset/idx-writer';
import type { ImageSet } from '../dataset/image-set';
import { DataError, didYouMean, UsageError } from '../errors';
import { addOutputFlags, type CommandContext, type CommandModule, type Output, openOutput } from './command';
import { inspectData } from './data-inspect';
import { openDownloadDisplay } from './download-progress';
import { addOptionFlags } from './options';

const getOptions = {
  force: boolean({ description: 'download again what is there' }),
} as const;

const inspectOptions = {
  out: text({ placeholder: 'FILE', description: 'the contact sheet (default: NAME-sheet.png)' }),
} as const;

const makeOptions = {
  count: integer({ description: 'training images', default: 10_000, min: 1, max: 1_000_000 }),
  testCount: integer({ description: 'test images, other ones', default: 0, min: 0, max: 1_000_000 }),
  seed: integer({
    description: 'where all randomness comes from',
    default: 1,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  }),
  out: text({ placeholder: 'DIR', description: 'the folder to write to', default: './my-digits' }),
  force: boolean({ description: 'replace the set in --out' }),
} as const;

export const data: CommandModule = {
  configure(command, context) {
    const add = (usage: string, summary: string, example: string) =>
      addOutputFlags(command.command(usage).description(summary)).addHelpText(
        'after',
        `\nExample:\n  $ aigc data ${example}`,
      );
    add('list', 'the named sets, and where they are', 'list').action((flags: RawValues) =>
      list(openOutput(context, flags)),
    );
    const get = add('get <NAME>', 'download a named set, resuming where it was cut', 'get fashion-mnist');
    addOptionFlags(get, getOptions);
    get.action((name: string, flags: RawValues) => getSet(name, flags, context));
    const inspect = add(
      'inspect <PATH>',
      'look at a named set, a folder or an IDX file',
      'inspect digits --out sheet.png',
    );
    addOptionFlags(inspect, inspectOptions);
    inspect.action((path: string, flags: RawValues) => inspectSet(path, flags, context));
    const make = add(
      'make <KIND>',
      'draw a data set: digits',
      'make digits --count 1000 --seed 7 --out my-digits',
    );
    addOptionFlags(make, makeOptions);
    make.action((kind: string, flags: RawValues) => makeSet(kind, flags, openOutput(context, flags)));
    command.addHelpText('after', '\nExample:\n  $ aigc data get mnist');
    refuseOthers(command);
  },
};

/** Commander would say "too many arguments" to a mistyped word. */
function refuseOthers(command: Command): void {
  const names = command.commands.map((below) => below.name());
  command
    .usage('COMMAND')
    .argument('[WORD]')
    .action((word: string | undefined) => {
      if (word === undefined) command.help();
      throw new UsageError(`"${word}" is not a command of aigc data.`, {
        hint: didYouMean(word ?? '', names),
      });
    });
}

async function list(output: Output): Promise<void> {
  const rows: string[][] = [['NAME', 'TRAINING', 'TEST', 'SHAPE', 'WHERE', '']];
  const events: Record<string, unknown>[] = [];
  for (const set of namedSets) {
    const { name, summary, trainCount, testCount, height, width, channels } = set;
    const state = await stateOf(set);
    const folder = setFolder(set, defaultDataFolder);
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
    output.result(event, i === 0 ? `${lines[0]}\n${lines[1]}` : `${lines[i + 1]}`);
}

async function stateOf(set: NamedSet): Promise<'built in' | 'on disk' | 'in part' | 'not downloaded'> {
  if (set.builtIn) return 'built in';
  const stored = await findStored(set, defaultDataFolder);
  if (isComplete(stored)) return 'on disk';
  return Object.keys(stored).length > 0 ? 'in part' : 'not downloaded';
}

/** Downloads what is missing and what is bad; what is there and right is left alone. */
async function getSet(name: string, flags: RawValues, context: CommandContext): Promise<void> {
  const output = openOutput(context, flags);
  const { force } = resolveOptions(getOptions, flags, {});
  const set = namedSets.find((candidate) => candidate.name === name);
  if (set === undefined) {
    const names = namedSets.map((candidate) => candidate.name);
    throw new UsageError(`There is no data set called "${name}".`, { hint: didYouMean(name, names) });
  }
  const folder = setFolder(set, defaultDataFolder);
  if (set.builtIn) {
    return output.result(
      { event: 'data-set', name, folder, downloaded: [] },
      `${name} is built in: nothing to download.`,
    );
  }
  const problems = force ? [] : await verifyStored(set, await findStored(set, defaultDataFolder));
  for (const problem of problems) output.warn(`${problem}: downloading it again.`);
  const display = openDownloadDisplay(context, output);
  const options = {
    dataFolder: defaultDataFolder,
    again: force || problems.length > 0,
    onProgress: display.onProgress,
  };
  const downloaded = await downloadSet(set, options).finally(display.stop);
  const words =
    downloaded.length === 0 ? 'was there already, and is right' : `downloaded ${downloaded.length} files`;
  output.result({ event: 'data-set', name, folder, downloaded }, `${name} is in ${folder}: ${words}.`);
}

async function inspectSet(path: string, flags: RawValues, context: CommandContext): Promise<void> {
  const output = openOutput(context, flags);
  const { out } = resolveOptions(inspectOptions, flags, {});
  const display = openDownloadDisplay(context, output);
  const options = { dataFolder: defaultDataFolder, onProgress: display.onProgress };
  await inspectData(path, out, options, output).finally(display.stop);
}

async function makeSet(kind: string, flags: RawValues, output: Output): Promise<void> {
  if (kind !== 'digits') {
    throw new UsageError(`aigc data make cannot draw "${kind}".`, { hint: didYouMean(kind, ['digits']) });
  }
  const { count, testCount, seed, out, force } = resolveOptions(makeOptions, flags, {});
  if (!force && (await holdsImages(out))) {
    throw new UsageError(`${out} already holds a data set.`, {
      hint: 'Replace it with --force, or choose another --out.',
    });
  }
  const { drawDigits } = await import('../dataset/digits/digits');
  output.progress(`Drawing ${grouped(count + testCount)} digits`);
  const all = drawDigits(count + testCount, seed);
  const files = await writeSplit(out, 'train', slice(all, 0, count));
  if (testCount > 0) files.push(...(await writeSplit(out, 't10k', slice(all, count, count + testCount))));
  output.result(
    { event: 'data-set', name: out, seed, trainCount: count, testCount, files },
    `Wrote ${files.join(', ')}`,
  );
}

async function holdsImages(folder: string): Promise<boolean> {
  return findSplits(folder).then(
    () => true,
    (error: unknown) => {
      if (error instanceof DataError) return false;
      throw error;
    },
  );
}

function slice(set: ImageSet, from: number, to: number): ImageSet {
  const size = set.height * set.width * set.channels;
  const labels = set.labels?.subarray(from, to);
  return { ...set, count: to - from, pixels: set.pixels.subarray(from * size, to * size), labels };
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

const grouped = (value: number) => value.toLocaleString('en-US');
