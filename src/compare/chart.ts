// The chart of a comparison: a panel for each figure, a curve for each run that has it, and each run's newest grid.
import { basename } from 'node:path';
import type { Point } from '../chart/curve';
import { thumbnail } from '../chart/file';
import { type PageSpec, type Picture, pictureWidth } from '../chart/page';
import { styleOf } from '../chart/palette';
import { mostPoints, type PanelSpec, type Series } from '../chart/panel';
import { ownValue } from '../json';
import { grouped } from '../words';
import { figureSpec } from './figures';
import type { LoggedAt, RunSummary } from './run-summary';

export const axes = ['steps', 'epochs', 'minutes'] as const;
export type Axis = (typeof axes)[number];

const axisLabels: Readonly<Record<Axis, string>> = {
  steps: 'training step',
  epochs: 'epoch',
  minutes: 'minutes of training',
};

export async function comparisonPage(
  runs: readonly RunSummary[],
  names: readonly string[],
  axis: Axis,
): Promise<PageSpec> {
  const pictures = await Promise.all(runs.map((run, i) => pictureOf(run, names[i] as string, i)));
  const panels = [
    ...panelsOf(runs, axis, 'training', trainingFigures),
    ...panelsOf(runs, axis, 'test split', heldOutFigures),
  ];
  const isThinned = panels.some(({ series }) => series.some(({ points }) => points.length > mostPoints));
  return {
    title: runs.length === 1 ? `Run ${names[0]}` : `${runs.length} runs side by side`,
    subtitle: isThinned
      ? 'Lines: means over stretches of logged steps; shades: where eight tenths of these steps lie.'
      : 'Each point is a logged step, or an epoch on the test split.',
    legend: runs.map((run, i) => ({ label: `${names[i]} (${run.family})`, style: styleOf(i) })),
    panels,
    pictures: pictures.filter((picture) => picture !== undefined),
  };
}

type FiguresOf = (logged: LoggedAt) => Readonly<Record<string, number>> | undefined;

const trainingFigures: FiguresOf = ({ line }) => (line.event === 'step' ? line.losses : undefined);
const heldOutFigures: FiguresOf = ({ line }) => (line.event === 'epoch' ? line.heldOut : undefined);

function panelsOf(
  runs: readonly RunSummary[],
  axis: Axis,
  where: string,
  figures: FiguresOf,
): readonly PanelSpec[] {
  const names = new Set<string>();
  for (const { history } of runs)
    for (const logged of history) for (const name of Object.keys(figures(logged) ?? {})) names.add(name);
  return [...names].map((name) => {
    const { label, unit } = figureSpec(name);
    const series = runs.map((run, i) => seriesOf(run, i, axis, name, figures));
    return {
      title: `${label}, ${where}`,
      x: { label: axisLabels[axis], fromZero: true },
      y: { label: unit ?? label },
      series: series.filter(({ points }) => points.length > 0),
    };
  });
}

function seriesOf(run: RunSummary, index: number, axis: Axis, name: string, figures: FiguresOf): Series {
  const points = run.history.flatMap((logged): Point[] => {
    const y = ownValue(figures(logged) ?? {}, name);
    return y === undefined ? [] : [{ x: position(run, logged, axis), y }];
  });
  return { points, style: styleOf(index) };
}

/** Epochs are counted in fractions: steps by how many the run has an epoch, where it tells. */
function position({ stepsPerEpoch }: RunSummary, { line, minutes }: LoggedAt, axis: Axis): number {
  if (axis === 'minutes') return minutes;
  if (axis === 'steps') return line.step;
  return stepsPerEpoch === undefined ? 0 : line.step / stepsPerEpoch;
}

async function pictureOf(run: RunSummary, name: string, index: number): Promise<Picture | undefined> {
  if (run.grid === undefined) return undefined;
  const small = await thumbnail(run.grid, 2 * pictureWidth);
  if (!small) return undefined;
  const epoch = Number(/epoch-(\d+)/.exec(basename(run.grid))?.[1]);
  const note = `samples of epoch ${epoch} · ${grouped(run.step)} steps`;
  return { caption: name, note, style: styleOf(index), ...small };
}
