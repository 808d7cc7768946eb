// What the rest of aigc knows of a tensor backend: its name, whether it works here, and how to start it.

export type BackendName = 'cuda' | 'native' | 'wasm' | 'cpu';

/** Whether a backend works on this machine, found out by really loading it. */
export type Availability =
  | { readonly available: true; readonly detail: string }
  | { readonly available: false; readonly reason: string; readonly remedy: string };

/** Which NVIDIA card computes, and how it multiplies float32. */
export interface CardUse {
  /** As nvidia-smi numbers them; the first when left out. */
  readonly gpu?: number | undefined;
  /** `tf32`: products and convolutions round what goes in to 10 bits of mantissa; float32 when left out. */
  readonly precision?: 'float32' | 'tf32' | undefined;
}

export interface Backend {
  readonly name: BackendName;
  /** One line for `aigc backend list`. */
  readonly summary: string;
  /** Before `check`: how many threads may compute, all cores when undefined. Absent where that cannot be said. */
  setThreads?(threads: number | undefined): void;
  /** Before `check`, of a process's first start: absent where there is no card. */
  setCard?(card: CardUse): void;
  /** Loads what the backend needs; later calls answer from the first. Never throws. */
  check(): Promise<Availability>;
  /** Makes it the backend of every tensor made from now on, with the kernels that aigc adds to it.
   *  @throws BackendError with the reason and the remedy of `check` */
  start(): Promise<void>;
}
