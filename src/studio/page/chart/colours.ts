// Colours of the page for canvases, which know none of its style sheet.

let probe: HTMLElement | undefined;
const known = new Map<string, string>();
const listeners = new Set<() => void>();

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  known.clear();
  for (const listener of listeners) listener();
});

/** A colour of the style sheet as it is in the theme of now. @param name `--ink` */
export function colour(name: string): string {
  let found = known.get(name);
  if (found === undefined) {
    if (!probe) {
      probe = document.createElement('span');
      probe.className = 'probe';
      document.body.append(probe);
    }
    probe.style.color = `var(${name})`;
    found = getComputedStyle(probe).color;
    known.set(name, found);
  }
  return found;
}

/** Told when the theme changes. @returns what ends that */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const count = 8;
const dashes: readonly (readonly number[])[] = [[], [8, 4], [2, 3], [9, 3, 2, 3]];

export interface LineStyle {
  /** A name for `colour`. */
  readonly colour: string;
  /** Lengths in pixels; none for a whole line. */
  readonly dash: readonly number[];
}

/** The style of the i-th of several, from 0: eight colours, and other dashes for each, for those who see no colours. */
export function styleOf(index: number): LineStyle {
  return {
    colour: `--series-${index % count}`,
    dash: dashes[(index + Math.floor(index / count)) % dashes.length] as readonly number[],
  };
}
