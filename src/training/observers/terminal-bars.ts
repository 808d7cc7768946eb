// Bars at the foot of a terminal, and lines above them.
import { MultiBar, Presets, type SingleBar } from 'cli-progress';

export interface TerminalBars {
  /** A bar under those that there are. Its payload's `words` stand behind it. */
  create(label: string, total: number, start: number): SingleBar;
  remove(bar: SingleBar): void;
  redraw(): void;
  /** A line above the bars, broken between its parts; a plain one once they are gone. */
  say(line: string): void;
  readonly stopped: boolean;
  /** Takes the bars away. */
  stop(): void;
}

/** The terminal's code for it. */
const clearToEnd = '\x1b[K';

/** @param stream where to draw, a terminal */
export function openTerminalBars(stream: NodeJS.WriteStream): TerminalBars {
  const columns = () => stream.columns ?? 80;
  const bars = new MultiBar(
    {
      stream,
      hideCursor: true,
      clearOnComplete: true,
      barsize: columns() < 100 ? 10 : 24,
      fps: 10,
      linewrap: false,
      format: '',
    },
    Presets.shades_classic,
  );
  let stopped = false;
  return {
    create: (label, total, start) =>
      bars.create(total, start, { words: '' }, { format: `${label} {bar} {words}` }),
    remove: (bar) => bars.remove(bar),
    redraw: () => bars.update(),
    say: (line) => {
      const rows = line.split('\n').map((row) => wrap(row, columns()));
      // Each row clears what the bar under it leaves to its right.
      const text = `${rows.join('\n').replaceAll(/$/gm, clearToEnd)}\n`;
      if (stopped) stream.write(text);
      else bars.log(text);
    },
    get stopped() {
      return stopped;
    },
    stop: () => {
      stopped = true;
      bars.stop();
    },
  };
}

/** Breaks a line between its figures, because the bars turn the terminal's own wrapping off. */
function wrap(line: string, columns: number): string {
  const rows: string[] = [];
  for (const part of line.split(' · ')) {
    const row = rows.at(-1);
    if (row !== undefined && row.length + 3 + part.length < columns)
      rows[rows.length - 1] = `${row} · ${part}`;
    else rows.push(row === undefined ? part : `  ${part}`);
  }
  return rows.join('\n');
}
