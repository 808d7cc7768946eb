// Which charts there are of some runs, and what is on each: a chart a figure, a line or two a run.
import type { FigureSpec, Series } from '../../api';
import { type LineStyle, styleOf } from './colours';
import type { PlotLine, PlotSpec } from './plot-spec';

export const axes = ['step', 'epoch', 'minute'] as const;
export type Axis = (typeof axes)[number];

export interface Drawn {
  readonly name: string;
  readonly series: Series;
  readonly style: LineStyle;
}

export interface View {
  readonly axis: Axis;
  /** 0 for the values themselves, to below 1. */
  readonly smoothing: number;
}

export interface Panel extends PlotSpec {
  readonly key: string;
}

/** @param drawn one run, or several to be compared */
export function panelsOf(drawn: readonly Drawn[], view: View): Panel[] {
  const alone = drawn.length === 1;
  const specs = new Map<string, FigureSpec>();
  for (const { series } of drawn) {
    for (const line of [...series.epochs.heldOut, ...series.steps.losses])
      if (!specs.has(line.name)) specs.set(line.name, line);
  }
  const figures = [...specs.values()].map((spec) => ({
    key: `figure ${spec.name}`,
    title: alone || !drawn.some(({ series }) => isTested(series, spec)) ? spec.label : `${spec.label}, test`,
    unit: spec.unit ?? '',
    axis: view.axis,
    lines: drawn.flatMap((one) => figureLines(one, spec, view, alone)),
  }));
  const others = [
    ...(alone ? collapsePanel(drawn[0] as Drawn, view) : []),
    {
      key: 'speed',
      title: 'Speed',
      unit: 'images/s',
      axis: view.axis,
      lines: drawn.map(({ name, series, style }) => ({
        label: name,
        x: stepsAxis(series, view.axis),
        y: smoothed(series.steps.imagesPerSecond, view.smoothing),
        style,
      })),
    },
  ];
  return [...figures, ...others].filter(({ lines }) => lines.some(({ x }) => x.length > 0));
}

const isTested = ({ epochs }: Series, { name }: FigureSpec) =>
  epochs.heldOut.some((line) => line.name === name);

function figureLines(
  { name, series, style }: Drawn,
  spec: FigureSpec,
  view: View,
  alone: boolean,
): PlotLine[] {
  const { steps, epochs } = series;
  const training = steps.losses.find((line) => line.name === spec.name);
  const test = epochs.heldOut.find((line) => line.name === spec.name);
  const label = (kind: string) => (alone ? kind : name);
  const lines: PlotLine[] = [];
  // Of several runs the test figure alone, where there is one: it is what they are compared by.
  if (training && (alone || !test)) {
    lines.push({
      label: label('training'),
      x: stepsAxis(series, view.axis),
      y: smoothed(training.values, view.smoothing),
      ...(alone && steps.perRow > 1 ? { low: training.low, high: training.high } : {}),
      style,
    });
  }
  if (test) {
    lines.push({
      label: label('test'),
      x: epochsAxis(series, view.axis),
      y: test.values,
      style: alone ? { ...styleOf(1), dash: [] } : style,
      points: test.values.length <= 60,
    });
  }
  return lines.filter(({ x }) => x.length > 0);
}

/** The watchdog's figures that are of one size. */
const shares = ['diversity', 'separation', 'likeness', 'coverage'];

/** What the watchdog looks at, each about 1 for a healthy model. */
function collapsePanel({ series }: Drawn, { axis }: View): Panel[] {
  const lines = series.epochs.collapse.filter(
    ({ name, values }) => shares.includes(name) && values.some((value) => value !== null),
  );
  if (lines.length === 0) return [];
  return [
    {
      key: 'collapse',
      title: 'Samples beside real images',
      unit: '',
      axis,
      lines: lines.map(({ label, values }, i) => ({
        label,
        x: epochsAxis(series, axis),
        y: values,
        style: { ...styleOf(i), dash: [] },
        points: values.length <= 60,
      })),
    },
  ];
}

function stepsAxis({ steps, stepsPerEpoch }: Series, axis: Axis): readonly number[] {
  if (axis === 'minute') return steps.minutes;
  return axis === 'epoch' && stepsPerEpoch ? steps.step.map((step) => step / stepsPerEpoch) : steps.step;
}

function epochsAxis({ epochs }: Series, axis: Axis): readonly number[] {
  return axis === 'minute' ? epochs.minutes : axis === 'epoch' ? epochs.epoch : epochs.step;
}

/** An exponential moving average, without the pull of its beginning: Kingma & Ba 2015, section 3, arxiv.org/abs/1412.6980 */
function smoothed(values: readonly (number | null)[], weight: number): readonly (number | null)[] {
  if (weight === 0) return values;
  let [mean, share] = [0, 1];
  return values.map((value) => {
    if (value === null) return null;
    mean = weight * mean + (1 - weight) * value;
    share *= weight;
    return mean / (1 - share);
  });
}
