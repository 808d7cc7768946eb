// What runs calls of aigc for a search: processes of this machine, or an engine of many machines.
import type { ChildEvent } from './aigc';

/** A call of aigc, with --json among its words. */
export interface Call {
  /** Of the files that an engine keeps for it, unlike those of other calls that are at work: 0007-1. */
  readonly name: string;
  readonly words: readonly string[];
  /** Told of the steps of training, by launchers that hear of them. */
  readonly onStep?: ((step: number) => void) | undefined;
}

export interface ChildOutcome {
  /** Null when a signal ended it. */
  readonly code: number | null;
  /** What it wrote to stdout under --json, but for steps. */
  readonly events: readonly ChildEvent[];
  /** Its last words on stderr, or in its log. */
  readonly lastWords: string;
  /** What an engine says of one that did not end by itself. */
  readonly cut?: Cut;
}

export interface Cut {
  /** `cancelled`: somebody did so. `interrupted`: the engine took it away, as at a limit of time. `left`: it goes on, and we do
   *  not wait for it. */
  readonly why: 'cancelled' | 'interrupted' | 'left';
  /** The engine's word for it: TIMEOUT. */
  readonly word: string;
}

/** `waiting`: in a queue of the engine's. */
export type ChildState = 'waiting' | 'running' | 'ended';

export interface Child {
  state(): ChildState;
  readonly done: Promise<ChildOutcome>;
  /** Asks it to stop in good order; asking twice would stop it on the spot, so only the first counts. */
  stop(): void;
  /** Of an engine's: no longer waits for it, and lets it go on. */
  leave?(): void;
}

export interface Launcher {
  /** So many calls are to be started at a time; an engine with a queue of its own takes all of them. */
  readonly limit: number;
  /** What it has started goes on when we end. */
  readonly outlives: boolean;
  /** Of an engine's: the program by which a person ends what it has started. */
  readonly stopProgram?: string;
  start(call: Call): Child;
  /** Of an engine's: nothing is started any more, and what need not be found again is forgotten. */
  close?(): void;
}
