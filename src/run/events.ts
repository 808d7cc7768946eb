// What happens in a training run, as observers, metrics.jsonl and --json see it.

/** Figures by name; a loss's unit is in the family's LossSpec. */
export type Figures = Readonly<Record<string, number>>;

export type TrainingEvent =
  | StepEvent
  | EpochEvent
  | { readonly event: 'grid'; readonly step: number; readonly epoch: number; readonly file: string }
  | CheckpointEvent
  | CollapseEvent
  | RollbackEvent
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
  /** How the samples compare with real images, in epochs that were looked at. */
  readonly collapse?: CollapseFigures;
  readonly imagesPerSecond: number;
  readonly seconds: number;
}

export interface CheckpointEvent {
  readonly event: 'checkpoint';
  readonly step: number;
  readonly folder: string;
  /** It is the best of the run so far. */
  readonly best?: true;
}

/** The samples of an epoch look alike, or lack classes. */
export interface CollapseEvent {
  readonly event: 'collapse';
  readonly step: number;
  readonly epoch: number;
  /** The first epoch of those, without a healthy one between, in which it was seen. */
  readonly sinceEpoch: number;
  /** What is wrong, a sentence. */
  readonly message: string;
  /** What comes of it. A roll-back and an end say the message themselves. */
  readonly outcome: 'warn' | 'rollback' | 'stop';
}

/** Training went wrong, and goes on from an earlier step with half the learning rate. */
export interface RollbackEvent extends Rollback {
  readonly event: 'rollback';
}

export interface Rollback {
  /** Where it was noticed. */
  readonly step: number;
  readonly toStep: number;
  /** What the learning rate is multiplied by from there on. */
  readonly learningRateScale: number;
  /** A sentence. */
  readonly reason: string;
}

/** Where the loop tells of its progress. */
export interface Observer {
  /** Called often, with no losses read: for bars. */
  tick?(step: number): void;
  on?(event: TrainingEvent): void;
  close?(): void;
}

/** Several as one: each is told, in their order. */
export function together(observers: readonly Observer[]): Required<Observer> {
  return {
    tick: (step) => {
      for (const observer of observers) observer.tick?.(step);
    },
    on: (event) => {
      for (const observer of observers) observer.on?.(event);
    },
    close: () => {
      for (const observer of observers) observer.close?.();
    },
  };
}

/** How samples compare with as many real images; 1 is as good as these, 0 is one image over and over. */
export interface CollapseFigures {
  /** Mean distance between two samples, of that between two real images. */
  readonly diversity: number;
  /** Median distance from a sample to the nearest other one, of that of as many real images: near 0 when samples are
   *  copies of a few, however far apart these are. */
  readonly separation: number;
  /** 1 less the energy distance between samples and real images, 2 E|x − y| − E|x − x'| − E|y − y'|, as a part of
   *  E|y − y'|: Székely & Rizzo 2013, eq. 2.5. 1 when both have one distribution; blur and collapse lower it. */
  readonly likeness: number;
  /** Real images with a sample among their near ones, of those that as many real images would give. */
  readonly coverage: number;
  /** Of the samples' classes, in nats; at most log(classes). When the set has classes to tell. */
  readonly labelEntropy?: number;
  /** The classes that should be there and are not. */
  readonly missingClasses?: readonly number[];
  /** How many should be there. */
  readonly expectedClasses?: number;
}
