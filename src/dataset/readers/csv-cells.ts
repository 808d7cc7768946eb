// The cells of tables: commas, semicolons or tabs between them, quotes around those that hold such (RFC 4180).

/** ',' and ';' and tab: what the first line has most of; spaces, as NumPy's savetxt writes them, where it has none. */
export function delimiterOf(line: string): number {
  const count = (mark: string) => line.split(mark).length;
  const [best] = [',', ';', '\t'].sort((a, b) => count(b) - count(a)) as [string];
  return (count(best) === 1 && /\S +\S/.test(line) ? ' ' : best).charCodeAt(0);
}

/** The cells of one line. */
export function fieldsOf(line: string, delimiter: number): string[] {
  return cellsOf(line, delimiter)[0] ?? [''];
}

/** All rows of a text but empty ones. */
export function rowsOf(text: string): string[][] {
  const whole = text.startsWith('\ufeff') ? text.slice(1) : text;
  const rows = cellsOf(whole, delimiterOf(whole.split('\n', 1)[0] ?? ''));
  return rows.filter((cells) => cells.length > 1 || cells[0] !== '');
}

function cellsOf(text: string, delimiter: number): string[][] {
  const mark = String.fromCharCode(delimiter);
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    const { cell, end } = cellAt(text, at, mark);
    // Behind a space at the end of a line is no cell.
    if (cell !== '' || mark !== ' ') row.push(cell);
    at = end + 1;
    if (text[end] === mark) continue;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push([...row, '']);
  return rows;
}

/** @returns the cell, and where what ends it stands */
function cellAt(text: string, from: number, mark: string): { readonly cell: string; readonly end: number } {
  const ends = (at: number) => at >= text.length || text[at] === '\n' || text[at] === mark;
  let start = from;
  while (text[start] === ' ') start++;
  let end = start;
  if (text[start] !== '"') {
    while (!ends(end)) end++;
    return { cell: text.slice(start, end).trim(), end };
  }
  let cell = '';
  let at = start + 1;
  for (; at < text.length; at++) {
    if (text[at] !== '"') cell += text[at];
    else if (text[at + 1] === '"') cell += text[++at];
    else break;
  }
  end = at + 1;
  while (!ends(end)) end++;
  return { cell, end: Math.min(end, text.length) };
}
