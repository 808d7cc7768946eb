// Which runs the table shows, and in which order: its filters and its sorting heads.
import { button, element } from '../../../page/dom';
import type { RunRow } from '../../api';
import { isWorking } from '../figure-words';

/** What a column is sorted by: numbers by size, words by the alphabet; rows without it come last. */
export type SortKey = (row: RunRow) => number | string | undefined;

export interface Sieve {
  readonly controls: readonly HTMLElement[];
  /** The head of a column that sorts. */
  sorter(name: string, label: string, key: SortKey): HTMLElement;
  arranged(rows: readonly RunRow[]): RunRow[];
  close(): void;
}

const groups: Readonly<Record<string, readonly [label: string, holds: (row: RunRow) => boolean]>> = {
  all: ['All states', () => true],
  work: ['At work', ({ state }) => isWorking(state)],
  ended: ['Finished', ({ state }) => state === 'finished'],
  halted: ['Can go on', ({ state }) => state === 'stopped' || state === 'stale'],
  trouble: [
    'In trouble',
    ({ state, rollbacks }) => state === 'failed' || state === 'damaged' || rollbacks > 0,
  ],
};

/** What was set last: it is there again when one comes back to the table. */
const kept = { text: '', group: 'all', sort: 'begun', descending: true };

export function createSieve(changed: () => void): Sieve {
  const keys = new Map<string, SortKey>();
  const heads = new Map<string, HTMLElement>();
  const text = element('input', {
    type: 'search',
    'aria-label': 'Filter runs',
    placeholder: 'Filter  /',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  text.value = kept.text;
  text.addEventListener('input', () => {
    kept.text = text.value;
    changed();
  });
  const group = element(
    'select',
    { 'aria-label': 'State' },
    ...Object.entries(groups).map(([value, [label]]) => element('option', { value }, label)),
  );
  group.value = kept.group;
  group.addEventListener('change', () => {
    kept.group = group.value;
    changed();
  });
  const markHeads = () => {
    for (const [name, head] of heads) {
      const order = kept.descending ? 'descending' : 'ascending';
      if (name === kept.sort) head.setAttribute('aria-sort', order);
      else head.removeAttribute('aria-sort');
    }
  };
  const shortcut = (event: KeyboardEvent) => {
    const { target } = event;
    if (event.key !== '/' || target instanceof HTMLInputElement || target instanceof HTMLSelectElement)
      return;
    event.preventDefault();
    text.focus();
  };
  addEventListener('keydown', shortcut);
  return {
    controls: [text, group],
    sorter: (name, label, key) => {
      keys.set(name, key);
      const sort = () => {
        kept.descending = kept.sort === name ? !kept.descending : name === 'begun';
        kept.sort = name;
        markHeads();
        changed();
      };
      const act = button(label, sort, { class: 'sorter' });
      const head = element('th', { scope: 'col', class: name }, act);
      heads.set(name, head);
      markHeads();
      return head;
    },
    arranged: (rows) => {
      const words = kept.text.toLowerCase().split(/\s+/).filter(Boolean);
      const [, holds] = groups[kept.group] ?? ['', () => true];
      const found = rows.filter((row) => holds(row) && words.every((word) => textOf(row).includes(word)));
      const key = keys.get(kept.sort);
      return key ? found.sort(orderBy(key, kept.descending ? -1 : 1)) : found;
    },
    close: () => removeEventListener('keydown', shortcut),
  };
}

const textOf = ({ id, family, dataset, backend, state, search = '' }: RunRow) =>
  `${id} ${family} ${dataset} ${backend} ${state} ${search}`.toLowerCase();

const collator = new Intl.Collator('en', { numeric: true });

function orderBy(key: SortKey, sign: number): (a: RunRow, b: RunRow) => number {
  return (a, b) => {
    const [first, second] = [key(a), key(b)];
    if (first === undefined || second === undefined)
      return Number(first === undefined) - Number(second === undefined) || collator.compare(a.id, b.id);
    const order =
      typeof first === 'number' && typeof second === 'number'
        ? first - second
        : collator.compare(String(first), String(second));
    return sign * order || collator.compare(a.id, b.id);
  };
}
