// How often a run says something, and writes: by steps, so that the same seed gives the same run.
import type { TrainValues } from '../config/train-options';

export interface Pace {
  /** Whether the end of an epoch is logged, measured, and has a checkpoint. @param epoch from 1 */
  isReported(epoch: number): boolean;
  /** Whether the end of an epoch has a grid of samples. */
  isSampled(epoch: number): boolean;
}

type Paced = Partial<Pick<TrainValues, 'reportEveryEpochs' | 'sampleEveryEpochs'>>;

/** Epochs of fewer steps are not worth a report each. */
const leastSteps = 200;
/** Nor does a run need more reports than this, which then come sooner. */
const mostReports = 60;

/** The epochs from one report to the next where nobody asked; every look at the samples that was asked for is at one.
 *  @param steps of the run */
export function reportEpochs(
  stepsPerEpoch: number,
  steps: number,
  { watchEveryEpochs }: Partial<Pick<TrainValues, 'watchEveryEpochs'>>,
): number {
  const epochs = steps / stepsPerEpoch;
  const wanted = Math.min(Math.ceil(leastSteps / stepsPerEpoch), Math.ceil(epochs / mostReports));
  return watchEveryEpochs === undefined ? wanted : greatestDivisor(wanted, watchEveryEpochs);
}

/** Euclid's. */
function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

export function createPace({ reportEveryEpochs = 1, sampleEveryEpochs = reportEveryEpochs }: Paced): Pace {
  return {
    isReported: (epoch) => epoch % reportEveryEpochs === 0,
    isSampled: (epoch) => epoch % sampleEveryEpochs === 0,
  };
}
