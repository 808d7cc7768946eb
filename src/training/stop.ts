// Ctrl-C, and what a cluster sends before its limit: the first asks the loop to stop in good order, the second stops the
// process at once.

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const;

export type StopSignal = (typeof signals)[number];

export interface StopRequest {
  readonly requested: boolean;
  readonly signal: StopSignal | undefined;
  /** That a file in the run folder asked for it. */
  readonly byFile?: boolean;
  /** Gives the signals back to the system. */
  release(): void;
}

/**
 * Listens for the first signal. The system's own handling, which ends the process, is back for the second: no code of
 * ours stands between it and a step that takes long.
 * @param onFirst told of it, to say so
 */
export function onStopSignal(onFirst: (signal: StopSignal) => void): StopRequest {
  const state = { requested: false, signal: undefined as StopSignal | undefined };
  const release = () => {
    for (const signal of signals) process.removeListener(signal, listen);
  };
  const listen = (signal: NodeJS.Signals) => {
    state.requested = true;
    state.signal = signal as StopSignal;
    release();
    onFirst(signal as StopSignal);
  };
  for (const signal of signals) process.on(signal, listen);
  return Object.assign(state, { release });
}

/** The same, also when a file in the run folder asks for it: then it ends as by SIGTERM. */
export function orAsked(stop: StopRequest, stops: () => boolean): StopRequest {
  return {
    get requested() {
      return stop.requested || stops();
    },
    get signal() {
      return stop.signal ?? (stops() ? 'SIGTERM' : undefined);
    },
    get byFile() {
      return !stop.requested && stops();
    },
    release: stop.release,
  };
}

/** The same for a caller that says itself when to stop. */
export function onAbort(abort: AbortSignal): StopRequest {
  return {
    get requested() {
      return abort.aborted;
    },
    signal: undefined,
    release: () => undefined,
  };
}
