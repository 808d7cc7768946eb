// How often a run says something, and writes: by steps, so that the same seed gives the same run.
import type { TrainValues } from '../config/train-options';

export interface Pace {
  /** Whether the end of an epoch is logged, measured, and has a checkpoint. @param epoch from 1 */
  isReported(epoch: number): boolean;
  /** Whether the end of an epoch has a grid of samples. */
  isSampled(epoch: number): boolean;
}

type Paced = Pick<TrainValues, 'reportEveryEpochs' | 'sampleEveryEpochs'>;

/** Epochs of fewer steps are not worth a report each. */
const leastSteps = 200;
/** Nor does a run need more reports than this, which then come sooner. */
const mostReports = 40;

/** The epochs from one report to the next where nobody asked. @param steps of the run */
export function reportEpochs(stepsPerEpoch: number, steps: number): number {
  return Math.min(Math.ceil(leastSteps / stepsPerEpoch), Math.ceil(steps / stepsPerEpoch / mostReports));
}

export function createPace({ reportEveryEpochs = 1, sampleEveryEpochs = reportEveryEpochs }: Paced): Pace {
  return {
    isReported: (epoch) => epoch % reportEveryEpochs === 0,
    isSampled: (epoch) => epoch % sampleEveryEpochs === 0,
  };
}
