// Sentences in a corner of the page: what was done, and what went wrong.
import { button, element } from '../../page/dom';
import type { Studio } from './view';

const shownMs = 8000;
const most = 4;

export function createNotices(place: HTMLElement): Studio['notify'] {
  return (kind, message, hint) => {
    const notice = element(
      'div',
      { class: `notice ${kind}`, role: kind === 'trouble' ? 'alert' : 'status' },
      element('p', {}, message),
      hint === undefined ? undefined : element('p', { class: 'hint' }, hint),
      button('Close', () => notice.remove(), { class: 'quiet' }),
    );
    // What is said again is said once.
    for (const same of place.children) if (same.textContent === notice.textContent) same.remove();
    place.append(notice);
    while (place.childElementCount > most) place.firstElementChild?.remove();
    if (kind === 'done') setTimeout(() => notice.remove(), shownMs);
  };
}
