// Trains: what `aigc train` does once its words are known, and the same for programs.
import { type ConfigFile, readConfigFile } from '../config/file';
import { checkNames, type RawValues } from '../config/resolve';
import { callOptions, defaultModel, trainOptions } from '../config/train-options';
import { classesOf, classList } from '../dataset/classes';
import type { DownloadProgress } from '../dataset/download';
import type { DataSet } from '../dataset/image-set';
import type { StreamChoice } from '../dataset/keep';
import { loadDataSet, loadRememberedSet, resolveDefaultDataSet } from '../dataset/load';
import { oddityWarning } from '../dataset/oddity';
import type { Family } from '../models/family';
import type { Output } from '../output';
import { runFolder } from '../run/run-folder';
import { readRequest } from '../training/request';
import { startTraining } from '../training/session';
import { familyOf } from './family-file';
import type { TrainedRun, TrainingEvent, TrainOptions } from './types';

/** One call of `aigc train`, or of `train`. */
export interface Training {
  /** By the options' names: words of a command line, or values. */
  readonly flags: RawValues;
  readonly file: ConfigFile | undefined;
  readonly family: Family;
  readonly output: Output;
  /** What ends the run after the step in hand; the process's signals when left out. */
  readonly abort?: AbortSignal | undefined;
  /** Shows a download. */
  readonly download: { readonly onProgress: (progress: DownloadProgress) => void; readonly stop: () => void };
}

/** Reads what is asked for, loads the data, and trains. @throws AigcError of every kind */
export async function trainAsAsked({
  flags,
  file,
  family,
  output,
  abort,
  download,
}: Training): Promise<void> {
  const { idle, ...request } = await readRequest(flags, file, family);
  for (const line of idle) output.warn(line);
  const remembered = request.record !== undefined && flags.data === undefined;
  const { stream } = request.call;
  const data = await loadData(request.values.data, remembered, stream, output, download).finally(
    download.stop,
  );
  for (const line of dataWarnings(data, family)) output.warn(line);
  await startTraining({ ...request, data, output, abort });
}

/** What was asked for, or the default: then a line that cannot be missed says which that is.
 *  @param remembered whether a run asked for it that goes on, and not a flag */
async function loadData(
  asked: string | undefined,
  remembered: boolean,
  stream: StreamChoice,
  output: Output,
  { onProgress }: Training['download'],
): Promise<DataSet> {
  const options = { onProgress, stream };
  if (asked === undefined) {
    const { dataSet, fallback, reason } = await resolveDefaultDataSet(options);
    if (fallback) output.warn(reason);
    else output.progress(`Data: ${reason}`);
    return dataSet;
  }
  const data = await (remembered ? loadRememberedSet(asked, '--data', options) : loadDataSet(asked, options));
  for (const note of data.notes ?? []) output.progress(note);
  for (const warning of data.warnings ?? []) output.warn(warning);
  return data;
}

/** What of the data is seldom meant. */
function dataWarnings(data: DataSet, { conditional }: Family): string[] {
  const odd = oddityWarning(data.name, data.train);
  const classes = classesOf(data);
  const { absent } = classes;
  return [
    ...(odd ? [odd] : []),
    ...(conditional && absent.length > 0
      ? [`${data.name} has no training image of ${classList(absent, classes)}: not drawn.`]
      : []),
  ];
}

/** As `train` of the library does. */
export async function trainWith(options: TrainOptions): Promise<TrainedRun> {
  const { model, onEvent, signal, out, ...rest } = options;
  const file = options.resume ? configOf(out) : undefined;
  const family = await familyOf(model ?? (file?.values.model as string | undefined) ?? defaultModel);
  const names = Object.keys({ ...trainOptions, ...callOptions, ...family.options });
  checkNames(rest, names, 'train');
  let ended: TrainedRun | undefined;
  await trainAsAsked({
    flags: { ...definedOnly(rest), out, ...(model !== undefined && { model: family.name }) },
    file,
    family,
    output: eventOutput((event) => {
      if (event.event === 'end') ended = event as unknown as TrainedRun;
      onEvent?.(event);
    }),
    abort: signal ?? new AbortController().signal,
    download: { onProgress: () => undefined, stop: () => undefined },
  });
  if (ended === undefined) throw new Error('a training without an end');
  const { run, step, reason, best } = ended;
  return { run, step, reason, ...(best && { best }) };
}

/** The configuration of the run in a folder, for going on with it. */
export function configOf(out: string): ConfigFile | undefined {
  try {
    return readConfigFile(runFolder(out).run);
  } catch {
    return undefined; // `readRequest` says what is wrong with the run.
  }
}

const definedOnly = (values: RawValues): RawValues =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/** What a run says, as events alone. */
function eventOutput(emit: (event: TrainingEvent) => void): Output {
  const event: Output['event'] = (one) => emit(one as TrainingEvent);
  return {
    json: true,
    quiet: true,
    isWatched: false,
    result: event,
    event,
    progress: (_lines, one) => {
      if (one) event(one);
    },
    warn: (message) => event({ event: 'warning', message }),
    openBars: () => undefined,
  };
}
