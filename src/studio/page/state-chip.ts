// The state of a run or a search, as a mark and a word.
import { element } from '../../page/dom';
import type { RunState, SearchRow } from '../api';
import { stateWords } from './figure-words';
import { setText } from './refill';

type State = RunState | SearchRow['state'];

export interface Chip {
  readonly element: HTMLElement;
  set(state: State): void;
}

export function stateChip(state: State): Chip {
  const word = element('span', {});
  const chip = element(
    'span',
    { class: 'chip' },
    element('span', { class: 'mark', 'aria-hidden': true }),
    word,
  );
  const set = (now: State) => {
    const [name, meaning] =
      now === 'ended' ? ['ended', 'It has come to its end, or was stopped.'] : stateWords[now];
    chip.dataset.state = now;
    chip.title = meaning;
    setText(word, name);
  };
  set(state);
  return { element: chip, set };
}
