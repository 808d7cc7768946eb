// What is fixed before the first step of `aigc train`: data as the family wants it, backend, model, length.
import { flagName, type Options, type OptionValues } from '../config/option';
import { type RawValues, withLength } from '../config/resolve';
import type { CallValues, TrainValues } from '../config/train-options';
import { planBatches } from '../dataset/batches';
import { pixelMean } from '../dataset/blocks';
import type { AnySet, DataSet } from '../dataset/image-set';
import { DataError } from '../errors';
import { fewImagesOptions, recipeValues } from '../models';
import { epochsByDefault, type Family, imagesOfStep, type Model, type ModelSetting } from '../models/family';
import { firstAtRest } from '../models/schedule';
import type { Output } from '../output';
import type { Lock } from '../run/lock';
import type { RunFolder, RunRecord } from '../run/run-folder';
import { startBackend } from '../tensor';
import type { Backend } from '../tensor/backend';
import { type Compiler, canCompile } from '../tensor/compile/compile';
import { prepared } from '../use/inputs';
import { counted } from '../words';
import { chooseCompiler, suitedCompiler } from './compiled-stepper';
import { checkGrid } from './grid-size';
import { reportEpochs } from './pace';
import { warmStart } from './warm-start';

export interface TrainingRequest {
  readonly family: Family;
  readonly data: DataSet;
  readonly values: TrainValues;
  /** The family's own options, completed. */
  readonly options: OptionValues<Options>;
  /** What flags and files said, of all calls of the run: what another run by the same words is made from. */
  readonly asked: RawValues;
  readonly call: CallValues;
  readonly folder: RunFolder;
  /** The run to go on with. */
  readonly record: RunRecord | undefined;
  /** What the folder held when the request was checked. */
  readonly seen: RunRecord | undefined;
  readonly output: Output;
  /** What ends the run after the step in hand; the process's signals when left out. */
  readonly abort?: AbortSignal | undefined;
}

/** What is fixed before the first step. */
export interface Session extends TrainingRequest {
  readonly backendName: string;
  /** Undefined when steps run op by op. */
  readonly compiler: Compiler | undefined;
  readonly model: Model;
  readonly setting: ModelSetting<OptionValues<Options>>;
  readonly batchSize: number;
  readonly stepsPerEpoch: number;
  /** Steps from one report to the next, which roll-backs go to. */
  readonly stepsPerReport: number;
  readonly endStep: number;
}

/** A session that may write to its run folder. */
export interface HeldSession extends Session {
  readonly lock: Lock;
}

/** @throws DataError for data that the family or the run cannot use; UsageError; BackendError. The caller disposes the model */
export async function openSession(given: TrainingRequest): Promise<Session> {
  const request = forItsImages(given);
  const { family, values, call, output, record } = request;
  const data = preprocessed(request);
  const batchSize = imagesOfStep(family, request.options);
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
  const { backend, detail } = await startBackend(call.backend, call.threads, call, record?.backend);
  const endStep = values.steps ?? (values.epochs ?? epochsByDefault(family, stepsPerEpoch)) * stepsPerEpoch;
  const reportEveryEpochs = reportsOf(request, stepsPerEpoch, endStep);
  const options = withLength(family.options, request.options, endStep);
  const { height, width, channels, classCount } = data.train;
  const setting: ModelSetting<OptionValues<Options>> = {
    image: { height, width, channels },
    classCount,
    pixelMean: pixelMean(data.train),
    seed: values.seed,
    options,
  };
  const model = family.create(setting);
  try {
    const compiler = compilerOf(request, backend, () => suitedCompiler(model, batchSize));
    const before = record && call.backend === 'auto' && record.backend === backend.name;
    const asBefore = before ? ', as before (--backend takes another)' : '';
    output.progress(`Backend: ${backend.name} (${detail})${compiledWords(compiler)}${asBefore}`, {
      event: 'backend',
      backend: backend.name,
      detail,
      compile: compiler ?? 'off',
    });
    warnOfOtherBits(request, backend.name);
    warnOfRest(request, options, endStep);
    if (values.init !== undefined && !record) await warmStart(family, model, values.init, output.warn);
    return {
      ...request,
      values: { ...values, reportEveryEpochs },
      options,
      data,
      backendName: backend.name,
      compiler,
      model,
      setting,
      batchSize,
      stepsPerEpoch,
      stepsPerReport: stepsPerEpoch * reportEveryEpochs,
      endStep,
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** A run goes on as it began; those that do not say how began as graphs. */
function compilerOf(
  { call, record }: TrainingRequest,
  backend: Backend,
  suited: () => Compiler,
): Compiler | undefined {
  if (call.compile !== 'auto' || record?.backend !== backend.name)
    return chooseCompiler(call.compile, suited);
  // Without TensorFlow the bits are the same either way.
  if (record.compile === 'off' && canCompile()) return undefined;
  return chooseCompiler('auto', () => (record.compile === 'xla' ? 'xla' : 'graph'));
}

function warnOfOtherBits({ record, output }: TrainingRequest, backendName: string): void {
  if (!record || record.backend === backendName) return;
  output.warn(
    `The run was on ${record.backend} before, and goes on on ${backendName}: the last bits of its weights may be others than those of a run on one of them.`,
  );
}

/** Of steps whose learning rate is 0. */
function warnOfRest(
  { record, output, folder }: TrainingRequest,
  options: OptionValues<Options>,
  endStep: number,
): void {
  const rest = firstAtRest(options);
  if (rest === undefined || rest >= endStep) return;
  const how = `--schedule ${options.schedule} has brought the learning rate to 0 after ${counted(rest, 'step')} (--decay-steps): those after them train nothing.`;
  output.warn(
    record
      ? `${how} A run that goes on from its weights is begun by --init ${folder.path} and another --out.`
      : how,
  );
}

function compiledWords(compiler: Compiler | undefined): string {
  if (compiler === undefined) return '';
  return compiler === 'xla' ? ', compiled by XLA (the first step takes a few seconds)' : ', compiled';
}

/** The request with the options that suit a set of few images, where nobody asked for others. A run that goes on, or starts
 *  from another's weights, keeps what these have. */
function forItsImages(request: TrainingRequest): TrainingRequest {
  const { family, asked, options, data, values, record, output } = request;
  if (record || values.init !== undefined) return request;
  const { count } = data.train;
  const said = { ...recipeValues(family, values.recipe), ...asked };
  const suited = fewImagesOptions(family, said, options, count);
  const flags = Object.entries(suited.changed).map(([name, value]) => `${flagName(name)} ${value}`);
  if (flags.length === 0) return request;
  const note = `${counted(count, 'training image')}: ${flags.join(', ')} by default, as few images ask for`;
  output.progress(`${note}.`, { event: 'note', note });
  return { ...request, options: suited.options };
}

/** Runs from before they could leave epochs out reported each. */
function reportsOf({ values, record }: TrainingRequest, stepsPerEpoch: number, endStep: number): number {
  return values.reportEveryEpochs ?? (record ? 1 : reportEpochs(stepsPerEpoch, endStep, values));
}

/** The data as the family wants it. Its fingerprint stays that of the set that was named. */
function preprocessed({ family, data, values, options }: TrainingRequest): DataSet {
  const prepare = (set: AnySet) => prepared(family, set, values.seed, options);
  return { ...data, train: prepare(data.train), test: data.test && prepare(data.test) };
}
