// Short forms for what the rooms are made of. Text is always set as text: nothing that a run holds becomes markup.

export type Child = Node | string | undefined;
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** An element; attributes that are undefined or false are left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

let names = 0;
/** An id that no other element of the page has. */
export const newId = () => `id${++names}`;

export function button(label: string, act: () => void, attributes: Attributes = {}): HTMLButtonElement {
  const made = element('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', act);
  return made;
}

interface RangeSpec {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  /** The value in words. */
  say(value: number): string;
  change(value: number): void;
}

export interface Range {
  readonly row: HTMLElement;
  set(value: number): void;
  /** Another end; a value beyond it becomes it. */
  setMax(max: number): void;
}

/** A slider with its label before it and its value behind. */
export function range({ label, min, max: end, step, value, say, change }: RangeSpec): Range {
  const id = newId();
  let max = end;
  const input = element('input', { type: 'range', id, min, max, step });
  const output = element('output', { for: id });
  const show = (now: number) => {
    output.textContent = say(now);
    input.setAttribute('aria-valuetext', say(now));
    input.style.setProperty('--filled', `${(100 * (now - min)) / (max - min)}%`);
  };
  const set = (now: number) => {
    input.value = String(now);
    show(now);
  };
  input.addEventListener('input', () => {
    show(input.valueAsNumber);
    change(input.valueAsNumber);
  });
  set(value);
  return {
    row: element('div', { class: 'range' }, element('label', { for: id }, label), input, output),
    set,
    setMax: (other) => {
      max = other;
      input.max = String(max);
      show(input.valueAsNumber);
    },
  };
}

/** One of a few, as buttons in a row. */
export function radios<T extends number | string>(
  legend: string,
  choices: readonly { readonly label: string; readonly value: T }[],
  chosen: T,
  change: (value: T) => void,
): { readonly group: HTMLElement; set(value: T): void } {
  const name = newId();
  const inputs = choices.map(({ label, value }) => {
    const input = element('input', { type: 'radio', name, value, checked: value === chosen });
    input.addEventListener('change', () => change(value));
    return { value, input, row: element('label', {}, input, element('span', {}, label)) };
  });
  return {
    group: element(
      'fieldset',
      { class: 'choices' },
      element('legend', {}, legend),
      ...inputs.map(({ row }) => row),
    ),
    set: (value) => {
      for (const each of inputs) each.input.checked = each.value === value;
    },
  };
}

export function checkbox(label: string, checked: boolean, change: (checked: boolean) => void): HTMLElement {
  const input = element('input', { type: 'checkbox', checked });
  input.addEventListener('change', () => change(input.checked));
  return element('label', { class: 'check' }, input, label);
}

export function select(
  label: string,
  choices: readonly { readonly label: string; readonly value: string }[],
  change: (value: string) => void,
): HTMLElement {
  const id = newId();
  const input = element(
    'select',
    { id },
    ...choices.map(({ label: words, value }) => element('option', { value }, words)),
  );
  input.addEventListener('change', () => change(input.value));
  return element('div', { class: 'select' }, element('label', { for: id }, label), input);
}

/** A row of facts each: a name, and what there is. */
export function facts(rows: readonly (readonly [string, Node | string])[]): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    ...rows.flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
  );
}

/** A table in a frame that scrolls by itself, where it is wider than the page. @param name what it shows, for its caption */
export function table(
  name: string,
  columns: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLElement {
  const cell = (child: Child, i: number) =>
    i === 0 ? element('th', { scope: 'row' }, child) : element('td', {}, child);
  return element(
    'div',
    { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': name },
    element(
      'table',
      {},
      element('caption', {}, name),
      element(
        'thead',
        {},
        element('tr', {}, ...columns.map((word) => element('th', { scope: 'col' }, word))),
      ),
      element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell)))),
    ),
  );
}

/** A room of the page. */
export function room(id: string, title: string, introduction: string): HTMLElement {
  return element(
    'section',
    { id, 'aria-labelledby': `${id}-title`, tabindex: -1 },
    element('h2', { id: `${id}-title` }, title),
    element('p', { class: 'introduction' }, introduction),
  );
}

/** Runs `work` once however often it was asked for before; what is asked for while it runs, after it.
 *  @param later has it run: in the next frame, after a pause */
export function paced(
  work: () => Promise<void> | void,
  later: (run: () => void) => void,
): { ask(): void; end(): void } {
  let asked = false;
  let running = false;
  let ended = false;
  const run = async () => {
    if (ended) return;
    asked = false;
    running = true;
    try {
      await work();
    } finally {
      running = false;
      if (asked) later(run);
    }
  };
  return {
    ask: () => {
      if (asked) return;
      asked = true;
      if (!running) later(run);
    },
    end: () => {
      ended = true;
    },
  };
}

/** The same in the next frame. */
export const onceAFrame = (work: () => Promise<void> | void) => paced(work, requestAnimationFrame).ask;

/** Offers bytes as a file. */
export function save(bytes: Blob, name: string): void {
  const address = URL.createObjectURL(bytes);
  element('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export const movesLittle = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
