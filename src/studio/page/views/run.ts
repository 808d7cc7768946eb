// One run, as it goes: its curves, its film, and what can be done with it.
import { element } from '../../../page/dom';
import { createFilm, type Film } from '../../../page/film';
import { fileSize, grouped, imageRate } from '../../../words';
import type { RunDetail, RunRow } from '../../api';
import { addresses } from '../../api';
import { actionsOf } from '../actions';
import { createBoard } from '../chart/board';
import { styleOf } from '../chart/colours';
import { isWorking, left, outOf, reading, withUnit } from '../figure-words';
import { jobList } from '../job-list';
import { followSeries, hasNoFolder } from '../live-series';
import { lengthWords, progressBar } from '../progress';
import { calmly, refill, setText } from '../refill';
import { stateChip } from '../state-chip';
import { linkTo, type Studio, together, type View } from '../view';
import { checkpointsOf, configurationOf, evaluationsOf, originOf, warningsOf } from './run-tables';

export function openRun(studio: Studio, parameters: URLSearchParams): View {
  const id = parameters.get('id') ?? '';
  const { store, client } = studio;
  const head = headOf(id);
  const board = createBoard(studio.announce);
  const jobs = jobList(studio, id);
  const story = element('div', { class: 'story' });
  const words = element('div', { class: 'words' });
  const curves = element('section', { class: 'curves', 'aria-label': 'Curves' }, board.tools, board.charts);
  let film: Film | undefined;
  let closed = false;

  const showFilm = ({ grids }: RunDetail) => {
    const frames = grids.map(({ epoch, url }) => ({ epoch, image: url }));
    if (frames.length === 0) return;
    if (film) return film.setFrames(frames);
    film = createFilm(frames);
    story.replaceChildren(film.figure);
  };
  const detail = calmly(async () => {
    if (hasNoFolder(store, id)) return;
    try {
      const run = await client.get<RunDetail>(addresses.run, { run: id });
      if (closed) return;
      head.show(run);
      refill(head.actions, ...actionsOf(studio, run));
      showFilm(run);
      const open = words.querySelector<HTMLDetailsElement>('.configuration details')?.open;
      refill(
        words,
        warningsOf(run),
        evaluationsOf(run),
        checkpointsOf(run),
        configurationOf(run),
        originOf(run),
      );
      const rest = words.querySelector<HTMLDetailsElement>('.configuration details');
      if (rest && open !== undefined) rest.open = open;
    } catch (error) {
      if (!closed) head.fail(error);
    }
  }, 80);
  let state = store.runs.get(id)?.state;
  const rowChanged = (ids: ReadonlySet<string>) => {
    if (!ids.has(id)) return;
    const row = store.runs.get(id);
    if (!row) return head.fail(goneWords(studio, id));
    head.show(row);
    if (row.state !== state) detail.ask();
    state = row.state;
  };
  const known = store.runs.get(id);
  if (known) head.show(known);
  detail.ask();
  const ends = together(
    followSeries(
      studio,
      id,
      (series) => board.show([{ name: id, series, style: styleOf(0) }]),
      // What is wrong with the run is said by its head.
      () => undefined,
    ),
    store.watch([id]),
    store.on('runs', rowChanged),
    store.on('detail', ({ run }) => run === id && detail.ask()),
    store.on('rewritten', ({ run }) => run === id && detail.ask()),
    store.on('job', ({ run }) => run === id && detail.ask()),
    store.on('anew', detail.ask),
    detail.end,
    board.close,
    jobs.close,
  );
  return {
    element: element(
      'article',
      { class: 'run', 'aria-labelledby': 'run-title' },
      head.element,
      element('div', { class: 'live' }, story, curves),
      jobs.element,
      words,
    ),
    title: id,
    close: () => {
      closed = true;
      ends();
    },
  };
}

/** Why there is no run of this name any more. */
function goneWords({ store }: Studio, id: string): Error {
  const job = [...store.jobs.values()].findLast(({ run }) => run === id);
  const { message, hint } = job?.problem ?? {};
  if (message === undefined) return new Error('This run is gone: its folder was removed, or moved.');
  return new Error(['It did not start.', message, hint].filter(Boolean).join(' '));
}

interface Head {
  readonly element: HTMLElement;
  readonly actions: HTMLElement;
  show(row: RunRow): void;
  fail(error: unknown): void;
}

function headOf(id: string): Head {
  const chip = stateChip('starting');
  const bar = progressBar();
  const kind = element('p', { class: 'over' });
  const state = element('p', { class: 'standing' });
  const best = element('p', { class: 'hint' });
  const trouble = element('p', { class: 'trouble gone', role: 'alert' });
  const actions = element('div', { class: 'buttons', role: 'group', 'aria-label': 'Actions' });
  const search = element('p', { class: 'hint' });
  return {
    element: element(
      'div',
      { class: 'head' },
      kind,
      element('div', { class: 'title' }, element('h1', { id: 'run-title' }, id), chip.element),
      search,
      bar.element,
      state,
      best,
      trouble,
      actions,
    ),
    actions,
    show: (row) => {
      trouble.classList.add('gone');
      chip.set(row.state);
      bar.set(row);
      setText(kind, [row.family, row.dataset, row.backend].filter(Boolean).join(' · '));
      setText(state, standing(row));
      setText(best, bestWords(row));
      if (row.search !== undefined && !search.hasChildNodes())
        search.append(
          'A trial of ',
          element('a', { href: linkTo('search', { id: row.search }) }, row.search),
        );
    },
    fail: (error) => {
      chip.set('failed');
      trouble.classList.remove('gone');
      setText(trouble, error instanceof Error ? error.message : String(error));
    },
  };
}

function standing(row: RunRow): string {
  const { step, endStep, imagesPerSecond, secondsLeft, memoryBytes, state, epochs } = row;
  const works = isWorking(state);
  return [
    lengthWords(row),
    ...(epochs ? [`step ${outOf(step, endStep)}`] : []),
    ...(imagesPerSecond === undefined ? [] : [imageRate(imagesPerSecond)]),
    ...(works && secondsLeft !== undefined ? [left(secondsLeft)] : []),
    ...(works && memoryBytes !== undefined ? [`${fileSize(memoryBytes)} of memory`] : []),
  ].join(' · ');
}

function bestWords({ best }: RunRow): string {
  if (!best || best.value === null) return '';
  return `Best so far: ${best.label} ${withUnit(reading(best.value), best)} at step ${grouped(best.step)}.`;
}
