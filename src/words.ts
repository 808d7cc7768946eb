// How numbers, counts, durations and paths read to a person.

/** A count as people read it: 60,000. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US');
}

/** `1 picture`, `60,000 pictures`, `2 classes` */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(count)} ${count === 1 ? singular : plural}`;
}

/** "a, b and c" */
export function listed(words: readonly string[], last = 'and'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`;
}

/** A true minus sign, as wide as a digit. */
export function minus(text: string): string {
  return text.replace(/^-/, '−');
}

/** `−12.30`: with a fixed number of digits behind the point. */
export function fixed(value: number, digits: number): string {
  return minus(value.toFixed(digits));
}

/** `−105.71`, `0.913`, `1.23e+6`: a loss or a figure, short. */
export function figure(value: number): string {
  if (Math.abs(value) >= 1e6) return minus(value.toExponential(2));
  return fixed(value, Math.abs(value) >= 10 ? 2 : 3);
}

/** `−105.71`, `0.913`, `0.00123`: a figure with enough digits to tell small ones apart. */
export function fineFigure(value: number): string {
  const size = Math.abs(value);
  return size > 0 && size < 0.01 ? fixed(value, 5) : figure(value);
}

/** `▁▃▅▇`: values as bars, between the least and the largest of them. */
export function sparkline(values: readonly number[]): string {
  const levels = '▁▂▃▄▅▆▇█';
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const level = (value: number) => Math.round(((value - low) / (high - low || 1)) * (levels.length - 1));
  return values.map((value) => (Number.isFinite(value) ? levels.charAt(level(value)) : ' ')).join('');
}

/** `12.31 ± 0.10 nats`, with as many digits as the error leaves meaning. */
export function measured(mean: number, standardError: number, unit = ''): string {
  const digits = standardError > 0 ? Math.min(6, Math.max(2, 1 - Math.floor(Math.log10(standardError)))) : 2;
  return `${fixed(mean, digits)} ± ${standardError.toFixed(digits)}${unit && ` ${unit}`}`;
}

/** `41,200 images/s` */
export function imageRate(imagesPerSecond: number): string {
  const rounded =
    imagesPerSecond >= 1000 ? Math.round(imagesPerSecond / 100) * 100 : Math.round(imagesPerSecond);
  return `${grouped(rounded)} images/s`;
}

/** `1.2 s`, `12 s`, `3 min 20 s`, `2 h 5 min` */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** `13 kB`, `9.9 MB`, `1.4 GB` */
export function fileSize(bytes: number): string {
  if (bytes < 1e6) return `${Math.ceil(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** `28×28 grey`, `32×32 RGB` */
export function imageKind(image: {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}): string {
  return `${image.height}×${image.width} ${image.channels === 1 ? 'grey' : 'RGB'}`;
}

/** Controls of a terminal, what ends a line, and what turns the direction of reading. */
const unprintable = /(?!\n)[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** Text as it may go to a terminal: names of files and folders can hold anything, and controls are shown, not obeyed.
 *  The escapes are JSON's too, which leaves most of these characters as they are. Lines stay lines. */
export function printable(text: string): string {
  return text.replace(unprintable, escaped);
}

/** The same of what is one line, whatever is in it. */
export function printableLine(text: string): string {
  return printable(text).replaceAll('\n', '\\u000a');
}

function escaped(letter: string): string {
  return `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Text inside XML, an attribute's value among it: nothing in it is a mark. What is no character of XML, not even
 *  escaped, and what turns the direction of reading, is shown as none. */
export function xmlText(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/gu, '\ufffd')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;');
}

/** Text inside Markdown, a table's cell among it: nothing in it is a mark. */
export function markdownText(text: string): string {
  return printableLine(text).replace(/[\\`*_[\]<>|#&~$]/g, '\\$&');
}

/** The same as code, whatever ticks are in it. */
export function markdownCode(text: string): string {
  const ticks = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(ticks + 1);
  const room = ticks > 0 ? ' ' : '';
  return fence + room + printableLine(text) + room + fence;
}

/** A word as it is typed into a shell: in single quotes, where anything in it means something to one. */
export function shellWord(word: string): string {
  return /^[\w./:=+,@%-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
