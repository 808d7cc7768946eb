// One row of the table of runs, and its columns.
import { element } from '../../../page/dom';
import { duration, imageRate } from '../../../words';
import type { Figure, RunRow } from '../../api';
import { sparkline } from '../chart/sparkline';
import { ago, isWorking, reading, withUnit } from '../figure-words';
import { lengthWords, progressBar, shareDone } from '../progress';
import { setText } from '../refill';
import { stateChip } from '../state-chip';
import { linkTo } from '../view';
import type { SortKey } from './run-sieve';

export interface Row {
  readonly element: HTMLElement;
  set(row: RunRow): void;
  drawSpark(values: readonly (number | null)[]): void;
  /** Time has gone by. */
  tick(): void;
}

/** The figure that tells most of a run: on the test split, or its first loss. */
export const mainFigure = ({ heldOut, losses }: RunRow): Figure | undefined => heldOut[0] ?? losses[0];

const time = (moment: string | undefined) => (moment === undefined ? undefined : Date.parse(moment));

export const columns: readonly { readonly name: string; readonly label: string; readonly sort?: SortKey }[] =
  [
    { name: 'choice', label: 'Compare' },
    { name: 'picture', label: 'Samples' },
    { name: 'name', label: 'Run', sort: ({ id }) => id },
    { name: 'state', label: 'State', sort: ({ state }) => state },
    {
      name: 'progress',
      label: 'Progress',
      sort: shareDone,
    },
    { name: 'figure', label: 'Figure', sort: (row) => mainFigure(row)?.value ?? undefined },
    { name: 'spark', label: 'Its curve' },
    { name: 'rate', label: 'Images/s', sort: ({ imagesPerSecond }) => imagesPerSecond },
    { name: 'left', label: 'Time left', sort: ({ secondsLeft }) => secondsLeft },
    { name: 'begun', label: 'Begun', sort: ({ created, updated }) => time(created ?? updated) },
  ];

export function createRow(first: RunRow, choose: (isChosen: boolean) => void): Row {
  let row = first;
  const chip = stateChip(row.state);
  const bar = progressBar();
  const spark = sparkline();
  const box = element('input', { type: 'checkbox', 'aria-label': `Compare ${row.id}` });
  box.addEventListener('change', () => choose(box.checked));
  const picture = element('img', { alt: '', width: 48, height: 48, loading: 'lazy', decoding: 'async' });
  const kind = element('small', {});
  const length = element('span', {});
  const figure = element('span', { class: 'number' });
  const label = element('small', {});
  const cells = {
    choice: element('td', { class: 'choice' }, element('label', { class: 'hit' }, box)),
    picture: element('td', { class: 'picture' }),
    name: element(
      'th',
      { scope: 'row', class: 'name' },
      element('a', { href: linkTo('run', { id: row.id }) }, row.id),
      kind,
    ),
    state: element('td', { class: 'state' }, chip.element),
    progress: element('td', { class: 'progress' }, length, bar.element),
    figure: element('td', { class: 'figure' }, figure, label),
    spark: element('td', { class: 'spark' }, spark.svg),
    rate: element('td', { class: 'rate number' }),
    left: element('td', { class: 'left number' }),
    begun: element('td', { class: 'begun' }),
  };
  const set = (now: RunRow) => {
    row = now;
    const main = mainFigure(row);
    chip.set(row.state);
    bar.set(row);
    setText(kind, [row.family, row.dataset, row.backend].filter(Boolean).join(' · '));
    setText(length, lengthWords(row));
    setText(figure, main?.value == null ? '' : withUnit(reading(main.value), main));
    setText(label, main ? `${main.label}${row.heldOut.length > 0 ? ', test' : ''}` : '');
    setText(
      cells.rate,
      row.imagesPerSecond === undefined ? '' : imageRate(row.imagesPerSecond).replace(/ .*/, ''),
    );
    setText(
      cells.left,
      isWorking(row.state) && row.secondsLeft !== undefined ? duration(row.secondsLeft) : '',
    );
    setText(cells.begun, ago(row.created ?? row.updated));
    const problem = row.problem ?? '';
    if (problem) chip.element.title = problem;
    const address = row.grid?.thumbnail;
    if (address === undefined) cells.picture.replaceChildren();
    else if (picture.getAttribute('src') !== address || !picture.isConnected) {
      picture.src = address;
      cells.picture.replaceChildren(picture);
    }
  };
  set(row);
  return {
    element: element('tr', {}, ...Object.values(cells)),
    set,
    drawSpark: spark.draw,
    tick: () => setText(cells.begun, ago(row.created ?? row.updated)),
  };
}
