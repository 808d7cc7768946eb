// Ctrl-C: the first asks the loop to stop in good order, the second stops the process at once.

export interface StopRequest {
  readonly requested: boolean;
  readonly signal: 'SIGINT' | 'SIGTERM' | undefined;
  /** Gives the signals back to the system. */
  release(): void;
}

const signals = ['SIGINT', 'SIGTERM'] as const;

/** Listens for the first signal; the system's own handling, which ends the process, is back for the second. */
export function onStopSignal(): StopRequest {
  const state = { requested: false, signal: undefined as 'SIGINT' | 'SIGTERM' | undefined };
  const release = () => {
    for (const signal of signals) process.removeListener(signal, listen);
  };
  const listen = (signal: NodeJS.Signals) => {
    state.requested = true;
    state.signal = signal as 'SIGINT' | 'SIGTERM';
    release();
  };
  for (const signal of signals) process.on(signal, listen);
  return Object.assign(state, { release });
}
