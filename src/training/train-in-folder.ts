// Trains in a run folder: from where the run stands to its end, over its roll-backs.
import { CollapsedError, DataError, DivergedError, InterruptedError, UsageError } from '../errors';
import type { PictureWay } from '../images/terminal-picture';
import { inForeground } from '../process/identity';
import { pictureWayOf } from '../process/terminal-pictures';
import { type Asked, createAsked, forgetAsks } from '../run/asks';
import { listCheckpoints } from '../run/checkpoint';
import { type Figures, type Observer, together } from '../run/events';
import type { Lock } from '../run/lock';
import { lockTiming } from '../run/lock-owner';
import { createMetricsFile, rewindMetricsFile } from '../run/metrics-file';
import { type RunRecord, removeRun, sweepRun } from '../run/run-folder';
import { createStepper } from './compiled-stepper';
import { interrupted, reportEnd } from './ending';
import { createGridWriter } from './grid';
import { bestFigure, checkPatience, createTracker, readHistory } from './history';
import { type Outcome, trainLoop } from './loop';
import { createBars } from './observers/bars';
import { createGridShow } from './observers/grid-show';
import { createLines } from './observers/lines';
import { createTensorboard } from './observers/tensorboard';
import type { HeldSession } from './open-session';
import { createPace } from './pace';
import { restore } from './restore';
import { createRunFile, headOf, type RunFile } from './run-file';
import { prune, saveCheckpoint } from './save';
import type { Stepper } from './stepper';
import { onAbort, onStopSignal, orAsked, type StopRequest } from './stop';
import {
  type CollapseMeasure,
  createCollapseMeasure,
  createCollapseWatch,
  watchSetting,
} from './watch/collapse-watch';
import { createLossWatch } from './watch/losses';
import { rollBack } from './watch/rollback';

/** @throws InterruptedError when a signal stopped it, after the checkpoint; DivergedError; DataError; UsageError */
export async function trainInFolder(session: HeldSession): Promise<void> {
  const { folder, call, output, record, endStep } = session;
  if (call.force) await removeRun(folder);
  await sweepRun(folder);
  forgetAsks(folder);
  const startStep = record ? await restore(session, record) : 0;
  if (record && isOver(record, startStep, endStep)) {
    throw new UsageError(`The run in ${folder.path} has done its ${startStep} steps already.`, {
      hint: 'Train on with a larger --epochs or --steps.',
    });
  }
  await checkPatience(session, startStep);
  const runFile = createRunFile(session);
  await runFile.write('running', startStep);
  // The run it was started from may go on or be gone when this one is resumed or rolled back.
  if (!record && session.values.init !== undefined) {
    await saveCheckpoint(session, runFile, 0, { collapsed: false });
  }
  const earlierLosses = record
    ? await rewindMetricsFile(
        folder.metrics,
        startStep,
        session.stepsPerReport,
        runFile.rollbacks,
        output.warn,
      )
    : [];
  if (record)
    output.progress(`Resuming at step ${startStep} of ${endStep}.`, { event: 'resume', step: startStep });
  const note = session.family.figuresNote?.(session.options);
  if (note) output.progress(`Nats: ${note}.`, { event: 'note', note });
  output.event(startEvent(session, startStep));
  await trainAndReport(session, runFile, { startStep, earlierLosses });
}

/** The totals that a display of progress needs. */
function startEvent({ folder, endStep, stepsPerEpoch, batchSize, data, call }: HeldSession, step: number) {
  return {
    event: 'start',
    run: folder.path,
    step,
    endStep,
    stepsPerEpoch,
    epochs: Math.ceil(endStep / stepsPerEpoch),
    batchSize,
    images: data.train.count,
    ...(call.maxMinutes !== undefined && { maxMinutes: call.maxMinutes }),
  };
}

/** A run that was killed after its last checkpoint has its steps, and its end still to be recorded. */
function isOver({ status }: RunRecord, startStep: number, endStep: number): boolean {
  return startStep > endStep || (startStep === endStep && status !== 'running' && status !== 'stopped');
}

async function trainAndReport(session: HeldSession, runFile: RunFile, start: Start): Promise<void> {
  try {
    const { outcome, signal, byFile } = await trainOverRollbacks(session, runFile, start);
    const done = outcome.reason === 'finished' || outcome.reason === 'early-stop';
    // What a killed writer had not got round to.
    if (outcome.step === start.startStep) await prune(session, runFile);
    await runFile.write(done ? 'finished' : 'stopped', outcome.step);
    if (signal) throw interrupted(session, byFile ? 'Asked to stop' : signal, signal, outcome.step);
    reportEnd(session, outcome, runFile.best, bestFigure(session).label);
  } catch (error) {
    // Whatever a write met whose folder was removed under it.
    if (error instanceof DataError) session.lock.check();
    if (!(error instanceof InterruptedError)) await recordProblem(session, runFile, error);
    throw error;
  }
}

/** The disk that ended the run may also refuse this: what ended it is told all the same. */
async function recordProblem({ folder }: HeldSession, runFile: RunFile, error: unknown): Promise<void> {
  const status =
    error instanceof CollapsedError ? 'collapsed' : error instanceof DivergedError ? 'diverged' : 'stopped';
  const [newest = 0] = await listCheckpoints(folder.checkpoints);
  const problem = error instanceof Error ? error.message : String(error);
  await runFile.write(status, newest, problem).catch(() => undefined);
}

interface Start {
  readonly startStep: number;
  /** Losses of the current epoch that were logged before. */
  readonly earlierLosses: readonly Figures[];
}

interface Ended {
  readonly outcome: Outcome;
  /** What made the loop stop, when a signal did, or a file that asked for it. */
  readonly signal: StopRequest['signal'];
  readonly byFile: boolean | undefined;
}

/** A roll-back is a resume within the process: the loop starts again at an earlier step. */
async function trainOverRollbacks(session: HeldSession, runFile: RunFile, first: Start): Promise<Ended> {
  const { model, data, batchSize, family, compiler } = session;
  const progress = await createProgress(session, first.startStep);
  const tell = (signal: string) => progress.on({ event: 'stopping', signal });
  const asks = createAsked(session.folder, () => tell('SIGTERM'));
  const stop = orAsked(session.abort ? onAbort(session.abort) : onStopSignal(tell), asks.stops);
  const stepper = createStepper(model, data.train, batchSize, family.pixelRange, compiler, first.startStep);
  const shared = {
    progress,
    stop,
    asks,
    stepper,
    measure: createCollapseMeasure(session),
    begun: performance.now(),
  };
  let start = first;
  try {
    for (;;) {
      try {
        const outcome = await attempt(session, runFile, { ...shared, ...start });
        // Who called `train` of the library hears of it by its end.
        const signal = outcome.reason === 'signal' && !session.abort ? stop.signal : undefined;
        return { outcome, signal, byFile: stop.byFile };
      } catch (error) {
        const { rollback, earlierLosses } = await rollBack(session, runFile, error);
        stepper.load();
        progress.on({ event: 'rollback', ...rollback });
        start = { startStep: rollback.toStep, earlierLosses };
      }
    }
  } finally {
    stop.release();
    progress.close();
    stepper.dispose();
  }
}

interface Attempt extends Start {
  readonly progress: Required<Observer>;
  readonly stop: StopRequest;
  readonly asks: Asked;
  readonly stepper: Stepper;
  readonly measure: CollapseMeasure;
  /** When this call began to train, by the clock of `performance.now()`. */
  readonly begun: number;
}

/** One way through the loop, from a checkpoint to the end or until something goes wrong. */
async function attempt(session: HeldSession, runFile: RunFile, from: Attempt): Promise<Outcome> {
  const { model, values, call, setting, folder } = session;
  const { startStep, progress, measure, begun, ...shared } = from;
  const history = await readHistory(session, startStep);
  const best = await createTracker(session, history, runFile.best);
  runFile.setBest(best.best);
  const metrics = createMetricsFile(folder.metrics);
  const saveGrid = createGridWriter(session);
  const { height, width, channels } = setting.image;
  const maxMs = maxMsOf(call);
  try {
    return await trainLoop({
      ...shared,
      ...session,
      model,
      seed: values.seed,
      startStep,
      learningRateScale: runFile.learningRateScale,
      logEverySteps: values.logEverySteps,
      pace: createPace(values),
      checkpointEveryMs: values.checkpointEveryMinutes * 60_000,
      maxMs: maxMs === undefined ? undefined : maxMs - (performance.now() - begun),
      observer: together([guardOf(session.lock), metrics, progress]),
      watchLosses: createLossWatch(height * width * channels, history.losses),
      collapse: createCollapseWatch(measure, watchSetting(session), history.epochs),
      onCollapse: values.onCollapse,
      best,
      saveCheckpoint: (step, marks) => saveCheckpoint(session, runFile, step, marks),
      saveGrid: (epoch, step) => {
        session.lock.check();
        return saveGrid(epoch, step);
      },
    });
  } finally {
    metrics.close?.();
  }
}

const maxMsOf = ({ maxMinutes }: HeldSession['call']) =>
  maxMinutes === undefined ? undefined : maxMinutes * 60_000;

/** Ends the loop soon after the folder has become another's, though nothing is to be written yet. */
function guardOf(lock: Lock): Observer {
  let checked = performance.now();
  return {
    on: lock.check,
    tick: () => {
      if (performance.now() - checked < lockTiming.beatMs) return;
      lock.check();
      checked = performance.now();
    },
  };
}

/** All that watches a run from its start to its end, over its roll-backs. */
async function createProgress(session: HeldSession, startStep: number): Promise<Required<Observer>> {
  const shown = await createShown(session, startStep);
  const { config } = headOf(session);
  return together(
    session.call.tensorboard ? [shown, createTensorboard(session, config, startStep)] : [shown],
  );
}

async function createShown(session: HeldSession, startStep: number): Promise<Observer> {
  const { model, stepsPerEpoch, endStep, batchSize, output, call } = session;
  const layout = {
    losses: model.losses,
    heldOut: model.heldOut?.figures ?? [],
    epochs: Math.ceil(endStep / stepsPerEpoch),
  };
  const way = output.isWatched ? await pictureWay(call.terminalGrid) : undefined;
  const bars = output.openBars();
  if (!bars) return createLines(layout, output);
  const shown = createBars(
    { ...layout, stepsPerEpoch, startStep, endStep, batchSize, maxMs: maxMsOf(call) },
    bars,
    output,
  );
  return way ? together([shown, createGridShow(bars, way, session.setting.image)]) : shown;
}

/** How the terminal shows grids; undefined where it does not. It is asked before the bars are there. */
async function pictureWay(wanted: HeldSession['call']['terminalGrid']): Promise<PictureWay | undefined> {
  if (wanted !== 'auto') return wanted === 'none' ? undefined : wanted;
  return pictureWayOf({
    input: process.stdin,
    output: process.stderr,
    environment: process.env,
    inForeground: inForeground(),
  });
}
