// How far a run is, as a bar.
import { element } from '../../page/dom';
import type { RunRow } from '../api';
import { progressWords } from './figure-words';

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
    set: ({ step, endStep, state }) => {
      bar.classList.toggle('unknown', endStep === undefined);
      bar.dataset.state = state;
      done.style.width = `${endStep ? Math.min(100, (100 * step) / endStep) : 0}%`;
    },
  };
}

/** In epochs, where the run has any, else in steps. */
export function lengthWords({ epoch, epochs, step, endStep }: RunRow): string {
  const inEpochs = epochs !== undefined && epochs > 0;
  return inEpochs ? progressWords('epoch', epoch, epochs) : progressWords('step', step, endStep);
}
