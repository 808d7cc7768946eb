// The processes that this studio started for a run: how far each is, and what it says.
import { button, element } from '../../page/dom';
import type { Job } from '../api';
import { addresses } from '../api';
import { ago } from './figure-words';
import { refill } from './refill';
import { order, type Studio, tellTrouble } from './view';

const kinds: Readonly<Record<Job['kind'], string>> = {
  train: 'Training',
  resume: 'Training on',
  evaluate: 'Evaluation',
  play: 'Page to play with',
};
const states: Readonly<Record<Job['state'], string>> = {
  running: 'at work',
  done: 'done',
  failed: 'failed',
  stopped: 'stopped',
};

export interface JobList {
  readonly element: HTMLElement;
  close(): void;
}

/** @param run whose */
export function jobList(studio: Studio, run: string): JobList {
  const place = element('div', { class: 'jobs' });
  const show = () => {
    const jobs = [...studio.store.jobs.values()]
      .filter((job) => job.run === run)
      .sort((a, b) => b.began.localeCompare(a.began));
    refill(
      place,
      ...(jobs.length === 0
        ? []
        : [element('h2', {}, 'Started here'), element('ul', {}, ...jobs.map((job) => item(studio, job)))]),
    );
  };
  show();
  return { element: place, close: studio.store.on('job', show) };
}

function item(studio: Studio, job: Job): HTMLElement {
  const { kind, state, began, progress, problem, id, url } = job;
  const said = [progress, problem?.message, problem?.hint].filter((words) => words !== undefined);
  const log = element('pre', { class: 'log gone', tabindex: 0, 'aria-label': 'What it said' });
  const readLog = async () => {
    try {
      log.textContent = (await studio.client.text(addresses.log, { job: id })) || 'It has said nothing.';
      log.classList.remove('gone');
    } catch (error) {
      tellTrouble(studio, error);
    }
  };
  const cancel = () => order(studio, addresses.cancel, { job: id });
  return element(
    'li',
    { 'data-state': state },
    element(
      'p',
      {},
      element('strong', {}, kinds[kind]),
      ` ${states[state]}, begun ${ago(began)}${said.length > 0 ? `: ${said.join(' ')}` : ''}`,
    ),
    element(
      'div',
      { class: 'buttons' },
      button('What it said', readLog, { class: 'quiet', 'data-key': `log ${id}` }),
      state === 'running' && kind !== 'train' && kind !== 'resume'
        ? button('End it', cancel, { class: 'quiet', 'data-key': `cancel ${id}` })
        : undefined,
      url === undefined
        ? undefined
        : element('a', { class: 'button quiet', href: url, target: '_blank', rel: 'noreferrer' }, 'Open'),
    ),
    log,
  );
}
