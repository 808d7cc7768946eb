// The curves of a run, as they grow: asked for once, and then as the lines that the server sends.
import type { Events, FigureSpec, MetricLine, Series } from '../api';
import { addresses } from '../api';
import { calmly } from './refill';
import type { Store } from './store';
import { type Studio, together } from './view';

/** A long log is asked for anew, thinner, when so many rows have come. */
const mostRows = 4000;
const pauseMs = 250;

/** @param changed told of the series when it is there, and whenever it has grown, a few times a second
 *  @param failed told when it cannot be had
 *  @returns what ends it */
export function followSeries(
  { client, store }: Studio,
  run: string,
  changed: (series: Series) => void,
  failed: (error: unknown) => void,
): () => void {
  let series: Series | undefined;
  let ended = false;
  const read = calmly(async () => {
    if (hasNoFolder(store, run)) return;
    try {
      series = await client.get<Series>(addresses.series, { run });
      if (!ended) changed(series);
    } catch (error) {
      if (!ended) failed(error);
    }
  }, 60);
  const show = calmly(() => {
    if (series) changed(series);
  }, pauseMs);
  const take = (event: Events['lines']) => {
    if (event.run !== run) return;
    if (!series) return read.ask();
    const grown = grow(series, event);
    if (grown === undefined) return read.ask();
    series = grown;
    if (series.steps.step.length > mostRows) read.ask();
    show.ask();
  };
  const again = (of: { readonly run: string } | undefined) => {
    if (of === undefined || of.run === run) read.ask();
  };
  read.ask();
  return together(
    store.on('lines', take),
    store.on('rewritten', again),
    store.on('anew', again),
    store.on('runs', (ids) => {
      if (!series && ids.has(run)) read.ask();
    }),
    read.end,
    show.end,
    () => {
      ended = true;
    },
  );
}

/** With the event's new lines, in place. @returns undefined when lines are missing, or have figures that are not known yet */
function grow(series: Series, { line, lines }: Events['lines']): Series | undefined {
  if (line <= series.line) return series;
  if (line - lines.length > series.line) return undefined;
  const fresh = lines.slice(series.line - (line - lines.length));
  for (const each of fresh) if (!append(series, each)) return undefined;
  return { ...series, line };
}

/** It came as JSON and is ours: it grows. */
const column = <T>(values: readonly T[]) => values as T[];

function append({ steps, epochs }: Series, line: MetricLine): boolean {
  if (line.event === 'step') {
    if (!knows(steps.losses, line.losses)) return false;
    column(steps.step).push(line.step);
    column(steps.minutes).push(line.minutes);
    column(steps.imagesPerSecond).push(line.imagesPerSecond);
    for (const { name, values, low, high } of steps.losses) {
      const value = line.losses[name] ?? null;
      for (const each of [values, low, high]) column(each).push(value);
    }
    return true;
  }
  const groups = [
    [epochs.losses, line.losses],
    [epochs.heldOut, line.heldOut ?? {}],
    [epochs.collapse, line.collapse ?? {}],
  ] as const;
  if (!groups.every(([lines, figures]) => knows(lines, figures))) return false;
  column(epochs.epoch).push(line.epoch);
  column(epochs.step).push(line.step);
  column(epochs.minutes).push(line.minutes);
  column(epochs.seconds).push(line.seconds);
  column(epochs.imagesPerSecond).push(line.imagesPerSecond);
  for (const [lines, figures] of groups)
    for (const { name, values } of lines) column(values).push(figures[name] ?? null);
  return true;
}

const knows = (lines: readonly FigureSpec[], figures: Readonly<Record<string, unknown>>) =>
  Object.keys(figures).every(
    (name) => typeof figures[name] !== 'number' || lines.some((line) => line.name === name),
  );

/** Whether there is no folder of a run to be asked about: it has been started, and has written nothing yet, or never will. */
export function hasNoFolder({ runs, jobs }: Store, run: string): boolean {
  const row = runs.get(run);
  return row ? row.state === 'starting' : [...jobs.values()].some((job) => job.run === run);
}
