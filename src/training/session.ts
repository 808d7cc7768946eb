// One call of `aigc train`: backend, data, model, run folder, then the loop; and in good order out of all of them.
import { constants } from 'node:os';
import type { Options, OptionValues } from '../config/option';
import type { RawValues } from '../config/resolve';
import type { CallValues, TrainValues } from '../config/train-options';
import { pixelMean, planBatches } from '../dataset/batches';
import type { DataSet, ImageSet } from '../dataset/image-set';
import { DataError, DivergedError, InterruptedError, UsageError } from '../errors';
import type { Family, Model, ModelSetting } from '../models/family';
import { withDecaySteps } from '../models/schedule';
import { startBackend } from '../tensor';
import type { Compiler } from '../tensor/compile/compile';
import {
  type Checkpoint,
  type CheckpointHead,
  listCheckpoints,
  pruneCheckpoints,
  readNewestCheckpoint,
  setAsideAfter,
  writeCheckpoint,
} from './checkpoint';
import { chooseCompiler, createStepper } from './compiled-stepper';
import type { Figures, Observer } from './events';
import { checkGrid, createGridWriter } from './grid';
import { type Outcome, type TrainingRun, trainLoop } from './loop';
import { createBars } from './observers/bars';
import { createLines } from './observers/lines';
import { createMetricsFile, rewindMetricsFile } from './observers/metrics-file';
import { describePlan } from './plan';
import { lockRun, type RunFolder, type RunRecord, readRun, removeRun, writeRun } from './run-folder';
import { onStopSignal, type StopRequest, type StopSignal } from './stop';
import { checkFinite, readVariables, restoreVariables } from './variables';

export interface TrainingRequest {
  readonly family: Family;
  readonly data: DataSet;
  readonly values: TrainValues;
  /** The family's own options. */
  readonly options: OptionValues<Options>;
  readonly call: CallValues;
  readonly folder: RunFolder;
  /** The run to go on with. */
  readonly record: RunRecord | undefined;
  /** What the folder held when the request was checked. */
  readonly seen: RunRecord | undefined;
  readonly output: SessionOutput;
  /** Whether to draw progress bars on stderr. */
  readonly bars: boolean;
}

interface SessionOutput {
  readonly json: boolean;
  result(event: RawValues, line: string): void;
  progress(line: string, event?: RawValues): void;
  warn(line: string): void;
}

/** What is fixed before the first step. */
interface Session extends TrainingRequest {
  readonly backendName: string;
  /** Undefined when steps run op by op. */
  readonly compiler: Compiler | undefined;
  readonly model: Model;
  readonly setting: ModelSetting<OptionValues<Options>>;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  readonly endStep: number;
}

/**
 * Trains, and leaves the run folder whole whatever happens.
 * @throws InterruptedError when a signal stopped it, after the checkpoint; DivergedError; DataError; UsageError
 */
export async function startTraining(request: TrainingRequest): Promise<void> {
  const session = await openSession(request);
  try {
    if (request.call.dryRun) {
      const { event, lines } = describePlan(session);
      request.output.result(event, lines.join('\n'));
      return;
    }
    const unlock = await lockRun(request.folder);
    try {
      await checkUntouched(request);
      await trainInFolder(session);
    } finally {
      unlock();
    }
  } finally {
    session.model.dispose();
  }
}

/** Between the check of the folder and its lock another run may have come and gone there. */
async function checkUntouched({ folder, seen, call }: TrainingRequest): Promise<void> {
  if (call.force) return;
  const now = await readRun(folder);
  if (JSON.stringify(now) === JSON.stringify(seen)) return;
  throw new UsageError(`Another aigc has trained in ${folder.path} while this one was starting.`, {
    hint: 'Go on with its run with --resume, or choose another --out.',
  });
}

async function openSession(request: TrainingRequest): Promise<Session> {
  const { family, values, call, output, record } = request;
  const data = preprocessed(request);
  const batchSize = (request.options.batchSize as number) * (family.batchesPerStep?.(request.options) ?? 1);
  if (family.conditional && data.train.labels === undefined) {
    throw new DataError(`${family.name} learns classes, and ${data.name} has no labels.`, {
      hint: 'Add the labels file to the folder, or train a model without classes: see `aigc models`.',
    });
  }
  if (record && record.dataset.fingerprint !== data.fingerprint) {
    throw new DataError(
      `${data.name} is not the data that the run in ${request.folder.path} was trained on.`,
      {
        hint: `It was ${record.dataset.name}, with fingerprint ${record.dataset.fingerprint.slice(0, 12)}: name it with --data.`,
      },
    );
  }
  checkGrid(values.grid, data.train);
  const { stepsPerEpoch } = planBatches(data.train.count, batchSize, values.seed);
  const { backend, detail } = await startBackend(call.backend);
  const compiler = chooseCompiler(call.compile);
  const compiled =
    compiler === undefined
      ? ''
      : compiler === 'xla'
        ? ', compiled by XLA (the first step takes seconds)'
        : ', compiled';
  output.progress(`Backend: ${backend.name} (${detail})${compiled}`, {
    event: 'backend',
    backend: backend.name,
    detail,
    compile: compiler ?? 'off',
  });
  const endStep = values.steps ?? (values.epochs ?? family.defaultEpochs) * stepsPerEpoch;
  const options = withDecaySteps(request.options, endStep);
  const { height, width, channels, classCount } = data.train;
  const setting: ModelSetting<OptionValues<Options>> = {
    image: { height, width, channels },
    classCount,
    pixelMean: pixelMean(data.train),
    seed: values.seed,
    options,
  };
  const model = family.create(setting);
  return {
    ...request,
    options,
    data,
    backendName: backend.name,
    compiler,
    model,
    setting,
    batchSize,
    stepsPerEpoch,
    endStep,
  };
}

/** The data as the family wants it. Its fingerprint stays that of the set that was named. */
function preprocessed({ family, data, values, options }: TrainingRequest): DataSet {
  const prepare = (set: ImageSet) => family.preprocess?.(set, { seed: values.seed, options }) ?? set;
  return { ...data, train: prepare(data.train), test: data.test && prepare(data.test) };
}

async function trainInFolder(session: Session): Promise<void> {
  const { folder, call, output, record, endStep } = session;
  if (call.force) await removeRun(folder);
  const startStep = record ? await restore(session, record) : 0;
  if (record && startStep >= endStep) {
    throw new UsageError(`The run in ${folder.path} has done its ${startStep} steps already.`, {
      hint: 'Train on with a larger --epochs or --steps.',
    });
  }
  const createdAt = record?.createdAt ?? new Date().toISOString();
  const write = (status: RunRecord['status'], step: number) =>
    writeRun(folder, { createdAt, status, step, backend: session.backendName, ...headOf(session) });
  await write('running', startStep);
  const earlierLosses = record
    ? await rewindMetricsFile(folder.metrics, startStep, session.stepsPerEpoch)
    : [];
  if (record)
    output.progress(`Resuming at step ${startStep} of ${endStep}.`, { event: 'resume', step: startStep });
  const note = session.family.figuresNote?.(session.options);
  if (note) output.progress(`Nats: ${note}.`, { event: 'note', note });
  try {
    const { outcome, signal } = await runLoop(session, startStep, earlierLosses);
    await write(outcome.reason === 'finished' ? 'finished' : 'stopped', outcome.step);
    if (signal) throw interrupted(session, signal, outcome.step);
    report(session, outcome);
  } catch (error) {
    if (error instanceof DivergedError)
      await write('diverged', (await listCheckpoints(folder.checkpoints))[0] ?? 0);
    throw error;
  }
}

/** What run.json says of the configuration: with the length, and the data set's name, as they were resolved. */
function headOf({ family, values, options, data, endStep }: Session) {
  const length =
    values.steps === undefined ? { epochs: values.epochs ?? family.defaultEpochs } : { steps: endStep };
  const { epochs: _epochs, steps: _steps, ...rest } = values;
  return {
    dataset: { name: data.name, fingerprint: data.fingerprint },
    config: { model: family.name, ...rest, data: values.data ?? data.name, ...length, ...options },
  };
}

/** Loads the newest whole checkpoint into the model. @returns the steps that it has done */
async function restore(session: Session, record: RunRecord): Promise<number> {
  const { folder, family, model, output } = session;
  const checkpoint = await readNewestCheckpoint(folder.checkpoints, output.warn);
  if (!checkpoint) {
    if (record.step > 0)
      output.warn(`${folder.path} holds no checkpoint any more: starting from the beginning.`);
    return 0;
  }
  if (checkpoint.manifest.family !== family.name) {
    throw new DataError(
      `${checkpoint.folder} is of a ${checkpoint.manifest.family}, not of a ${family.name}.`,
      {
        hint: 'The run folder mixes two runs: resume the other one, or use --force.',
      },
    );
  }
  checkSameRun(session, checkpoint);
  restoreVariables(model, checkpoint);
  await setAsideAfter(folder.checkpoints, checkpoint.manifest.step);
  return checkpoint.manifest.step;
}

/** A checkpoint of other data, another seed or other options would make the run neither one nor the other. */
function checkSameRun({ setting, data, folder }: Session, { folder: found, manifest }: Checkpoint): void {
  const same =
    manifest.dataset.fingerprint === data.fingerprint &&
    manifest.setting.seed === setting.seed &&
    Object.entries(manifest.setting.options).every(([name, value]) => setting.options[name] === value);
  if (same) return;
  throw new DataError(`${found} is of another run than ${folder.run}: other data, seed or options.`, {
    hint: 'Undo the changes to run.json, or start anew with --force.',
  });
}

interface Ended {
  readonly outcome: Outcome;
  /** What made the loop stop, when a signal did. */
  readonly signal: StopRequest['signal'];
}

async function runLoop(
  session: Session,
  startStep: number,
  earlierLosses: readonly Figures[],
): Promise<Ended> {
  const { model, data, values, call, batchSize } = session;
  const stepper = createStepper(model, data.train, batchSize, session.family.pixelRange, session.compiler);
  const observers: Observer[] = [];
  const stop = onStopSignal((signal) => {
    for (const observer of observers) observer.on?.({ event: 'stopping', signal });
  });
  try {
    observers.push(createMetricsFile(session.folder.metrics), createProgress(session, startStep));
    const run: TrainingRun = {
      family: session.family,
      model,
      stepper,
      data,
      seed: values.seed,
      batchSize,
      startStep,
      endStep: session.endStep,
      logEverySteps: values.logEverySteps,
      sampleEveryEpochs: values.sampleEveryEpochs,
      checkpointEveryMs: values.checkpointEveryMinutes * 60_000,
      maxMs: call.maxMinutes === undefined ? undefined : call.maxMinutes * 60_000,
      earlierLosses,
      observers,
      stop,
      saveCheckpoint: (step) => saveCheckpoint(session, step),
      saveGrid: createGridWriter(session.folder.samples, session, values),
    };
    const outcome = await trainLoop(run);
    return { outcome, signal: outcome.reason === 'signal' ? stop.signal : undefined };
  } finally {
    stop.release();
    for (const observer of observers) observer.close?.();
    stepper.dispose();
  }
}

function createProgress(session: Session, startStep: number): Observer {
  const { model, stepsPerEpoch, endStep, batchSize, output } = session;
  const layout = {
    losses: model.losses,
    heldOut: model.heldOut?.figures ?? [],
    epochs: Math.ceil(endStep / stepsPerEpoch),
  };
  if (!session.bars) return createLines(layout, output);
  return createBars({ ...layout, stepsPerEpoch, startStep, endStep, batchSize }, process.stderr);
}

async function saveCheckpoint({ folder, family, setting, data, model, values }: Session, step: number) {
  const head: CheckpointHead = {
    family: family.name,
    step,
    setting: setting as CheckpointHead['setting'],
    dataset: { name: data.name, fingerprint: data.fingerprint },
  };
  const tensors = await readVariables(model);
  checkFinite(tensors, step);
  const written = await writeCheckpoint(folder.checkpoints, head, tensors);
  await pruneCheckpoints(folder.checkpoints, values.keep);
  return written;
}

function interrupted({ folder }: Session, signal: StopSignal, step: number): InterruptedError {
  return new InterruptedError(
    constants.signals[signal],
    `${signal} at step ${step}; a checkpoint holds everything.`,
    {
      hint: `Go on with: aigc train --resume --out ${quoted(folder.path)}`,
    },
  );
}

function report({ folder, output, endStep }: Session, { step, reason }: Outcome): void {
  const path = quoted(folder.path);
  const line =
    reason === 'finished'
      ? `Trained ${step} steps. Draw with it: aigc sample --checkpoint ${path}`
      : `Time is up at step ${step} of ${endStep}. Go on with: aigc train --resume --out ${path}`;
  output.result({ event: 'end', reason, step, run: folder.path }, line);
}

/** A path as it is typed into a shell. */
function quoted(path: string): string {
  return /[^\w./\\:~-]/.test(path) ? JSON.stringify(path) : path;
}
