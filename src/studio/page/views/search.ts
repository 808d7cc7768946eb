// One search: its brackets as they go, and what its trials gave.
import { commandBox } from '../../../page/command-box';
import { element, facts, table } from '../../../page/dom';
import { counted, duration, grouped } from '../../../words';
import type { SearchDetail, TrialResult } from '../../api';
import { addresses } from '../../api';
import { measurement, optionWords, outOf, reading, valueWords } from '../figure-words';
import { calmly, refill } from '../refill';
import { stateChip } from '../state-chip';
import { linkTo, type Studio, together, type View } from '../view';
import { bestWords } from './searches';

const shownTrials = 100;

export function openSearch({ store, client }: Studio, parameters: URLSearchParams): View {
  const id = parameters.get('id') ?? '';
  const place = element('div', { class: 'search' });
  const chip = stateChip(store.searches.get(id)?.state ?? 'ended');
  const trouble = element('p', { class: 'trouble gone', role: 'alert' });
  let closed = false;
  const show = calmly(async () => {
    try {
      const search = await client.get<SearchDetail>(addresses.search, { search: id });
      if (closed) return;
      chip.set(search.state);
      trouble.classList.add('gone');
      refill(place, ...partsOf(search));
    } catch (error) {
      if (closed) return;
      trouble.textContent = (error as Error).message;
      trouble.classList.remove('gone');
    }
  }, 150);
  show.ask();
  const ends = together(
    store.on('searches', (ids) => ids.has(id) && show.ask()),
    store.on('anew', show.ask),
    show.end,
  );
  return {
    element: element(
      'article',
      { 'aria-labelledby': 'search-title' },
      element(
        'div',
        { class: 'head' },
        element('div', { class: 'title' }, element('h1', { id: 'search-title' }, id), chip.element),
        trouble,
      ),
      place,
    ),
    title: id,
    close: () => {
      closed = true;
      ends();
    },
  };
}

function partsOf(search: SearchDetail): (Node | undefined)[] {
  const { family, dataset, trials, ofTrials, spentMinutes, length, eta, command } = search;
  const all = search.brackets.flatMap(({ results }) => results);
  return [
    facts([
      ['Searches', `${family} on ${dataset}, by ${search.figure?.label ?? 'its figure'}`],
      ['Trials', outOf(trials, ofTrials)],
      ['Best', bestWords(search)],
      ['Worked', duration(60 * spentMinutes)],
      ['The best are trained', lengthWords(search, length)],
      ['Way', eta === undefined ? 'random search' : `successive halving, one in ${eta} goes on`],
    ]),
    element('h2', {}, 'Brackets'),
    element('div', { class: 'brackets' }, ...search.brackets.map((bracket) => bracketOf(search, bracket))),
    ...(all.length > 0 ? [trialsTable(search, all)] : []),
    element('h2', {}, 'Where it looks'),
    facts(
      Object.entries(search.space).map(([name, space]) => [
        optionWords(name),
        'among' in space
          ? space.among.map(valueWords).join(', ')
          : `${space.from} to ${space.to}${space.log ? ', by factors' : ''}`,
      ]),
    ),
    command === undefined ? undefined : commandBox('The command that trains the best anew:', command),
  ];
}

const lengthWords = ({ unit }: SearchDetail, length: number) => counted(length, unit.replace(/s$/, ''), unit);

/** A column a rung; in it the trials that reached it, the best first, those that went on marked. */
function bracketOf(
  search: SearchDetail,
  { bracket, results }: SearchDetail['brackets'][number],
): HTMLElement {
  const rungs = search.rungs.map(({ trials, length }, i) => {
    const own = results.filter(({ rung }) => rung === i + 1).sort(byValue(search));
    const next = new Set(results.filter(({ rung }) => rung === i + 2).map(({ trial }) => trial));
    const best = own[0]?.value;
    const worst = own.findLast(({ value }) => value !== undefined)?.value;
    return element(
      'li',
      {},
      element('h4', {}, lengthWords(search, length), element('small', {}, `${own.length} of ${trials}`)),
      element(
        'ol',
        {},
        ...own.map((result) =>
          trialMark(search, result, next.has(result.trial), shareOf(result.value, best, worst)),
        ),
      ),
    );
  });
  return element(
    'section',
    {},
    element('h3', {}, `Bracket ${bracket}`),
    element('ul', { class: 'rungs' }, ...rungs),
  );
}

/** 1 for the best of the rung, 0 for its worst. */
function shareOf(value: number | undefined, best: number | undefined, worst: number | undefined): number {
  if (value === undefined || best === undefined || worst === undefined) return 0;
  return best === worst ? 1 : (value - worst) / (best - worst);
}

function trialMark(search: SearchDetail, result: TrialResult, wentOn: boolean, share: number): HTMLElement {
  const { trial, run, value, status } = result;
  const words = value === undefined ? status : reading(value);
  const name = `trial ${trial}`;
  const filled = element('span', {});
  filled.style.width = `${100 * (0.06 + 0.94 * share)}%`;
  return element(
    'li',
    { class: `${wentOn ? 'on' : ''} ${search.best?.trial === trial ? 'best' : ''}`.trim() || undefined },
    run === undefined
      ? element('span', {}, name)
      : element('a', { href: linkTo('run', { id: run }), 'data-key': `${result.rung} ${trial}` }, name),
    element('span', { class: 'number' }, words),
    element('span', { class: 'bar', 'aria-hidden': true }, filled),
    wentOn ? element('span', { class: 'unseen' }, 'went on') : undefined,
  );
}

const byValue =
  ({ figure }: SearchDetail) =>
  (a: TrialResult, b: TrialResult): number => {
    const sign = figure?.better === 'higher' ? -1 : 1;
    if (a.value === undefined || b.value === undefined)
      return Number(a.value === undefined) - Number(b.value === undefined);
    return sign * (a.value - b.value);
  };

/** Each trial at the longest that it was trained. */
function trialsTable(search: SearchDetail, all: readonly TrialResult[]): HTMLElement {
  const longest = new Map<number, TrialResult>();
  for (const result of all) {
    const known = longest.get(result.trial);
    if (!known || known.rung < result.rung) longest.set(result.trial, result);
  }
  const rows = [...longest.values()].sort((a, b) => b.length - a.length || byValue(search)(a, b));
  const names = Object.keys(search.space);
  const figure = search.figure;
  return table(
    rows.length > shownTrials ? `The best ${shownTrials} trials` : 'Trials',
    ['Trial', search.unit, figure?.label ?? 'Figure', ...names.map(optionWords)],
    rows.slice(0, shownTrials).map((result) => {
      const { trial, run, length, value, standardError, status, options, reason } = result;
      const number =
        value === undefined
          ? `${status}${reason === undefined ? '' : `: ${reason}`}`
          : measurement(value, standardError, figure ?? {});
      return [
        run === undefined
          ? String(trial)
          : element('a', { href: linkTo('run', { id: run }), 'data-key': `row ${trial}` }, String(trial)),
        grouped(length),
        element('span', { class: 'number' }, number),
        ...names.map((name) => valueWords(options[name])),
      ];
    }),
  );
}
