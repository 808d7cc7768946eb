// The training loop, one for all families. It knows Model, never GAN or VAE.
import type { TrainValues } from '../config/train-options';
import { type BatchPlan, planBatches } from '../dataset/batches';
import { type DataSet, isStored } from '../dataset/image-set';
import { openReadAhead, type ReadAhead } from '../dataset/read-ahead';
import { CollapsedError } from '../errors';
import type { Family, Model } from '../models/family';
import type { Asked } from '../run/asks';
import type { EpochEvent, Figures, Observer, TrainingEvent } from '../run/events';
import { measureHeldOut } from './held-out';
import type { Pace } from './pace';
import type { CheckpointMarks } from './save';
import { gatherInputs, type Stepper } from './stepper';
import type { BestTracker } from './watch/best';
import { type CollapseWatch, collapsedHint } from './watch/collapse-watch';
import { checkFiniteFigures, type LossWatch } from './watch/losses';

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
  readonly pace: Pace;
  readonly checkpointEveryMs: number;
  readonly maxMs: number | undefined;
  /** Losses of the current epoch that were logged before `startStep`, so that its mean is over the whole epoch. */
  readonly earlierLosses: readonly Figures[];
  readonly observer: Required<Observer>;
  /** Set by a signal handler: the step in hand is finished first. */
  readonly stop: { readonly requested: boolean };
  /** What files in the run folder ask for. */
  readonly asks: Asked;
  /** What roll-backs have left of the learning rate. */
  readonly learningRateScale: number;
  readonly watchLosses: LossWatch;
  readonly collapse: CollapseWatch;
  readonly onCollapse: TrainValues['onCollapse'];
  readonly best: BestTracker;
  /** Writes a checkpoint; returns its folder. */
  saveCheckpoint(step: number, marks: CheckpointMarks): Promise<string>;
  /** Draws the grid of samples of an epoch; returns its file. */
  saveGrid(epoch: number, step: number): Promise<string>;
}

export interface Outcome {
  /** Steps done since the run's beginning. */
  readonly step: number;
  readonly reason: 'finished' | 'early-stop' | 'time' | 'signal';
  /** How good its samples are, a sentence, of models that only these tell of. */
  readonly verdict?: string | undefined;
}

/** How long the loop may go without letting timers, signals and bars have their turn. */
const breatheEveryMs = 50;

type Emit = (event: TrainingEvent) => void;

/**
 * Trains from `startStep` to `endStep`.
 * @throws DivergedError when losses or weights are no longer finite or explode; CollapsedError when samples look alike
 *   and that is not only to be said; DataError when the disk refuses
 */
export async function trainLoop(run: TrainingRun): Promise<Outcome> {
  const set = run.data.train;
  const plan = planBatches(set.count, run.batchSize, run.seed);
  const ahead = isStored(set) ? openReadAhead(set.rows, plan) : undefined;
  try {
    return await trainSteps(run, plan, ahead);
  } finally {
    ahead?.close();
  }
}

async function trainSteps(run: TrainingRun, plan: BatchPlan, ahead: ReadAhead | undefined): Promise<Outcome> {
  const { stepper, batchSize, endStep } = run;
  const source = { ...run, set: run.data.train, plan, ahead, range: run.family.pixelRange };
  const clock = startClock(run.startStep, batchSize);
  let epochLosses = [...run.earlierLosses];
  const emit: Emit = run.observer.on;
  const save = createSaver(run, clock.checkpointed, emit);
  // It was to end there, and was killed before that was on record.
  if (run.startStep > 0 && run.startStep < endStep && run.best.exhausted())
    return { step: run.startStep, reason: 'early-stop' };

  for (let done = run.startStep; done < endStep; ) {
    const inputs = gatherInputs(source, done);
    done += 1;
    const epoch = Math.ceil(done / plan.stepsPerEpoch);
    const epochEnds = done % plan.stepsPerEpoch === 0;
    const roundEnds = epochEnds && (run.pace.isReported(epoch) || done === endStep);
    const read = done % run.logEverySteps === 0 || roundEnds || done === endStep;
    const losses = await stepper.run(inputs, read);
    if (losses) {
      run.watchLosses(losses, done);
      epochLosses.push(losses);
      emit({ event: 'step', step: done, epoch, losses, imagesPerSecond: clock.stepRate(done) });
    }
    const drawn = epochEnds && (run.pace.isSampled(epoch) || done === endStep);
    if (drawn && !roundEnds) await drawGrid(run, done, epoch, emit);
    if (roundEnds) {
      const rate = () => clock.epochRate(done);
      await save(
        done,
        await endEpoch(run, { step: done, epoch, losses: meanFigures(epochLosses), rate, drawn }, emit),
      );
      epochLosses = [];
      if (done < endStep && run.best.exhausted()) return { step: done, reason: 'early-stop' };
    }
    if (clock.sinceCheckpointMs() >= run.checkpointEveryMs || run.asks.takeCheckpoint()) await save(done);
    if (clock.breathe()) {
      run.observer.tick(done);
      await new Promise(setImmediate);
    }
    const outOfTime = run.maxMs !== undefined && clock.elapsedMs() >= run.maxMs;
    if (done < endStep && (run.stop.requested || outOfTime)) {
      await save(done);
      if (run.stop.requested) return { step: done, reason: 'signal' };
      return { step: done, reason: 'time', verdict: await verdictOn(run, done) };
    }
  }
  await drawLastGrid(run, plan.stepsPerEpoch, emit);
  await save(endStep);
  return { step: endStep, reason: 'finished', verdict: await verdictOn(run, endStep) };
}

const verdictOn = async ({ model, collapse }: TrainingRun, step: number) =>
  model.goal ? undefined : collapse.verdict(step);

/** @returns what writes the checkpoint of a step, once */
function createSaver(run: TrainingRun, saved: () => void, emit: Emit) {
  let savedStep = run.startStep;
  return async (step: number, marks: CheckpointMarks = { collapsed: false }) => {
    if (step === savedStep) return;
    await run.stepper.settle();
    const folder = await run.saveCheckpoint(step, marks);
    emit({ event: 'checkpoint', step, folder, ...(marks.best && { best: true }) });
    savedStep = step;
    saved();
  };
}

interface EndedEpoch extends Pick<EpochEvent, 'step' | 'epoch' | 'losses'> {
  /** Whether there is to be a grid. */
  readonly drawn: boolean;
  rate(): Pick<EpochEvent, 'imagesPerSecond' | 'seconds'>;
}

/** Measures the model, logs the epoch, draws its grid, and says whether it is the best or has collapsed. */
async function endEpoch(run: TrainingRun, ended: EndedEpoch, emit: Emit): Promise<CheckpointMarks> {
  await run.stepper.settle();
  const { rate, drawn, ...epochHead } = ended;
  const { step, epoch } = epochHead;
  const heldOut = await measureHeldOut(run, epoch);
  if (heldOut) checkFiniteFigures(heldOut, step);
  const collapse = await run.collapse.measure(epoch, step === run.endStep);
  const event: EpochEvent = {
    event: 'epoch',
    ...epochHead,
    ...(heldOut && { heldOut }),
    ...(collapse && { collapse }),
    ...rate(),
  };
  emit(event);
  if (drawn) await drawGrid(run, step, epoch, emit);
  const seen = run.collapse.judge(event);
  if (seen) {
    emit({ ...seen, outcome: run.onCollapse });
    if (run.onCollapse !== 'warn') throw new CollapsedError(seen.message, { hint: collapsedHint, step });
  }
  return { best: run.best.observe(event), collapsed: seen !== undefined };
}

/** A run of so many --steps may end inside an epoch: its last grid is drawn all the same, and again where a killed one
 *  may not have got round to it. */
async function drawLastGrid(run: TrainingRun, stepsPerEpoch: number, emit: Emit): Promise<void> {
  if (run.endStep % stepsPerEpoch === 0 && run.startStep < run.endStep) return;
  await drawGrid(run, run.endStep, Math.ceil(run.endStep / stepsPerEpoch), emit);
}

async function drawGrid(run: TrainingRun, step: number, epoch: number, emit: Emit): Promise<void> {
  await run.stepper.settle();
  emit({ event: 'grid', step, epoch, file: await run.saveGrid(epoch, step) });
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
