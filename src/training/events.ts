// What happens in a training run, as observers, metrics.jsonl and --json see it.

/** Figures by name; a loss's unit is in the family's LossSpec. */
export type Figures = Readonly<Record<string, number>>;

export type TrainingEvent =
  | StepEvent
  | EpochEvent
  | { readonly event: 'grid'; readonly step: number; readonly epoch: number; readonly file: string }
  | { readonly event: 'checkpoint'; readonly step: number; readonly folder: string }
  | { readonly event: 'stopping'; readonly signal: string };

/** The losses of one step, read because it was to be logged. */
export interface StepEvent {
  readonly event: 'step';
  /** Steps done, from 1. */
  readonly step: number;
  /** From 1. */
  readonly epoch: number;
  readonly losses: Figures;
  readonly imagesPerSecond: number;
}

export interface EpochEvent {
  readonly event: 'epoch';
  readonly step: number;
  readonly epoch: number;
  /** The mean of the epoch's logged steps. */
  readonly losses: Figures;
  /** The mean over the test split, for families that have such figures. */
  readonly heldOut?: Figures;
  readonly imagesPerSecond: number;
  readonly seconds: number;
}

/** Where the loop tells of its progress. */
export interface Observer {
  /** Called often, with no losses read: for bars. */
  tick?(step: number): void;
  on?(event: TrainingEvent): void;
  close?(): void;
}
