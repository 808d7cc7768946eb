// `aigc compare`: a table of runs side by side, and a chart of their curves and samples.
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { chartFiles, writeChart } from '../chart/file';
import { drawPage } from '../chart/page';
import { axes, comparisonPage } from '../compare/chart';
import { foreignFigures, unlikeProtocols } from '../compare/protocol';
import { namesOf, type RunSummary, readRunSummary } from '../compare/run-summary';
import { comparisonTable } from '../compare/table';
import { commandLine, lastName } from '../config/command-line';
import { boolean, choice, type Options, type OptionValues, text } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import { provenanceOption } from '../config/shared-options';
import { UsageError } from '../errors';
import type { Provenance } from '../images/provenance';
import { familyNames, findFamily } from '../models';
import { type Output, openOutput } from '../output';
import { version } from '../version';
import { printableLine } from '../words';
import { addOutputFlags, type CommandModule } from './command';
import { addOptionFlags } from './options';

const compareOptions = {
  out: text({
    placeholder: 'FILE',
    description: 'the chart, .svg or .png; a name without an ending writes both',
    default: 'compare',
  }),
  against: choice(axes, { description: 'what the curves run along', default: 'steps' }),
  tableOnly: boolean({ description: 'draw no chart' }),
  provenance: provenanceOption,
} as const;

/** Of a terminal that does not say how wide it is, and of files: characters. */
const defaultWidth = 110;

export const compare: CommandModule = {
  configure(command: Command, context) {
    addOptionFlags(addOutputFlags(command), compareOptions);
    command.argument('<runs...>', 'run folders, which `aigc train` wrote');
    command.addHelpText('after', '\nExample:\n  $ aigc compare runs/vae runs/iwae --out compare.png');
    command.action(async (folders: readonly string[], flags: RawValues) => {
      const output = openOutput(context, flags);
      const values = resolveOptions(compareOptions, flags, {});
      const files = values.tableOnly ? [] : chartFiles(values.out);
      const names = namesOf(checkedFolders(folders));
      const runs = await Promise.all(folders.map(readRunSummary));
      warnings(runs, names, output);
      if (output.json)
        for (const [i, run] of runs.entries()) output.result(eventOf(run, names[i] as string), '');
      else
        context.stdout(
          comparisonTable(runs, names.map(printableLine), process.stdout.columns ?? defaultWidth),
        );
      if (files.length > 0) await drawChart(runs, names, values, files, output);
    });
  },
};

/** @throws UsageError when one is named twice */
function checkedFolders(folders: readonly string[]): readonly string[] {
  const whole = folders.map((folder) => resolve(folder));
  const twice = folders.find((_, i) => whole.indexOf(whole[i] as string) < i);
  if (twice === undefined) return folders;
  throw new UsageError(`${twice} is named twice.`, { hint: 'Name each run once.' });
}

async function drawChart(
  runs: readonly RunSummary[],
  names: readonly string[],
  { against, provenance }: OptionValues<typeof compareOptions>,
  files: readonly string[],
  output: Output,
): Promise<void> {
  const page = await comparisonPage(runs, names, against);
  if (page.panels.length === 0 && page.pictures?.length === 0) {
    output.warn('None of the runs has logged anything yet: no chart is drawn.');
    return;
  }
  const isMarked = provenance && (page.pictures ?? []).length > 0;
  await writeChart(drawPage(page), files, isMarked ? provenanceOf(runs, against) : undefined);
  output.result({ event: 'chart', files }, ['', `The chart: ${files.join(', ')}`]);
}

/** The chart shows what the runs have drawn. */
function provenanceOf(runs: readonly RunSummary[], against: string): Provenance {
  const names = runs.map(({ folder }) => lastName(folder.path));
  const command = commandLine(['aigc', 'compare', ...names], compareOptions, { against });
  return { source: 'compositeSynthetic', version, command };
}

/** What keeps figures from being compared, or from being all there is. */
function warnings(runs: readonly RunSummary[], names: readonly string[], output: Output): void {
  for (const [i, { damagedLines }] of runs.entries()) {
    if (damagedLines > 0)
      output.warn(
        `${names[i]}: ${damagedLines === 1 ? '1 damaged line of its logs is' : `${damagedLines} damaged lines of its logs are`} left out.`,
      );
  }
  if (new Set(runs.map(({ record }) => record.dataset.fingerprint)).size > 1)
    output.warn('The runs are not of the same data: their figures do not compare.');
  for (const line of [...foreignFigures(runs, names), ...unlikeProtocols(runs, names)]) output.warn(line);
  const notes = runs.map(noteOf);
  const meanings = [...new Set(notes)].filter((note) => note !== undefined);
  if (meanings.length < 2) return;
  const each = meanings.map((note) => `${names.filter((_, i) => notes[i] === note).join(', ')}: ${note}.`);
  output.warn(`The runs' nats do not compare. ${each.join(' ')}`);
}

/** What a run's nats mean, as its family says. */
function noteOf({ family, record }: RunSummary): string | undefined {
  if (!familyNames.includes(family)) return undefined;
  return findFamily(family).figuresNote?.(record.config as OptionValues<Options>);
}

function eventOf(run: RunSummary, name: string): Readonly<Record<string, unknown>> {
  const { folder, record, family, status, step, epoch, minutes, imagesPerSecond } = run;
  const { losses, heldOut, evaluations, grid, damagedLines } = run;
  const evaluated = evaluations.map(({ event: _event, figure, ...rest }) => [figure, rest] as const);
  return {
    event: 'run',
    run: folder.path,
    name,
    family,
    dataset: record.dataset.name,
    status,
    step,
    epoch,
    minutes,
    imagesPerSecond,
    losses,
    heldOut,
    evaluated: Object.fromEntries(evaluated),
    grid,
    damagedLines,
    rollbacks: record.rollbacks ?? [],
    config: record.config,
  };
}
