// The curves of a run as bounded columns: of a long log, means over stretches of it with their least and largest values.
import type { Figures } from '../run/events';

/** Of a stretch of values; the last of the table grows. */
interface Cell {
  count: number;
  sum: number;
  low: number;
  high: number;
}

/** A stretch of logged steps. */
interface Row {
  count: number;
  /** Of the last of them. */
  step: number;
  minutes: number;
  readonly rate: Cell;
  /** By the column's number. */
  readonly cells: (Cell | undefined)[];
}

export interface Column {
  readonly name: string;
  readonly values: readonly (number | null)[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
}

export interface StepColumns {
  readonly step: readonly number[];
  readonly minutes: readonly number[];
  readonly imagesPerSecond: readonly (number | null)[];
  readonly losses: readonly Column[];
  readonly perRow: number;
}

export interface StepTable {
  add(step: number, minutes: number, imagesPerSecond: number, losses: Figures): void;
  /** At most so many rows. */
  columns(most: number): StepColumns;
}

const mostRows = 2 ** 14;
/** Of figures; a log of more is none that aigc wrote. */
export const mostColumns = 64;

/** Rows that are merged in pairs when they are too many: what is kept does not grow with the log. */
export function createStepTable(): StepTable {
  const names: string[] = [];
  let rows: Row[] = [];
  let perRow = 1;
  const columnOf = (name: string) => {
    const known = names.indexOf(name);
    if (known >= 0) return known;
    return names.length < mostColumns ? names.push(name) - 1 : undefined;
  };
  return {
    add: (step, minutes, imagesPerSecond, losses) => {
      let row = rows.at(-1);
      if (!row || row.count >= perRow) {
        row = { count: 0, step, minutes, rate: emptyCell(), cells: [] };
        rows.push(row);
      }
      row.count++;
      row.step = step;
      row.minutes = minutes;
      grow(row.rate, imagesPerSecond);
      for (const name of Object.keys(losses)) {
        const column = columnOf(name);
        if (column === undefined) continue;
        const cell = row.cells[column] ?? emptyCell();
        row.cells[column] = cell;
        grow(cell, losses[name] as number);
      }
      if (rows.length < mostRows || row.count < perRow) return;
      rows = inGroups(rows, 2);
      perRow *= 2;
    },
    columns: (most) => {
      const group = Math.max(1, Math.ceil(rows.length / most));
      const shown = group === 1 ? rows : inGroups(rows, group);
      return {
        step: shown.map(({ step }) => step),
        minutes: shown.map(({ minutes }) => minutes),
        imagesPerSecond: shown.map(({ rate }) => meanOf(rate)),
        losses: names.map((name, i) => ({
          name,
          values: shown.map(({ cells }) => meanOf(cells[i])),
          low: shown.map(({ cells }) => cells[i]?.low ?? null),
          high: shown.map(({ cells }) => cells[i]?.high ?? null),
        })),
        perRow: perRow * group,
      };
    },
  };
}

const emptyCell = (): Cell => ({
  count: 0,
  sum: 0,
  low: Number.POSITIVE_INFINITY,
  high: Number.NEGATIVE_INFINITY,
});

function grow(cell: Cell, value: number): void {
  cell.count++;
  cell.sum += value;
  if (value < cell.low) cell.low = value;
  if (value > cell.high) cell.high = value;
}

const meanOf = (cell: Cell | undefined): number | null => (cell ? cell.sum / cell.count : null);

function inGroups(rows: readonly Row[], size: number): Row[] {
  const groups: Row[] = [];
  for (let i = 0; i < rows.length; i += size) groups.push(rows.slice(i, i + size).reduce(merged));
  return groups;
}

function merged(a: Row, b: Row): Row {
  const width = Math.max(a.cells.length, b.cells.length);
  return {
    count: a.count + b.count,
    step: b.step,
    minutes: b.minutes,
    rate: together(a.rate, b.rate) as Cell,
    cells: Array.from({ length: width }, (_, i) => together(a.cells[i], b.cells[i])),
  };
}

function together(a: Cell | undefined, b: Cell | undefined): Cell | undefined {
  if (!a || !b) return a ?? b;
  return {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    low: Math.min(a.low, b.low),
    high: Math.max(a.high, b.high),
  };
}
