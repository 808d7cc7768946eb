// The page of `aigc studio`: opens a session, and shows the view that the address names.

import { element } from '../../page/dom';
import type { Families } from '../api';
import { addresses } from '../api';
import { openSession, Refusal, takeToken } from './client';
import { createNotices } from './notices';
import { openStore } from './store';
import type { OpenView, Studio, View } from './view';
import { openCompare } from './views/compare';
import { openPlay } from './views/play';
import { openRun } from './views/run';
import { openRuns } from './views/runs';
import { openSearch } from './views/search';
import { openSearches } from './views/searches';
import { openStart } from './views/start';

const views: Readonly<Record<string, OpenView>> = {
  runs: openRuns,
  run: openRun,
  compare: openCompare,
  searches: openSearches,
  search: openSearch,
  start: openStart,
  play: openPlay,
};
/** Which link of the head a view belongs to. */
const heads: Readonly<Record<string, string>> = { searches: 'searches', search: 'searches', start: 'start' };

const byId = (id: string) => document.getElementById(id) as HTMLElement;

async function open(): Promise<void> {
  const token = takeToken();
  if (token === undefined) throw new Refusal('This address has no token.', 401);
  const { client, session } = await openSession(token);
  const store = await openStore(client);
  let families: Promise<Families> | undefined;
  const live = byId('live');
  const studio: Studio = {
    client,
    store,
    session,
    families: () => {
      families ??= client.get<Families>(addresses.families);
      return families;
    },
    announce: (words) => {
      live.textContent = words;
    },
    notify: createNotices(byId('notices')),
  };
  showConnection(studio);
  showViews(studio);
}

function showConnection({ store, session }: Studio): void {
  const connection = byId('connection');
  connection.title = `aigc ${session.version}`;
  const show = (connected: boolean) => {
    connection.dataset.state = connected ? 'live' : 'lost';
    connection.textContent = connected
      ? session.folder === '.'
        ? 'live'
        : `live · ${session.folder}`
      : 'The studio does not answer: trying again';
  };
  show(true);
  store.on('connected', show);
}

function showViews(studio: Studio): void {
  const main = byId('view');
  let shown: View | undefined;
  const show = () => {
    const [name = '', query = ''] = location.hash.replace(/^#\/?/, '').split(/\?(.*)/s);
    const opener = views[name] ?? openRuns;
    shown?.close();
    const view = opener(studio, new URLSearchParams(query));
    shown = view;
    main.replaceChildren(view.element);
    main.dataset.view = name in views ? name : 'runs';
    document.title = `${view.title} · aigc studio`;
    markHead(heads[name] ?? 'runs');
    scrollTo(0, 0);
  };
  addEventListener('hashchange', ({ oldURL }) => {
    // The skip link, which is none of ours.
    if (location.hash === '#view') return history.replaceState(null, '', new URL(oldURL).hash || '#/runs');
    show();
    main.focus({ preventScroll: true });
    studio.announce(document.title);
  });
  show();
}

function markHead(name: string): void {
  for (const link of document.querySelectorAll('nav a')) {
    if (link.getAttribute('href') === `#/${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

open().catch((error: unknown) => {
  const refused = error instanceof Refusal && error.status === 401;
  const words = error instanceof Error ? error.message : String(error);
  byId('view').replaceChildren(
    element(
      'p',
      { class: 'trouble', role: 'alert' },
      refused
        ? 'This page needs the address that `aigc studio` printed, with the token at its end. Each start of the studio has another.'
        : `This page cannot run here: ${words}`,
    ),
  );
  byId('connection').textContent = 'not connected';
});
