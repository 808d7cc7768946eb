// A chart of some curves of one figure: uPlot, with the page's colours, and a reading that the keyboard reaches too.
import UPlot from 'uplot';
import { element } from '../../../page/dom';
import { grouped } from '../../../words';
import { reading } from '../figure-words';
import { setText } from '../refill';
import { colour, onTheme } from './colours';
import type { PlotSpec } from './plot-spec';
import { placeWords, readings, words } from './readings';

export interface Plot {
  readonly figure: HTMLElement;
  update(spec: PlotSpec): void;
  close(): void;
}

const height = 200;
/** All charts of the page show one place at a time. */
const cursors = 'studio';

/** @param announce says a reading that was asked for by the keyboard */
export function createPlot(first: PlotSpec, announce: (words: string) => void): Plot {
  let spec = first;
  let plot: UPlot | undefined;
  let shape = '';
  const title = element('span', {}, spec.title);
  const place = element('span', { class: 'place' });
  const value = element('div', { class: 'readings' });
  const frame = element('div', { class: 'plot', tabindex: 0, role: 'group' });
  const figure = element('figure', { class: 'chart' }, element('figcaption', {}, title, place, value), frame);

  const show = () => {
    setText(place, placeWords(spec, cursorOf(plot)));
    value.replaceChildren(...readings(spec, cursorOf(plot)));
  };
  const draw = () => {
    const width = frame.clientWidth;
    if (width === 0) return;
    const now = JSON.stringify([
      spec.axis,
      spec.lines.map(({ low, points, style }) => [!!low, points, style]),
    ]);
    const { data, series, bands } = columnsOf(spec);
    if (plot && now === shape) {
      const zoomed = isZoomed(plot);
      plot.setData(data, !zoomed);
      if (zoomed) plot.redraw();
    } else {
      plot?.destroy();
      plot = new UPlot(optionsOf(width, spec, series, bands, show), data, frame);
      shape = now;
    }
    show();
    frame.setAttribute('aria-label', `${spec.title}: ${words(spec, undefined)}. Arrow keys read it.`);
  };
  const sized = new ResizeObserver(() => {
    if (plot && frame.clientWidth > 0) plot.setSize({ width: frame.clientWidth, height });
    else draw();
  });
  sized.observe(frame);
  const endTheme = onTheme(() => plot?.redraw(false, true));
  frame.addEventListener('keydown', (event) => {
    if (!plot || !move(plot, event.key, event.shiftKey)) return;
    event.preventDefault();
    show();
    announce(words(spec, cursorOf(plot)));
  });
  return {
    figure,
    update: (next) => {
      spec = next;
      title.textContent = spec.title;
      draw();
    },
    close: () => {
      sized.disconnect();
      endTheme();
      plot?.destroy();
    },
  };
}

/** Where the cursor is on the axis. */
const cursorOf = (plot: UPlot | undefined) => plot?.data[0][plot.cursor.idx ?? -1];

/** The curves' points on one axis: a column for x, and for each line its values, and its band where it has one. */
function columnsOf({ lines }: PlotSpec): {
  data: UPlot.AlignedData;
  series: UPlot.Series[];
  bands: UPlot.Band[];
} {
  const series: UPlot.Series[] = [{}];
  const bands: UPlot.Band[] = [];
  const tables = lines.map(({ x, y, low, high, style, points = false }) => {
    // Copies: a live series grows in place.
    const columns: (readonly (number | null)[])[] = [[...x], [...y]];
    series.push({
      stroke: () => colour(style.colour),
      width: points ? 2 : 1.5,
      dash: [...style.dash],
      spanGaps: true,
      points: points
        ? { show: true, size: 5, stroke: () => colour(style.colour), fill: () => colour('--card') }
        : { show: false },
    });
    if (low && high) {
      const edge: UPlot.Series = { stroke: 'transparent', width: 0, spanGaps: true, points: { show: false } };
      bands.push({ series: [series.length, series.length + 1], fill: () => faded(colour(style.colour)) });
      series.push(edge, edge);
      columns.push([...high], [...low]);
    }
    return columns as unknown as UPlot.AlignedData;
  });
  const data = tables.length === 1 ? (tables[0] as UPlot.AlignedData) : UPlot.join(tables);
  return { data: tables.length === 0 ? [[]] : data, series, bands };
}

const faded = (rgb: string) => rgb.replace(/^rgb\((.*)\)$/, 'rgba($1, 0.16)');

function optionsOf(
  width: number,
  { axis }: PlotSpec,
  series: UPlot.Series[],
  bands: UPlot.Band[],
  moved: () => void,
): UPlot.Options {
  const look: UPlot.Axis = {
    stroke: () => colour('--soft'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
  };
  const whole = axis !== 'minute';
  return {
    width,
    height,
    series,
    bands,
    scales: { x: { time: false } },
    axes: [
      {
        ...look,
        size: 26,
        gap: 4,
        grid: { show: false },
        values: (_, ticks) => ticks.map((tick) => (whole && !Number.isInteger(tick) ? '' : grouped(tick))),
      },
      { ...look, size: 52, values: (_, ticks) => ticks.map((tick) => reading(tick)) },
    ],
    legend: { show: false },
    padding: [8, 18, 0, 0],
    cursor: {
      sync: { key: cursors },
      y: false,
      points: { size: 7, fill: strokeOf, stroke: strokeOf },
      drag: { x: true, y: false },
    },
    hooks: { setCursor: [moved] },
  };
}

/** The colour of a line, for the point of the cursor on it. */
function strokeOf(plot: UPlot, index: number): string {
  const { stroke } = plot.series[index] ?? {};
  return String(typeof stroke === 'function' ? stroke(plot, index) : (stroke ?? 'transparent'));
}

function isZoomed(plot: UPlot): boolean {
  const [x] = plot.data;
  const { min, max } = plot.scales.x ?? {};
  const [start, end] = [x[0], x[x.length - 1]];
  if (min == null || max == null || start === undefined || end === undefined) return false;
  return min > start || max < end;
}

/** Puts the cursor on a point. */
function pointAt(plot: UPlot, x: number): void {
  plot.setCursor({ left: plot.valToPos(x, 'x'), top: plot.over.clientHeight / 2 });
}

/** Obeys a key. @returns whether it is one of ours */
function move(plot: UPlot, key: string, far: boolean): boolean {
  const [x] = plot.data;
  const last = x.length - 1;
  if (last < 0) return false;
  const at = plot.cursor.idx ?? last;
  const step = far ? Math.max(10, Math.round(last / 20)) : 1;
  const goals: Readonly<Record<string, number>> = {
    ArrowLeft: at - step,
    ArrowRight: at + step,
    Home: 0,
    End: last,
  };
  const goal = goals[key];
  if (goal !== undefined) {
    pointAt(plot, x[Math.min(last, Math.max(0, goal))] as number);
    return true;
  }
  const centre = x[at] as number;
  const range = ((plot.scales.x?.max ?? 1) - (plot.scales.x?.min ?? 0)) * (key === '+' ? 0.25 : 1);
  const [start, end] = [x[0] as number, x[last] as number];
  const around = { min: Math.max(start, centre - range), max: Math.min(end, centre + range) };
  const limits = key === '0' ? { min: start, max: end } : key === '+' || key === '-' ? around : undefined;
  if (!limits) return false;
  plot.batch(() => plot.setScale('x', limits));
  // The cursor stays on its point, which is elsewhere now.
  pointAt(plot, centre);
  return true;
}
