// The page that plays a model: unpacks it, starts the backend, and opens the rooms.
import { inflate } from './bytes';
import { element } from './dom';
import { startEngine } from './engine';
import { readLandmarks } from './landmarks';
import { type PackedEntry, unpackWeights } from './packed-weights';
import type { PageData } from './page-data';
import { createPlayer } from './player';
import { drawRoom } from './rooms/draw';
import { flyRoom } from './rooms/fly';
import { handRoom } from './rooms/hand';
import { steerRoom } from './rooms/steer';
import { storyRoom } from './rooms/story';
import { createVisit } from './visit';

const textOf = (id: string) => document.getElementById(id)?.textContent ?? '';

async function open(): Promise<void> {
  const data = JSON.parse(textOf('data')) as PageData;
  const entries = JSON.parse(textOf('weights-index')) as readonly PackedEntry[];
  const main = document.getElementById('rooms') as HTMLElement;
  const live = document.getElementById('live') as HTMLElement;
  await startEngine();
  const weights = unpackWeights({ entries, bytes: await inflate(textOf('weights')) });
  const player = createPlayer(data.model, weights);
  const visit = createVisit(data, player, (words) => {
    live.textContent = words;
  });
  const landmarks = readLandmarks(data);
  const rooms = [
    drawRoom(visit),
    ...(data.space.directions.length > 0 ? [steerRoom(visit), flyRoom(visit, landmarks)] : []),
    ...(data.model.encodes ? [handRoom(visit, landmarks)] : []),
    storyRoom(data),
  ];
  main.replaceChildren(...rooms);
  document
    .getElementById('ways')
    ?.replaceChildren(
      ...rooms.map((room) =>
        element('li', {}, element('a', { href: `#${room.id}` }, room.querySelector('h2')?.textContent ?? '')),
      ),
    );
  document.documentElement.dataset.open = 'true';
}

open().catch((error: unknown) => {
  const words = error instanceof Error ? error.message : String(error);
  document
    .getElementById('rooms')
    ?.replaceChildren(
      element('p', { class: 'trouble', role: 'alert' }, `This page cannot run here: ${words}`),
    );
  document.documentElement.dataset.open = 'false';
  console.error(error);
});
