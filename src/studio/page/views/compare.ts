// Runs side by side: their curves laid over each other, what they differ in, and what they draw.
import { element, table } from '../../../page/dom';
import type { RunDetail, Series, Value } from '../../api';
import { addresses } from '../../api';
import { createBoard } from '../chart/board';
import { colour, type LineStyle, onTheme, styleOf } from '../chart/colours';
import { isWorking, optionWords, reading, valueWords, withUnit } from '../figure-words';
import { followSeries } from '../live-series';
import { calmly, refill } from '../refill';
import { stateChip } from '../state-chip';
import { linkTo, type Studio, tellTrouble, together, type View } from '../view';

/** Beyond so many nobody can tell the curves apart. */
const most = 12;

export function openCompare(studio: Studio, parameters: URLSearchParams): View {
  const ids = [...new Set(parameters.getAll('id'))].slice(0, most);
  const { store, client } = studio;
  const names = namesOf(ids);
  const styles = ids.map((_, i) => styleOf(i));
  const board = createBoard(studio.announce);
  const series = new Map<string, Series>();
  const legend = element('ul', { class: 'legend' });
  const words = element('div', { class: 'words' });
  let details: readonly RunDetail[] = [];
  let closed = false;

  const draw = calmly(() => {
    board.show(
      ids.flatMap((id, i) => {
        const one = series.get(id);
        return one ? [{ name: names[i] as string, series: one, style: styles[i] as LineStyle }] : [];
      }),
    );
  }, 100);
  const showLegend = () => {
    refill(legend, ...ids.map((id, i) => legendItem(studio, id, names[i] as string, styles[i] as LineStyle)));
  };
  const read = calmly(async () => {
    const found = await Promise.allSettled(
      ids.map((id) => client.get<RunDetail>(addresses.run, { run: id })),
    );
    if (closed) return;
    details = found.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    for (const one of found) if (one.status === 'rejected') tellTrouble(studio, one.reason);
    refill(words, differencesOf(details, names, ids), samplesOf(details, names, ids));
  }, 150);
  const changed = (told: ReadonlySet<string>) => {
    if (!ids.some((id) => told.has(id))) return;
    showLegend();
    // One that had no folder yet may have one now.
    if (details.length < ids.length) read.ask();
  };
  showLegend();
  read.ask();
  const ends = together(
    ...ids.map((id) =>
      followSeries(
        studio,
        id,
        (one) => {
          series.set(id, one);
          draw.ask();
        },
        (error) => tellTrouble(studio, error),
      ),
    ),
    store.watch(ids),
    store.on('runs', changed),
    store.on('detail', ({ run }) => ids.includes(run) && read.ask()),
    store.on('anew', read.ask),
    onTheme(showLegend),
    board.close,
    draw.end,
    read.end,
  );
  return {
    element: element(
      'article',
      { class: 'compare', 'aria-labelledby': 'compare-title' },
      element(
        'div',
        { class: 'head' },
        element(
          'h1',
          { id: 'compare-title' },
          ids.length > 0 ? `${ids.length} runs side by side` : 'Compare',
        ),
        ids.length < 2
          ? element(
              'p',
              {},
              'Choose two or more runs in ',
              element('a', { href: linkTo('runs') }, 'the list'),
              '.',
            )
          : undefined,
        legend,
      ),
      element('section', { class: 'curves wide', 'aria-label': 'Curves' }, board.tools, board.charts),
      words,
    ),
    title: 'Compare',
    close: () => {
      closed = true;
      ends();
    },
  };
}

function legendItem({ store }: Studio, id: string, name: string, style: LineStyle): HTMLElement {
  const row = store.runs.get(id);
  const figures = (row?.heldOut.length ? row.heldOut : (row?.losses ?? []))
    .filter(({ value }) => value !== null)
    .slice(0, 2)
    .map((figure) => `${figure.label} ${withUnit(reading(figure.value as number), figure)}`);
  return element(
    'li',
    {},
    swatch(style),
    element('a', { href: linkTo('run', { id }), 'data-key': id }, name),
    row && isWorking(row.state) ? stateChip(row.state).element : undefined,
    element('span', { class: 'hint' }, figures.join(' · ')),
  );
}

/** A piece of the curve, as it is drawn. */
function swatch({ colour: name, dash }: LineStyle): HTMLCanvasElement {
  const canvas = element('canvas', { width: 56, height: 16, 'aria-hidden': true, class: 'swatch' });
  const context = canvas.getContext('2d');
  if (!context) return canvas;
  context.strokeStyle = colour(name);
  context.lineWidth = 4;
  context.setLineDash(dash.map((length) => 2 * length));
  context.beginPath();
  context.moveTo(0, 8);
  context.lineTo(56, 8);
  context.stroke();
  return canvas;
}

function differencesOf(
  details: readonly RunDetail[],
  names: readonly string[],
  ids: readonly string[],
): HTMLElement | undefined {
  if (details.length < 2) return undefined;
  const options = new Set(details.flatMap(({ resolved }) => Object.keys(resolved)));
  const of = (detail: RunDetail, name: string): Value => detail.resolved[name] ?? null;
  const differ = [...options].filter(
    (name) => new Set(details.map((detail) => JSON.stringify(of(detail, name)))).size > 1,
  );
  const nameOf = ({ id }: RunDetail) => names[ids.indexOf(id)] ?? id;
  if (differ.length === 0)
    return element(
      'p',
      { class: 'same' },
      'Their configurations are the same, but for where they were written.',
    );
  return table(
    'What they differ in',
    ['Option', ...details.map(nameOf)],
    differ.map((name) => [optionWords(name), ...details.map((detail) => valueWords(of(detail, name)))]),
  );
}

function samplesOf(
  details: readonly RunDetail[],
  names: readonly string[],
  ids: readonly string[],
): HTMLElement | undefined {
  const shown = details.flatMap(({ id, grids }) => {
    const grid = grids.at(-1);
    return grid ? [{ grid, name: names[ids.indexOf(id)] ?? id }] : [];
  });
  if (shown.length === 0) return undefined;
  return element(
    'section',
    {},
    element('h2', {}, 'What they draw'),
    element(
      'div',
      { class: 'samples' },
      ...shown.map(({ grid, name }) =>
        element(
          'figure',
          {},
          element('img', {
            src: grid.url,
            alt: `Samples of ${name} after epoch ${grid.epoch}`,
            loading: 'lazy',
          }),
          element('figcaption', {}, `${name}, epoch ${grid.epoch}`),
        ),
      ),
    ),
  );
}

/** What is left of the names without the folders that all are in. */
function namesOf(ids: readonly string[]): string[] {
  const parts = ids.map((id) => id.split('/'));
  let common = 0;
  while (
    parts.length > 1 &&
    parts.every((own) => own.length > common + 1 && own[common] === parts[0]?.[common])
  )
    common++;
  return parts.map((own) => own.slice(common).join('/'));
}
