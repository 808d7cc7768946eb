// Writes SVG: elements, attributes, and text that cannot break out of them.
import { xmlText } from '../words';

type Attributes = Readonly<Record<string, string | number | undefined>>;

/** One element. Numbers keep two decimals: a hundredth of a pixel. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  const words = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(
      ([key, value]) => ` ${key}="${typeof value === 'number' ? short(value) : xmlText(value as string)}"`,
    );
  const start = `<${name}${words.join('')}`;
  return children.length === 0 ? `${start}/>` : `${start}>${children.join('')}</${name}>`;
}

export function text(x: number, y: number, words: string, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, xmlText(words));
}

/** `M0 1L2 3`: the path through points, in pixels. */
export function path(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('');
}

export function short(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** About how wide a text is, pixels: 0.6 of its height a character, which DejaVu Sans, a wide one, just keeps to. */
export function textWidth(words: string, fontSize: number): number {
  return [...words].length * fontSize * 0.6;
}

/** What fits into `width` pixels, the middle left out if need be: names differ at their ends. */
export function fitted(words: string, width: number, fontSize: number): string {
  const room = Math.max(3, Math.floor(width / (fontSize * 0.6)));
  const letters = [...words];
  if (letters.length <= room) return words;
  const head = Math.ceil((room - 1) / 2);
  return `${letters.slice(0, head).join('')}…${letters.slice(letters.length - (room - 1 - head)).join('')}`;
}
