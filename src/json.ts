// JSON that others wrote: parsed within bounds, its names never mistaken for what every object inherits.
import { z } from 'zod';
import { readText } from './read-file';

/** Nothing that aigc reads is nested half as deep; code that walks a value may count on it. */
const maxDepth = 64;

/** @throws SyntaxError when it is not JSON, or nested deeper than anything that aigc reads */
export function parseJson(text: string): unknown {
  if (depthOf(text) > maxDepth) throw new SyntaxError(`it is nested deeper than ${maxDepth}`);
  return JSON.parse(text);
}

/** Reads a file of JSON. @throws DataError when it cannot be read or is too large; SyntaxError when it is not JSON */
export function readJson(path: string): unknown {
  return parseJson(readText(path));
}

/** Whether an object in it names a member twice, of which parsing keeps the last. @param text that was parsed to `value` */
export function repeatsNames(text: string, value: unknown): boolean {
  let colons = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') i = endOfString(text, i);
    else if (text[i] === ':') colons++;
  }
  return colons !== namesIn(value);
}

function namesIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value).reduce((sum: number, member) => sum + namesIn(member), 0);
  return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

/** How deep brackets outside strings are nested, counted up to what is too deep. */
function depthOf(text: string): number {
  if (occursAtMost(text, '{', maxDepth / 2) && occursAtMost(text, '[', maxDepth / 2)) return 0;
  let depth = 0;
  let deepest = 0;
  for (let i = 0; i < text.length && deepest <= maxDepth; i++) {
    const letter = text[i] as string;
    if (letter === '"') i = endOfString(text, i);
    else if (letter === '{' || letter === '[') deepest = Math.max(deepest, ++depth);
    else if (letter === '}' || letter === ']') depth--;
  }
  return deepest;
}

/** The usual line has a few brackets, and is not looked at letter by letter. */
function occursAtMost(text: string, letter: string, most: number): boolean {
  let count = 0;
  for (let at = text.indexOf(letter); at >= 0; at = text.indexOf(letter, at + 1))
    if (++count > most) return false;
  return true;
}

function endOfString(text: string, start: number): number {
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  return end;
}

/** An object of values by names that are not ours: `constructor` and `toString` are in it only when they were written. */
export function recordOf<T extends z.ZodType>(value: T) {
  return z
    .record(z.string(), value)
    .transform((found): Record<string, z.infer<T>> => Object.assign(Object.create(null), found));
}

/** What an object itself holds under a name, which may come from a user or a file. */
export function ownValue<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
