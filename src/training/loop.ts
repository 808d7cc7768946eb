// The training loop, one for all families. It knows Model, never GAN or VAE.
import { planBatches } from '../dataset/batches';
import type { DataSet } from '../dataset/image-set';
import { DivergedError } from '../errors';
import type { Family, Model } from '../models/family';
import type { Figures, Observer, TrainingEvent } from './events';
import { measureHeldOut } from './held-out';
import { gatherInputs, type Stepper } from './stepper';
import { divergedHint } from './variables';

export interface TrainingRun {
  readonly family: Family;
  readonly model: Model;
  readonly stepper: Stepper;
  readonly data: DataSet;
  readonly seed: number;
  readonly batchSize: number;
  /** Steps already done, by an earlier call. */
  readonly startStep: number;
  /** Where to stop, counted from the run's beginning. */
  readonly endStep: number;
  readonly logEverySteps: number;
  readonly sampleEveryEpochs: number;
  readonly checkpointEveryMs: number;
  readonly maxMs: number | undefined;
  /** Losses of the current epoch that were logged before `startStep`, so that its mean is over the whole epoch. */
  readonly earlierLosses: readonly Figures[];
  readonly observers: readonly Observer[];
  /** Set by a signal handler: the step in hand is finished first. */
  readonly stop: { readonly requested: boolean };
  /** Writes a checkpoint; returns its folder. */
  saveCheckpoint(step: number): Promise<string>;
  /** Draws the grid of samples of an epoch; returns its file. */
  saveGrid(epoch: number): Promise<string>;
}

export interface Outcome {
  /** Steps done since the run's beginning. */
  readonly step: number;
  readonly reason: 'finished' | 'time' | 'signal';
}

/** How long the loop may go without letting timers, signals and bars have their turn. */
const breatheEveryMs = 50;

/**
 * Trains from `startStep` to `endStep`.
 * @throws DivergedError when a loss is no longer a finite number; DataError when the disk refuses
 */
export async function trainLoop(run: TrainingRun): Promise<Outcome> {
  const { model, stepper, batchSize, endStep } = run;
  const plan = planBatches(run.data.train.count, batchSize, run.seed);
  const source = { model, set: run.data.train, plan, range: run.family.pixelRange, seed: run.seed };
  const clock = startClock(run.startStep, batchSize);
  let epochLosses = [...run.earlierLosses];
  let savedStep = run.startStep;
  const emit = (event: TrainingEvent) => {
    for (const observer of run.observers) observer.on?.(event);
  };
  const save = async (step: number) => {
    if (step === savedStep) return;
    await stepper.settle();
    emit({ event: 'checkpoint', step, folder: await run.saveCheckpoint(step) });
    savedStep = step;
    clock.checkpointed();
  };

  for (let done = run.startStep; done < endStep; ) {
    const inputs = gatherInputs(source, done);
    done += 1;
    const epoch = Math.ceil(done / plan.stepsPerEpoch);
    const epochEnds = done % plan.stepsPerEpoch === 0;
    const read = done % run.logEverySteps === 0 || epochEnds || done === endStep;
    const losses = await stepper.run(inputs, read);
    if (losses) {
      checkFinite(losses, done);
      epochLosses.push(losses);
      emit({ event: 'step', step: done, epoch, losses, imagesPerSecond: clock.stepRate(done) });
    }
    if (epochEnds) {
      await stepper.settle();
      const heldOut = await measureHeldOut(run, epoch);
      if (heldOut) checkFinite(heldOut, done);
      emit({
        event: 'epoch',
        step: done,
        epoch,
        losses: meanFigures(epochLosses),
        ...(heldOut && { heldOut }),
        ...clock.epochRate(done),
      });
      epochLosses = [];
      if (epoch % run.sampleEveryEpochs === 0 || done === endStep) {
        emit({ event: 'grid', step: done, epoch, file: await run.saveGrid(epoch) });
      }
      await save(done);
    }
    if (clock.sinceCheckpointMs() >= run.checkpointEveryMs) await save(done);
    if (clock.breathe()) {
      for (const observer of run.observers) observer.tick?.(done);
      await new Promise(setImmediate);
    }
    const outOfTime = run.maxMs !== undefined && clock.elapsedMs() >= run.maxMs;
    if (done < endStep && (run.stop.requested || outOfTime)) {
      await save(done);
      return { step: done, reason: run.stop.requested ? 'signal' : 'time' };
    }
  }
  await finishPartEpoch(run, plan.stepsPerEpoch, emit);
  await save(endStep);
  return { step: endStep, reason: 'finished' };
}

/** A run of so many --steps may end inside an epoch: its last grid is drawn all the same. */
async function finishPartEpoch(
  run: TrainingRun,
  stepsPerEpoch: number,
  emit: (event: TrainingEvent) => void,
): Promise<void> {
  if (run.endStep % stepsPerEpoch === 0 || run.startStep >= run.endStep) return;
  await run.stepper.settle();
  const epoch = Math.ceil(run.endStep / stepsPerEpoch);
  emit({ event: 'grid', step: run.endStep, epoch, file: await run.saveGrid(epoch) });
}

function checkFinite(losses: Figures, step: number): void {
  const [name] = Object.entries(losses).find(([, value]) => !Number.isFinite(value)) ?? [];
  if (name === undefined) return;
  throw new DivergedError(`Training diverged: at step ${step} the ${name} is ${losses[name]}.`, {
    hint: divergedHint,
  });
}

/** The mean of each figure. */
export function meanFigures(rows: readonly Figures[]): Figures {
  const names = Object.keys(rows[0] ?? {});
  return Object.fromEntries(
    names.map((name) => [name, rows.reduce((sum, row) => sum + (row[name] ?? 0), 0) / rows.length]),
  );
}

function startClock(startStep: number, batchSize: number) {
  const start = performance.now();
  let breath = start;
  let checkpoint = start;
  let stepMark = { at: start, step: startStep };
  let epochMark = { at: start, step: startStep };
  const rate = (mark: { at: number; step: number }, step: number) =>
    ((step - mark.step) * batchSize * 1000) / Math.max(performance.now() - mark.at, 1e-3);
  return {
    elapsedMs: () => performance.now() - start,
    sinceCheckpointMs: () => performance.now() - checkpoint,
    checkpointed: () => {
      checkpoint = performance.now();
    },
    /** Images a second since the last logged step. */
    stepRate: (step: number) => {
      const imagesPerSecond = rate(stepMark, step);
      stepMark = { at: performance.now(), step };
      return imagesPerSecond;
    },
    /** Images a second, and seconds, since the last epoch's end. */
    epochRate: (step: number) => {
      const imagesPerSecond = rate(epochMark, step);
      const seconds = (performance.now() - epochMark.at) / 1000;
      epochMark = { at: performance.now(), step };
      stepMark = epochMark;
      return { imagesPerSecond, seconds };
    },
    breathe: () => {
      if (performance.now() - breath < breatheEveryMs) return false;
      breath = performance.now();
      return true;
    },
  };
}
