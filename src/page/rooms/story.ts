// How it was made: the film of its epochs, its losses and figures, its data, and the command that repeats it.
import { commandBox } from '../command-box';
import { element, facts as factList, room, table } from '../dom';
import { createFilm } from '../film';
import type { PageData, Story } from '../page-data';
import { chart } from './chart';

export function storyRoom(data: PageData): HTMLElement {
  const { story } = data;
  const section = room('story', 'How it was made', sentence(data));
  section.append(
    element(
      'div',
      { class: 'story' },
      ...(story.film.length > 0 ? [createFilm(story.film, { playWhenSeen: true }).figure] : []),
      ...(story.curves.length > 0 ? [element('div', { class: 'charts' }, ...story.curves.map(chart))] : []),
    ),
    ...(story.figures.length > 0 ? [figures(story)] : []),
    ...(story.command === undefined ? [] : [commandBox('The command that makes it again:', story.command)]),
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

function figures({ figures: all }: Story): HTMLElement {
  return table(
    'Measured, and how',
    ['Figure', 'Value', 'Protocol'],
    all.map(({ label, value, protocol }) => [label, element('span', { class: 'number' }, value), protocol]),
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
  return factList(rows);
}
