// How an install tells what it is doing; the command draws it.

export interface InstallProgress {
  /** A new stage begins: "Downloading tensorflow-cpu 2.21.0". */
  stage(label: string): void;
  /** Bytes of the stage that are done, and all of them where that is known. */
  bytes(done: number, total: number | undefined): void;
}

/** What every step of an install is given. */
export interface InstallContext {
  readonly progress: InstallProgress;
  /** Aborted when the user stops the install. */
  readonly signal: AbortSignal;
  /** It is made for another machine: nothing of this one is taken into it. */
  readonly forElsewhere?: true;
}
