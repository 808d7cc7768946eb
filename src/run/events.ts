// What happens in a training run, as observers, metrics.jsonl and --json see it.
import type { CollapseFigures } from '../training/watch/collapse';

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
