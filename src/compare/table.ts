// Runs side by side as text: a column a run, a row a figure, in blocks that fit the terminal.
import { flagName, type Options } from '../config/option';
import { trainOptions } from '../config/train-options';
import { ownValue } from '../json';
import { families } from '../models';
import { fineFigure, grouped, printableLine } from '../words';
import { figureSpec } from './figures';
import type { RunSummary } from './run-summary';

/** One row: its name, and a cell for each run; undefined where the run has no such thing. */
interface Row {
  readonly name: string;
  readonly cells: readonly (string | undefined)[];
}

interface Section {
  readonly title: string | undefined;
  readonly rows: readonly Row[];
}

const none = '–';
const between = 2;

/** What has rows of its own. */
const shownApart: readonly string[] = ['model', 'data', 'epochs', 'steps'];

/** Whether an option tells what runs learned: not what they wrote on the way, or what follows from their lengths.
 *  @param name of an option, maybe one of a newer aigc */
function isCompared(name: string): boolean {
  const known = [trainOptions as Options, ...families.map(({ options }) => options)];
  const declared = known.flatMap((options) => options[name] ?? []);
  const isAside = declared.some(({ role, follows }) => role === 'words' || follows !== undefined);
  return !shownApart.includes(name) && !isAside;
}

/**
 * @param names of the runs, in their order
 * @param width of the terminal, characters; a block holds at least one run
 */
export function comparisonTable(
  runs: readonly RunSummary[],
  names: readonly string[],
  width: number,
): string {
  const sections = sectionsOf(runs).map(printableSection);
  const rows = sections.flatMap((section) => section.rows);
  const labelWidth = Math.max(...rows.map(({ name }) => name.length + 2));
  const widths = runs.map((_, i) =>
    Math.max(names[i]?.length ?? 0, ...rows.map(({ cells }) => (cells[i] ?? none).length)),
  );
  return blocks(widths, width - labelWidth)
    .map((block) => printed(sections, names, block, labelWidth, widths))
    .join('\n\n');
}

/** Names and values come from files that others may have written. */
function printableSection({ title, rows }: Section): Section {
  const cell = (words: string | undefined) => words && printableLine(words);
  return {
    title,
    rows: rows.map(({ name, cells }) => ({ name: printableLine(name), cells: cells.map(cell) })),
  };
}

/** Which runs stand in which block. */
function blocks(widths: readonly number[], room: number): number[][] {
  const found: number[][] = [[]];
  let used = 0;
  for (const [i, width] of widths.entries()) {
    const block = found[found.length - 1] as number[];
    if (block.length > 0 && used + between + width > room) {
      found.push([i]);
      used = 0;
    } else block.push(i);
    used += between + width;
  }
  return found;
}

function printed(
  sections: readonly Section[],
  names: readonly string[],
  block: readonly number[],
  labelWidth: number,
  widths: readonly number[],
): string {
  const line = (label: string, cells: readonly (string | undefined)[]) =>
    block
      .reduce(
        (text, i) => text + ' '.repeat(between) + (cells[i] ?? none).padStart(widths[i] as number),
        label.padEnd(labelWidth),
      )
      .trimEnd();
  return [
    line('', names),
    ...sections.flatMap(({ title, rows }) => [
      ...(title ? [title] : []),
      ...rows.map(({ name, cells }) => line(title ? `  ${name}` : name, cells)),
    ]),
  ].join('\n');
}

function sectionsOf(runs: readonly RunSummary[]): Section[] {
  const sections: Section[] = [
    { title: undefined, rows: basicRows(runs) },
    { title: 'options that differ', rows: differingOptions(runs) },
    { title: 'training, last epoch', rows: figureRows(runs, ({ losses }) => losses) },
    { title: 'test split, last epoch', rows: figureRows(runs, ({ heldOut }) => heldOut) },
    { title: 'evaluated', rows: evaluationRows(runs) },
  ];
  return sections.filter(({ rows }) => rows.length > 0);
}

function basicRows(runs: readonly RunSummary[]): Row[] {
  const row = (name: string, cell: (run: RunSummary) => string | undefined): Row => ({
    name,
    cells: runs.map(cell),
  });
  return [
    row('model', ({ family }) => family),
    row('data', ({ record }) => record.dataset.name.split(/[\\/]/).at(-1)),
    row('status', ({ status }) => status),
    row('steps', ({ step }) => grouped(step)),
    ...(runs.some(({ record }) => record.rollbacks?.length) ? [row('roll-backs', rollbackWords)] : []),
    row('epochs', ({ epoch }) => String(epoch)),
    row('minutes', ({ minutes }) => minutes?.toFixed(minutes < 1 ? 2 : 1)),
    row('images/s', ({ imagesPerSecond }) =>
      imagesPerSecond === undefined ? undefined : grouped(Math.round(imagesPerSecond)),
    ),
    row('backend', ({ record }) => record.backend),
  ];
}

/** "2, rate × 0.25": how often, and what is left of the learning rate. */
function rollbackWords({ record }: RunSummary): string {
  const last = record.rollbacks?.at(-1);
  return last ? `${record.rollbacks?.length}, rate × ${last.learningRateScale}` : '0';
}

/** Options whose values differ. Among runs of unlike families one that only some have does not. */
function differingOptions(runs: readonly RunSummary[]): Row[] {
  const names = [...new Set(runs.flatMap(({ record }) => Object.keys(record.config)))];
  const alike = new Set(runs.map(({ family }) => family)).size === 1;
  return names
    .filter(isCompared)
    .map((name) => {
      const values = runs.map(({ record }) => ownValue(record.config, name));
      return {
        name: flagName(name),
        cells: values.map((value) => (value === undefined ? value : String(value))),
      };
    })
    .filter(({ cells }) => new Set(alike ? cells : cells.filter((cell) => cell !== undefined)).size > 1);
}

function figureRows(
  runs: readonly RunSummary[],
  figures: (run: RunSummary) => Readonly<Record<string, number>>,
): Row[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(figures(run))))];
  return names.map((name) => ({
    name: withUnit(name),
    cells: runs.map((run) => {
      const value = ownValue(figures(run), name);
      return value === undefined ? undefined : fineFigure(value);
    }),
  }));
}

/** A figure of an earlier step than the run's last says so. */
function evaluationRows(runs: readonly RunSummary[]): Row[] {
  const names = [...new Set(runs.flatMap(({ evaluations }) => evaluations.map(({ figure }) => figure)))];
  return names.map((name) => ({
    name: withUnit(name),
    cells: runs.map(({ evaluations, step: last }) => {
      const found = evaluations.find(({ figure }) => figure === name);
      if (!found) return undefined;
      const { mean, standardError, step } = found;
      const spread = standardError === undefined ? '' : ` ± ${fineFigure(standardError)}`;
      return fineFigure(mean) + spread + (step === undefined || step === last ? '' : ` @${grouped(step)}`);
    }),
  }));
}

function withUnit(name: string): string {
  const { label, unit } = figureSpec(name);
  return unit ? `${label}, ${unit}` : label;
}
