// All charts of a view, with what they share: the axis, smoothing, and the cursor.
import { element, radios, range } from '../../../page/dom';
import { arrange } from '../refill';
import { type Axis, axes, type Drawn, panelsOf } from './panels';
import { createPlot, type Plot } from './plot';

export interface Board {
  readonly tools: HTMLElement;
  readonly charts: HTMLElement;
  show(drawn: readonly Drawn[]): void;
  close(): void;
}

/** What was chosen last, for every board. */
const kept: { axis: Axis; smoothing: number } = { axis: 'step', smoothing: 0 };

export function createBoard(announce: (words: string) => void): Board {
  const plots = new Map<string, Plot>();
  let drawn: readonly Drawn[] = [];
  const charts = element('div', { class: 'charts' }, element('p', { class: 'hint' }, 'Reading the log'));
  const axis = radios(
    'Along',
    axes.map((value) => ({ value, label: `${value}s` })),
    kept.axis,
    (chosen) => {
      kept.axis = chosen;
      draw();
    },
  );
  const smoothing = range({
    label: 'Smooth',
    min: 0,
    max: 0.98,
    step: 0.02,
    value: kept.smoothing,
    say: (value) => (value === 0 ? 'off' : value.toFixed(2)),
    change: (value) => {
      kept.smoothing = value;
      draw();
    },
  });
  const draw = () => {
    const panels = panelsOf(drawn, kept);
    for (const panel of panels) {
      const known = plots.get(panel.key);
      if (known) known.update(panel);
      else plots.set(panel.key, createPlot(panel, announce));
    }
    for (const [key, plot] of plots) {
      if (panels.some((panel) => panel.key === key)) continue;
      plot.close();
      plots.delete(key);
    }
    arrange(
      charts,
      panels.map(({ key }) => (plots.get(key) as Plot).figure),
    );
  };
  return {
    tools: element('div', { class: 'board-tools' }, axis.group, smoothing.row),
    charts,
    show: (runs) => {
      drawn = runs;
      draw();
    },
    close: () => {
      for (const plot of plots.values()) plot.close();
    },
  };
}
