// How figures, states and moments read on the page.
import { counted, duration, fineFigure, grouped, measured, minus } from '../../words';
import type { FigureSpec, RunState } from '../api';

/** `−105.71`, `0.913`, `1.2e−7` */
export function reading(value: number): string {
  const size = Math.abs(value);
  if (size < 1e7 && (size >= 1000 || Number.isInteger(value))) return minus(grouped(Math.round(value)));
  return size > 0 && size < 1e-4 ? minus(value.toExponential(1)).replace('e-', 'e−') : fineFigure(value);
}

export const withUnit = (words: string, { unit }: Pick<FigureSpec, 'unit'>): string =>
  unit ? `${words} ${unit}` : words;

/** With its standard error, where it has one. */
export function measurement(
  value: number,
  standardError: number | undefined,
  spec: Pick<FigureSpec, 'unit'>,
): string {
  return standardError === undefined
    ? withUnit(reading(value), spec)
    : measured(value, standardError, spec.unit);
}

/** What is said of a state, and what it means. */
export const stateWords: Readonly<Record<RunState, readonly [name: string, meaning: string]>> = {
  running: ['running', 'A process of this machine trains it.'],
  'running-elsewhere': ['running elsewhere', 'A process of another machine trains it.'],
  starting: ['starting', 'It has been started, and has written nothing yet.'],
  finished: ['finished', 'It was trained to its end.'],
  stopped: ['stopped', 'It was stopped in good order, and can go on.'],
  failed: ['failed', 'It diverged, collapsed, or an error ended it.'],
  stale: ['killed', 'It says that it is running, and nobody trains it: it was killed, and can go on.'],
  damaged: ['damaged', 'Its run.json cannot be read.'],
};

export const isWorking = (state: string): boolean => state.startsWith('running') || state === 'starting';

/** `just now`, `12 s ago`, `3 h ago`, `14 Nov 2026` */
export function ago(moment: string, now = Date.now()): string {
  const seconds = (now - Date.parse(moment)) / 1000;
  if (Number.isNaN(seconds)) return '';
  if (seconds < 10) return 'just now';
  if (seconds < 60) return `${Math.round(seconds)} s ago`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  if (seconds < 30 * 86_400) return `${counted(Math.round(seconds / 86_400), 'day')} ago`;
  return new Date(moment).toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
}

/** `3,276 of 9,360`; `3,276` where nobody knows of how many. */
export function outOf(done: number, of: number | undefined): string {
  return `${grouped(done)}${of === undefined ? '' : ` of ${grouped(of)}`}`;
}

export const left = (seconds: number): string => `${duration(seconds)} left`;

/** latentDim → "latent dim" */
export function optionWords(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** A value of an option as it is read. */
export function valueWords(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}
