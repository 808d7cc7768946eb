// The errors a user can meet, each with what to do about it and the exit code that scripts can rely on.

export const exitCodes = {
  ok: 0,
  bug: 1,
  usage: 2,
  data: 3,
  backend: 4,
  diverged: 5,
  /** Added to the signal's number when a signal stopped us: 130 for Ctrl-C. */
  signal: 128,
} as const;

/** Whether a program was ended by a signal. @param code what it ended with; null when the signal killed it */
export function isBySignal(code: number | null): boolean {
  return code === null || code > exitCodes.signal;
}

interface Details {
  /** What the user can do now, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error that is for the user to read: it prints as one line and a hint, never a stack. */
export abstract class AigcError extends Error {
  abstract readonly exitCode: number;
  /** The word before the message. */
  readonly label: string = 'error';
  readonly hint: string | undefined;

  constructor(message: string, details: Details = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.hint = details.hint;
  }
}

/** A flag, an argument or a configuration file that cannot be used as given. */
export class UsageError extends AigcError {
  readonly exitCode = exitCodes.usage;
}

/** A data set, checkpoint, run folder or output file that cannot be read or written. */
export class DataError extends AigcError {
  readonly exitCode = exitCodes.data;
}

/** A tensor backend that is missing or does not load. */
export class BackendError extends AigcError {
  readonly exitCode = exitCodes.backend;
}

/** An engine of many machines, such as Slurm, that is not there, refuses, or does not answer. */
export class EngineError extends AigcError {
  readonly exitCode = exitCodes.backend;
}

/** Training whose losses or weights are no longer finite numbers, or explode. */
export class DivergedError extends AigcError {
  readonly exitCode = exitCodes.diverged;
  /** The training step at which it was noticed. */
  readonly step: number;

  constructor(message: string, details: Details & { readonly step?: number } = {}) {
    super(message, details);
    this.step = details.step ?? 0;
  }
}

/** A figure beyond a bound that the user set: `--fail-if`. */
export class ThresholdError extends AigcError {
  readonly exitCode = exitCodes.diverged;
  override readonly label = 'failed';
}

/** Training whose samples look alike, or lack classes, where that is to be an error. */
export class CollapsedError extends DivergedError {}

/** A run that a signal stopped in good order: what was done is saved, and the message says where. */
export class InterruptedError extends AigcError {
  readonly exitCode: number;
  override readonly label = 'stopped';

  constructor(signalNumber: number, message: string, details: Details = {}) {
    super(message, details);
    this.exitCode = exitCodes.signal + signalNumber;
  }
}

/** The closest of `candidates` to a mistyped word, or undefined when none is close. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best && best.distance <= Math.max(2, word.length / 3) ? best.candidate : undefined;
}

/** Ends a hint: ` Did you mean "gan"?`, or the list of what there is. */
export function didYouMean(word: string, candidates: readonly string[]): string {
  const match = closest(word, candidates);
  return match ? `Did you mean "${match}"?` : `There is: ${candidates.join(', ')}.`;
}

/** Damerau-Levenshtein distance (adjacent swaps count once): "gna" is one step from "gan". */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(
        at(rows, i - 1, j) + 1,
        (row[j - 1] ?? 0) + 1,
        at(rows, i - 1, j - 1) + substitution,
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(rows, i - 2, j - 2) + 1);
      }
      row.push(cost);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: readonly number[][], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}
