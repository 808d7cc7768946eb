// Where a command writes: results and JSON events on stdout; progress, warnings and bars on stderr.
import { Format, MultiBar, Presets, type SingleBar } from 'cli-progress';
import { printableLine } from './words';

/** The two streams of the program, a line at a time. */
export interface Streams {
  /** One line of result. */
  stdout(line: string): void;
  /** One line of progress, warning or error. */
  stderr(line: string): void;
  /** stderr, where a person watches it at a terminal: bars are drawn only there. */
  readonly terminal: NodeJS.WriteStream | undefined;
}

/** An event as JSON: one object a line. docs/events.md */
export type OutputEvent = Readonly<Record<string, unknown>>;

/** One line, or several: within one, what would end it is escaped, for names come from anywhere. */
export type Lines = string | readonly string[];

/** What one call of a command says, as `--json` and `--quiet` ask. */
export interface Output {
  readonly json: boolean;
  readonly quiet: boolean;
  /** Whether a person watches it at a terminal: whether there are bars. */
  readonly isWatched: boolean;
  /** A result: `lines` for people, or `event` as one JSON object a line under --json. Both go to stdout. */
  result(event: OutputEvent, lines: Lines): void;
  /** An event for those who read JSON, with the time; nothing for people. */
  event(event: OutputEvent): void;
  /** Progress for people, on stderr; nothing under --quiet. Under --json `event`, if any, goes to stdout, with the time. */
  progress(lines: Lines, event?: OutputEvent): void;
  /** What must not be missed, on stderr, also under --quiet. Under --json a "warning" event goes to stdout too. */
  warn(line: string): void;
  /** Bars at the foot of the terminal, while lines go on above them; undefined where no person watches, or one wants
   *  JSON or quiet. The caller closes them, also when its work fails. */
  openBars(): Bars | undefined;
}

export interface Bars {
  /** A bar under those that there are. Its payload's `words` stand behind it. */
  create(label: string, total: number, start?: number): SingleBar;
  remove(bar: SingleBar): void;
  redraw(): void;
  /** What is no text, such as a picture, above the bars: it goes to the terminal as it is. */
  draw(codes: string): void;
  /** Of the terminal, now. */
  readonly columns: number;
  readonly closed: boolean;
  /** Takes the bars away; doing it twice does no harm. */
  close(): void;
}

/** @param flags as commander parsed them */
export function openOutput(
  streams: Streams,
  flags: { readonly json?: boolean; readonly quiet?: boolean },
): Output {
  const json = flags.json ?? false;
  const quiet = flags.quiet ?? false;
  const isWatched = streams.terminal !== undefined && !json && !quiet;
  let bars: LineBars | undefined;
  const emit = (event: OutputEvent) => streams.stdout(JSON.stringify(event));
  /** What happens, and when. */
  const tell = (event: OutputEvent) => emit({ ...event, time: new Date().toISOString() });
  const say = (line: string) => {
    const { terminal } = streams;
    const text = terminal ? wrap(line, widthOf(terminal)) : line;
    if (bars && !bars.closed) bars.say(text);
    else streams.stderr(text);
  };
  return {
    json,
    quiet,
    isWatched,
    result: (event, lines) => (json ? emit(event) : streams.stdout(textOf(lines))),
    event: (event) => {
      if (json) tell(event);
    },
    progress: (lines, event) => {
      if (json && event) tell(event);
      if (!json && !quiet) say(textOf(lines));
    },
    warn: (line) => {
      if (json) tell({ event: 'warning', message: line });
      say(textOf(`warning: ${line}`));
    },
    openBars: () => {
      if (!isWatched || streams.terminal === undefined) return undefined;
      bars = drawBars(streams.terminal);
      return bars;
    },
  };
}

function textOf(lines: Lines): string {
  return (typeof lines === 'string' ? [lines] : lines).map(printableLine).join('\n');
}

interface LineBars extends Bars {
  /** A line above the bars, wrapped already: they turn the terminal's own wrapping off. */
  say(line: string): void;
}

/** Columns of a terminal; some say none. */
const widthOf = (terminal: NodeJS.WriteStream) => terminal.columns || 80;

const barSize = (columns: number) => (columns < 40 ? 4 : columns < 100 ? 10 : 24);

/** So many of the figures behind a bar as fit whole: the terminal would cut the last one. */
export function fitted(words: string, room: number): string {
  const parts = words.split(' · ');
  while (parts.length > 0 && parts.join(' · ').length > room) parts.pop();
  return parts.join(' · ');
}

/** The terminal's code for it. */
const clearToEnd = '\x1b[K';

function drawBars(terminal: NodeJS.WriteStream): LineBars {
  const bars = new MultiBar(
    {
      stream: terminal,
      hideCursor: true,
      clearOnComplete: true,
      barsize: barSize(widthOf(terminal)),
      fps: 10,
      linewrap: false,
      format: '',
    },
    Presets.shades_classic,
  );
  let closed = false;
  return {
    create: (label, total, start = 0) =>
      bars.create(
        total,
        start,
        { words: '' },
        {
          format: (options, { progress }, payload) => {
            const bar = `${label} ${Format.BarFormat(progress, options)}`;
            return `${bar} ${fitted(payload.words, widthOf(terminal) - bar.length - 2)}`.trimEnd();
          },
        },
      ),
    remove: (bar) => bars.remove(bar),
    redraw: () => bars.update(),
    draw: (codes) => bars.log(`${codes}${clearToEnd}\n`),
    get columns() {
      return widthOf(terminal);
    },
    // Each row clears what the bar under it leaves to its right.
    say: (line) => {
      // A word wider than the terminal is a path or the like: here it goes on in the next row instead of being cut.
      const rows = line
        .split('\n')
        .flatMap((row) => row.match(new RegExp(`.{1,${widthOf(terminal) - 1}}`, 'gu')) ?? ['']);
      bars.log(`${rows.join('\n').replaceAll(/$/gm, clearToEnd)}\n`);
    },
    get closed() {
      return closed;
    },
    close: () => {
      if (closed) return;
      closed = true;
      bars.update();
      bars.stop();
    },
  };
}

/**
 * Breaks what is wider than the terminal between its figures, and what is wider still between words; a word is never
 * cut. Following rows are indented.
 */
export function wrap(text: string, columns: number): string {
  return text
    .split('\n')
    .flatMap((line) => (line.length < columns ? [line] : wrapLine(line, columns)))
    .join('\n');
}

function wrapLine(line: string, columns: number): string[] {
  const indent = `${/^ */.exec(line)?.[0]}  `;
  const rows: string[] = [];
  const add = (part: string, separator: string) => {
    const row = rows.at(-1);
    if (row === undefined) rows.push(part);
    else if (row.length + separator.length + part.length < columns)
      rows[rows.length - 1] = row + separator + part;
    else if (indent.length + part.length < columns || !part.includes(' ')) rows.push(indent + part);
    else addWords(part, separator);
  };
  const addWords = (part: string, separator: string) => {
    for (const [i, word] of part.split(' ').entries()) add(word, i === 0 ? separator : ' ');
  };
  const [first = '', ...parts] = line.split(' · ');
  if (first.length < columns) add(first, '');
  else addWords(first, '');
  for (const part of parts) add(part, ' · ');
  return rows;
}
