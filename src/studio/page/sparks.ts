// The small curves of the list: each is asked for when its row comes into view, and again after an epoch.
import type { RunRow, Series } from '../api';
import { addresses } from '../api';
import type { Client } from './client';

/** As few as the server gives. */
const points = 100;
const atOnce = 3;

export interface Sparks {
  /** Draws a run's curve into `place` whenever it is in view. */
  follow(place: Element, row: RunRow, draw: (values: readonly (number | null)[]) => void): void;
  /** Its row is another: the curve may be longer. */
  renew(row: RunRow): void;
  close(): void;
}

interface Followed {
  row: RunRow;
  readonly draw: (values: readonly (number | null)[]) => void;
  seen: boolean;
  /** What was drawn last: an epoch, or a step. */
  drawn: string;
}

export function createSparks(client: Client): Sparks {
  const followed = new Map<string, Followed>();
  const ids = new Map<Element, string>();
  const waiting = new Set<string>();
  let asking = 0;
  let closed = false;

  const observer = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        const one = followed.get(ids.get(target) ?? '');
        if (!one) continue;
        one.seen = isIntersecting;
        want(one);
      }
    },
    { rootMargin: '200px' },
  );
  function want(one: Followed): void {
    if (!one.seen || one.drawn === ageOf(one.row) || one.row.step === 0) return;
    waiting.add(one.row.id);
    ask();
  }
  function ask(): void {
    for (const id of waiting) {
      if (asking >= atOnce || closed) return;
      waiting.delete(id);
      const one = followed.get(id);
      if (!one?.seen) continue;
      asking++;
      one.drawn = ageOf(one.row);
      client
        .get<Series>(addresses.series, { run: id, points })
        .then((series) => one.draw(mainValues(series)))
        // A run that is gone, or damaged: its row says so.
        .catch(() => undefined)
        .finally(() => {
          asking--;
          ask();
        });
    }
  }
  return {
    follow: (place, row, draw) => {
      followed.set(row.id, { row, draw, seen: false, drawn: '' });
      ids.set(place, row.id);
      observer.observe(place);
    },
    renew: (row) => {
      const one = followed.get(row.id);
      if (!one) return;
      one.row = row;
      want(one);
    },
    close: () => {
      closed = true;
      observer.disconnect();
    },
  };
}

/** Curves are asked for again after each epoch, and of a run within its first, after each twentieth of it or so. */
function ageOf({ epoch, step, endStep, state }: RunRow): string {
  return `${state} ${epoch} ${Math.floor(step / Math.max(50, (endStep ?? 4000) / 40))}`;
}

/** The figure on the test split where there are some epochs of it, else the first loss. */
function mainValues({ epochs, steps }: Series): readonly (number | null)[] {
  const held = epochs.heldOut[0]?.values ?? [];
  return held.length >= 3 ? held : (steps.losses[0]?.values ?? []);
}
