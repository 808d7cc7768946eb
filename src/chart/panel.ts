// One panel of a chart: axes with labels, and series as lines, bands and dots.
import { type Curve, type Point, thinned } from './curve';
import { ink, type Style } from './palette';
import { domainOf, linearScale, logDomain, logScale, robustDomain, type Scale } from './scale';
import { element, fitted, path, text } from './svg';

export interface Series {
  readonly points: readonly Point[];
  readonly style: Style;
  /** Line width in pixels; 0 draws dots alone. Default 1.8. */
  readonly width?: number;
}

export interface PanelSpec {
  readonly title: string;
  readonly x: { readonly label: string; readonly log?: boolean; readonly fromZero?: boolean };
  /** The y axis's label: the unit, or nothing when the figure has none. */
  readonly y: { readonly label: string };
  /** The later ones are drawn on top. */
  readonly series: readonly Series[];
}

export interface Frame {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

const fontSize = 12;
const margin = { left: 62, right: 16, top: 30, bottom: 46 } as const;
/** Longer series are drawn as the means of so many stretches, and shades. */
export const mostPoints = 160;
/** Series of at most so many points have dots. */
const fewPoints = 12;

interface Axes {
  readonly inner: Frame;
  readonly x: Scale;
  readonly y: Scale;
}

/** @param id unique within the document, for the clip path */
export function drawPanel(spec: PanelSpec, frame: Frame, id: string): string {
  const curves = spec.series.map(({ points }) => thinned(points, mostPoints));
  const axes = layOut(spec, curves, frame);
  const { inner } = axes;
  const clip = element(
    'clipPath',
    { id },
    element('rect', { x: inner.left, y: inner.top, width: inner.width, height: inner.height }),
  );
  const title = fitted(spec.title, frame.width, fontSize + 1);
  return element(
    'g',
    {},
    clip,
    text(frame.left, frame.top + 14, title, {
      'font-weight': 600,
      'font-size': fontSize + 1,
      fill: ink.strong,
    }),
    ...drawAxes(spec, axes),
    element(
      'g',
      { 'clip-path': `url(#${id})` },
      ...curves.map((curve, i) => drawBand(curve, spec.series[i] as Series, axes)),
    ),
    element(
      'g',
      { 'clip-path': `url(#${id})` },
      ...curves.map((curve, i) => drawSeries(curve, spec.series[i] as Series, axes)),
    ),
  );
}

function layOut(spec: PanelSpec, curves: readonly Curve[], frame: Frame): Axes {
  const inner = {
    left: frame.left + margin.left,
    top: frame.top + margin.top,
    width: frame.width - margin.left - margin.right,
    height: frame.height - margin.top - margin.bottom,
  };
  const xs = curves.flatMap(({ line }) => line.map(({ x }) => x));
  const ys = curves.flatMap(({ line }) => line.map(({ y }) => y));
  return {
    inner,
    x: scaleOfX(spec, xs, inner.width),
    y: linearScale(robustDomain(ys), Math.max(2, inner.height / 40)),
  };
}

function scaleOfX({ x, series }: PanelSpec, values: readonly number[], pixels: number): Scale {
  if (x.log) return logScale(logDomain(values));
  const isLine = series.every(({ width }) => width !== 0);
  const [low, high] = domainOf(values, isLine ? 0.02 : 0.06);
  return linearScale([x.fromZero ? 0 : low, high], Math.max(2, pixels / 75));
}

function drawAxes(spec: PanelSpec, { inner, x, y }: Axes): string[] {
  const { left, top, width, height } = inner;
  const bottom = top + height;
  const rows = y.ticks.flatMap(({ value, label }) => {
    const at = bottom - y.at(value) * height;
    return [
      element('line', { x1: left, x2: left + width, y1: at, y2: at, stroke: ink.grid }),
      text(left - 8, at + 4, label, { 'text-anchor': 'end', fill: ink.weak }),
    ];
  });
  const columns = x.ticks.flatMap(({ value, label }) => {
    const at = left + x.at(value) * width;
    return [
      element('line', { x1: at, x2: at, y1: bottom, y2: bottom + 4, stroke: ink.axis }),
      text(at, bottom + 17, label, { 'text-anchor': 'middle', fill: ink.weak }),
    ];
  });
  const middle = top + height / 2;
  const side = left - margin.left + 11;
  return [
    ...rows,
    ...columns,
    element('line', { x1: left, x2: left + width, y1: bottom, y2: bottom, stroke: ink.axis }),
    text(left + width / 2, bottom + 36, fitted(spec.x.label, width, fontSize), {
      'text-anchor': 'middle',
      fill: ink.weak,
    }),
    text(side, middle, fitted(spec.y.label, height, fontSize), {
      'text-anchor': 'middle',
      fill: ink.weak,
      transform: `rotate(-90 ${side} ${middle})`,
    }),
  ];
}

function placed({ inner, x, y }: Axes, at: number, value: number): readonly [number, number] {
  return [inner.left + x.at(at) * inner.width, inner.top + (1 - y.at(value)) * inner.height];
}

function drawBand({ band }: Curve, { style }: Series, axes: Axes): string {
  if (band.length === 0) return '';
  const upper = band.map(({ x, high }) => placed(axes, x, high));
  const lower = band.map(({ x, low }) => placed(axes, x, low)).reverse();
  return element('path', { d: `${path([...upper, ...lower])}Z`, fill: style.colour, 'fill-opacity': '0.14' });
}

function drawSeries({ line }: Curve, { style, width = 1.8 }: Series, axes: Axes): string {
  const points = line.map(({ x, y }) => placed(axes, x, y));
  const stroke = element('path', {
    d: path(points),
    fill: 'none',
    stroke: style.colour,
    'stroke-width': width,
    'stroke-linejoin': 'round',
    'stroke-linecap': 'round',
    'stroke-dasharray': style.dash,
  });
  const marked = width === 0 || points.length <= fewPoints;
  const circles = marked
    ? points.map(([cx, cy]) => element('circle', { cx, cy, r: width === 0 ? 4 : 2.6, fill: style.colour }))
    : [];
  return [...(width > 0 && points.length > 1 ? [stroke] : []), ...circles].join('');
}
