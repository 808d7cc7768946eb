// A checkpoint to play with: the page of `aigc export --to web`, which the server makes.
import { element } from '../../../page/dom';
import { grouped } from '../../../words';
import type { Job, JobStarted } from '../../api';
import { addresses } from '../../api';
import { setText } from '../refill';
import { linkTo, type Studio, type View } from '../view';

export function openPlay(studio: Studio, parameters: URLSearchParams): View {
  const id = parameters.get('id') ?? '';
  const step = parameters.get('step');
  const words = element('p', { class: 'opening', role: 'status' }, 'Making the page of this checkpoint');
  const place = element('div', { class: 'play' }, words);
  const alone = element('a', { class: 'button gone', target: '_blank', rel: 'noreferrer' }, 'Open it alone');
  let mine: string | undefined;
  let closed = false;

  const show = (job: Job) => {
    if (closed || job.id !== mine) return;
    if (job.state === 'done' && job.url !== undefined) {
      alone.setAttribute('href', job.url);
      alone.classList.remove('gone');
      place.replaceChildren(element('iframe', { src: job.url, title: `The page that plays ${id}` }));
      studio.announce('The page is there.');
    } else if (job.state === 'running')
      setText(words, `Making the page of this checkpoint${job.progress ? `: ${job.progress}` : ''}`);
    else fail(job.problem ?? { message: 'The page was not made.' });
  };
  const fail = ({ message, hint }: { readonly message: string; readonly hint?: string }) => {
    setText(words, [message, hint].filter(Boolean).join(' '));
    words.className = 'trouble';
    words.setAttribute('role', 'alert');
  };
  const end = studio.store.on('job', show);
  studio.client
    .post<JobStarted>(addresses.play, { run: id, ...(step === null ? {} : { step: Number(step) }) })
    .then(({ job }) => {
      mine = job.id;
      show(studio.store.jobs.get(job.id) ?? job);
      studio.store.addJob(job);
    })
    .catch((error: Error) => closed || fail(error));
  return {
    element: element(
      'article',
      { 'aria-labelledby': 'play-title' },
      element(
        'div',
        { class: 'head' },
        element(
          'p',
          { class: 'over' },
          step === null ? 'the newest checkpoint' : `step ${grouped(Number(step))}`,
        ),
        element('div', { class: 'title' }, element('h1', { id: 'play-title' }, `Play ${id}`), alone),
        element('p', {}, element('a', { href: linkTo('run', { id }) }, 'Back to the run')),
      ),
      place,
    ),
    title: `Play ${id}`,
    close: () => {
      closed = true;
      end();
    },
  };
}
