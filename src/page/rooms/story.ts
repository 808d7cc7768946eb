// How it was made: the film of its epochs, its losses and figures, its data, and the command that repeats it.
import { button, element, movesLittle, range, room } from '../dom';
import type { PageData, Story } from '../page-data';
import { chart } from './chart';

const frameMs = 220;
/** The last picture is held so long. */
const endMs = 1500;

export function storyRoom(data: PageData): HTMLElement {
  const { story } = data;
  const section = room('story', 'How it was made', sentence(data));
  section.append(
    element(
      'div',
      { class: 'story' },
      ...(story.film.length > 0 ? [film(story)] : []),
      ...(story.curves.length > 0 ? [element('div', { class: 'charts' }, ...story.curves.map(chart))] : []),
    ),
    ...(story.figures.length > 0 ? [figures(story)] : []),
    ...(story.command === undefined ? [] : [command(story.command)]),
    facts(data),
  );
  return section;
}

function sentence({ model, story }: PageData): string {
  const epochs = story.film.at(-1)?.epoch;
  const length = epochs
    ? `${epochs} epoch${epochs === 1 ? '' : 's'}`
    : `${model.step.toLocaleString('en-US')} steps`;
  return `A ${model.family}: ${model.summary.split(';')[0]}. It learned from ${story.dataset} for ${length}.`;
}

function film({ film: frames }: Story): HTMLElement {
  const picture = element('img', { alt: 'Images of the same random numbers, epoch by epoch', class: 'film' });
  let at = frames.length - 1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const go = (to: number) => {
    at = to;
    picture.src = (frames[at] as Story['film'][number]).image;
    slider.set(at);
  };
  const slider = range({
    label: 'Epoch',
    min: 0,
    max: frames.length - 1,
    step: 1,
    value: at,
    say: (value) => String(frames[value]?.epoch ?? ''),
    change: (value) => {
      stop();
      go(value);
    },
  });
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
    play.textContent = 'Play';
  };
  const step = () => {
    go((at + 1) % frames.length);
    timer = setTimeout(step, at === frames.length - 1 ? endMs : frameMs);
  };
  const play = button('Play', () => {
    if (timer !== undefined) return stop();
    play.textContent = 'Pause';
    go(0);
    timer = setTimeout(step, frameMs);
  });
  go(at);
  const several = frames.length > 1;
  if (several && !movesLittle()) {
    new IntersectionObserver(
      ([seen], observer) => {
        if (!seen?.isIntersecting) return;
        observer.disconnect();
        play.click();
      },
      { threshold: 0.6 },
    ).observe(picture);
  }
  return element(
    'figure',
    { class: 'film' },
    picture,
    element('figcaption', {}, 'The same random numbers, epoch by epoch'),
    several ? element('div', { class: 'player' }, play, slider.row) : undefined,
  );
}

function figures({ figures: all }: Story): HTMLElement {
  const row = ({ label, value, protocol }: Story['figures'][number]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row' }, label),
      element('td', { class: 'number' }, value),
      element('td', {}, protocol),
    );
  return element(
    'div',
    { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': 'Figures' },
    element(
      'table',
      {},
      element('caption', {}, 'Measured, and how'),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...['Figure', 'Value', 'Protocol'].map((word) => element('th', { scope: 'col' }, word)),
        ),
      ),
      element('tbody', {}, ...all.map(row)),
    ),
  );
}

function command(text: string): HTMLElement {
  const copy = button('Copy', async () => {
    const copied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false,
    );
    copy.textContent = copied ? 'Copied' : 'Select it';
    setTimeout(() => {
      copy.textContent = 'Copy';
    }, 2000);
  });
  return element(
    'div',
    { class: 'command' },
    element('p', {}, 'The command that makes it again:'),
    element('div', {}, element('code', { tabindex: 0 }, text), copy),
  );
}

function facts({ model, story }: PageData): HTMLElement {
  const { precision } = story;
  const kilobytes = Math.round(precision.bytes / 1000).toLocaleString('en-US');
  const size = `${model.image.width} × ${model.image.height} pixels, ${model.image.channels === 1 ? 'grey' : 'colour'}`;
  const numbers = Object.entries(story.parameters).map(
    ([name, count]) => `${name} ${count.toLocaleString('en-US')}`,
  );
  const rows: readonly (readonly [string, Node | string])[] = [
    ['Images', size],
    ['Random numbers an image', String(model.latentDim)],
    ['Parameters', numbers.join(' · ')],
    [
      'Weights in this page',
      `${precision.name}, ${kilobytes} kB; pixels differ from the run’s by at most ${precision.largestDifference.toFixed(2)} of 255`,
    ],
    ['Checkpoint', `step ${model.step.toLocaleString('en-US')}, SHA-256 ${story.sha256.slice(0, 16)}…`],
    ...(story.backend ? [['Trained on', story.backend] as const] : []),
    [
      'Papers',
      element(
        'ul',
        {},
        ...story.papers.map(({ title, url }) =>
          element('li', {}, element('a', { href: url, rel: 'noreferrer' }, title)),
        ),
      ),
    ],
    ['Program', `aigc ${story.version}`],
  ];
  return element(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
}
