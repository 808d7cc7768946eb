// The table of all runs: to look over, sort, filter, and choose from.
import { button, element } from '../../../page/dom';
import { grouped } from '../../../words';
import type { RunRow } from '../../api';
import { isWorking } from '../figure-words';
import { arrange, calmly, setText } from '../refill';
import { createSparks } from '../sparks';
import { linkTo, type Studio, together, type View } from '../view';
import { columns, createRow, type Row } from './run-row';
import { createSieve, type Sieve } from './run-sieve';

/** Rows that are shown, and more each time; those of the first screen before all others. */
const pageRows = 300;
const screenRows = 40;

export function openRuns(studio: Studio): View {
  const { store } = studio;
  const rows = new Map<string, Row>();
  const chosen = new Set<string>();
  const sparks = createSparks(studio.client);
  let most = screenRows;
  const body = element('tbody', {});
  const count = element('p', { class: 'count', role: 'status' });
  const more = button('Show more', () => {
    most += pageRows;
    show();
  });
  const compare = element('a', { class: 'button main', href: linkTo('compare') }, 'Compare');
  const empty = element('div', { class: 'empty' });
  const sieve = createSieve(() => show());
  const table = element(
    'table',
    { class: 'runs' },
    element('caption', { class: 'unseen' }, 'Runs'),
    element('thead', {}, element('tr', {}, ...headCells(sieve))),
    body,
  );

  const choose = (id: string, isChosen: boolean) => {
    if (isChosen) chosen.add(id);
    else chosen.delete(id);
    compare.setAttribute('href', linkTo('compare', { id: [...chosen] }));
    compare.textContent = `Compare ${chosen.size} runs`;
    compare.classList.toggle('gone', chosen.size < 2);
  };
  const rowOf = (run: RunRow): Row => {
    const known = rows.get(run.id);
    if (known) return known;
    const made = createRow(run, (isChosen) => choose(run.id, isChosen));
    sparks.follow(made.element, run, made.drawSpark);
    rows.set(run.id, made);
    return made;
  };
  const show = () => {
    const all = sieve.arranged([...store.runs.values()]);
    const shown = all.slice(0, most).map(rowOf);
    arrange(
      body,
      shown.map((row) => row.element),
    );
    setText(count, countWords(studio, all));
    more.classList.toggle('gone', all.length <= most);
    table.classList.toggle('gone', store.runs.size === 0);
    empty.replaceChildren(...(store.runs.size === 0 ? emptyWords(studio) : []));
  };
  const calm = calmly(show, 120);
  const changed = (ids: ReadonlySet<string>) => {
    for (const id of ids) {
      const run = store.runs.get(id);
      if (run) {
        rows.get(id)?.set(run);
        sparks.renew(run);
      } else {
        rows.delete(id);
        if (chosen.has(id)) choose(id, false);
      }
    }
    calm.ask();
  };
  const clock = setInterval(() => {
    for (const row of rows.values()) row.tick();
  }, 15_000);
  choose('', false);
  show();
  const rest = setTimeout(() => {
    most = pageRows;
    show();
  }, 30);
  return {
    element: element(
      'section',
      { class: 'list', 'aria-labelledby': 'runs-title' },
      element(
        'div',
        { class: 'head' },
        element('h1', { id: 'runs-title' }, 'Runs'),
        count,
        element('div', { class: 'tools' }, ...sieve.controls, compare),
      ),
      table,
      more,
      empty,
    ),
    title: 'Runs',
    close: together(store.on('runs', changed), sparks.close, calm.end, sieve.close, () => {
      clearInterval(clock);
      clearTimeout(rest);
    }),
  };
}

function headCells(sieve: Sieve): HTMLElement[] {
  return columns.map(({ name, label, sort }) =>
    sort === undefined
      ? element('td', { class: name }, element('span', { class: 'unseen' }, label))
      : sieve.sorter(name, label, sort),
  );
}

function countWords({ store }: Studio, shown: readonly RunRow[]): string {
  const working = shown.filter(({ state }) => isWorking(state)).length;
  const of = shown.length < store.runs.size ? ` of ${grouped(store.runs.size)}` : '';
  const words = `${grouped(shown.length)}${of} run${shown.length === 1 && of === '' ? '' : 's'}`;
  const beyond = store.leftOut > 0 ? `, ${grouped(store.leftOut)} more left out` : '';
  return `${words}${working > 0 ? `, ${grouped(working)} at work` : ''}${beyond}`;
}

function emptyWords({ session }: Studio): Node[] {
  return [
    element('p', {}, `There is no run in ${session.folder} yet.`),
    element('a', { class: 'button main', href: linkTo('start') }, 'Start one'),
    element(
      'p',
      { class: 'hint' },
      'A run that any process writes below this folder is here within a second.',
    ),
  ];
}
