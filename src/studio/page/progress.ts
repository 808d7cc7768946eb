// How far a run is, as a bar.
import { element } from '../../page/dom';
import type { RunRow } from '../api';
import { outOf } from './figure-words';

export interface Progress {
  readonly element: HTMLElement;
  set(row: RunRow): void;
}

/** The words stand beside it. */
export function progressBar(): Progress {
  const done = element('span', {});
  const bar = element('span', { class: 'bar', 'aria-hidden': true }, done);
  return {
    element: bar,
    set: (row) => {
      bar.dataset.state = row.state;
      done.style.width = `${100 * (shareDone(row) ?? 0)}%`;
    },
  };
}

/** From 0 to 1; undefined where nobody knows the end. */
export function shareDone({ step, endStep, epoch, epochs, state }: RunRow): number | undefined {
  if (state === 'finished') return 1;
  if (endStep) return Math.min(1, step / endStep);
  return epochs ? Math.min(1, epoch / epochs) : undefined;
}

/** In epochs, where the run has any, else in steps. */
export function lengthWords({ epoch, epochs, step, endStep }: RunRow): string {
  const inEpochs = epochs !== undefined && epochs > 0;
  return inEpochs ? `epoch ${outOf(epoch, epochs)}` : `step ${outOf(step, endStep)}`;
}
