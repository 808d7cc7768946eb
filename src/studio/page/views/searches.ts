// The searches of `aigc tune` below the folder.
import { element, table } from '../../../page/dom';
import { duration } from '../../../words';
import type { SearchRow } from '../../api';
import { ago, outOf, reading, withUnit } from '../figure-words';
import { calmly, refill } from '../refill';
import { stateChip } from '../state-chip';
import { linkTo, type Studio, together, type View } from '../view';

export function openSearches({ store }: Studio): View {
  const list = element('div', {});
  const show = calmly(() => {
    const rows = [...store.searches.values()].sort((a, b) => b.updated.localeCompare(a.updated));
    refill(
      list,
      rows.length === 0
        ? element(
            'div',
            { class: 'empty' },
            element('p', {}, 'There is no search here.'),
            element(
              'p',
              { class: 'hint' },
              '`aigc tune` begins one; below this folder it is shown as it goes.',
            ),
          )
        : table('Searches', ['Search', 'State', 'Trials', 'Best', 'Worked', 'Changed'], rows.map(rowOf)),
    );
  }, 100);
  show.ask();
  return {
    element: element(
      'section',
      { class: 'list', 'aria-labelledby': 'searches-title' },
      element('div', { class: 'head' }, element('h1', { id: 'searches-title' }, 'Searches')),
      list,
    ),
    title: 'Searches',
    close: together(store.on('searches', show.ask), show.end),
  };
}

function rowOf(search: SearchRow): (Node | string)[] {
  const { id, state, family, dataset, trials, ofTrials, spentMinutes, updated, problem } = search;
  return [
    element(
      'span',
      {},
      element('a', { href: linkTo('search', { id }), 'data-key': id }, id),
      element('small', {}, `${family} · ${dataset}`),
    ),
    element('span', {}, stateChip(state).element, problem === undefined ? '' : ` ${problem}`),
    element('span', { class: 'number' }, outOf(trials, ofTrials)),
    element('span', { class: 'number' }, bestWords(search)),
    element('span', { class: 'number' }, duration(60 * spentMinutes)),
    ago(updated),
  ];
}

export function bestWords({ best, figure }: SearchRow): string {
  if (!best) return '–';
  const value = reading(best.value);
  return figure ? `${figure.label} ${withUnit(value, figure)}` : value;
}
