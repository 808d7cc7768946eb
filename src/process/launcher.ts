// What runs calls of aigc for a search: processes of this machine, or an engine of many machines.
import type { ChildEvent } from './aigc';

/** A call of aigc, with --json among its words. */
export interface Call {
  readonly words: readonly string[];
  /** Told of the steps of training, by launchers that hear of them. */
  readonly onStep?: ((step: number) => void) | undefined;
}

export interface ChildOutcome {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** What it wrote to stdout under --json, but for steps. */
  readonly events: readonly ChildEvent[];
  /** Its last words on stderr. */
  readonly lastWords: string;
}

/** `waiting`: in a queue of the engine's. */
export type ChildState = 'waiting' | 'running' | 'ended';

export interface Child {
  state(): ChildState;
  readonly done: Promise<ChildOutcome>;
  /** Asks it to stop in good order; asking twice would stop it on the spot, so only the first counts. */
  stop(): void;
}

export interface Launcher {
  /** So many calls are to be started at a time; an engine with a queue of its own takes all of them. */
  readonly limit: number;
  start(call: Call): Child;
}
