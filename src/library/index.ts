// The library: what `import … from 'aigc'` gives. docs/api.md
import { inMemory } from '../dataset/blocks';
import type { AnySet, ImageSet } from '../dataset/image-set';
import { loadDataSet } from '../dataset/load';
import { DataError, UsageError } from '../errors';
import { composeGrid, squarish } from '../images/grid';
import { encodePng, maxPixels } from '../images/png';
import { families as registry } from '../models';
import { readRun as readRecord, runFolder } from '../run/run-folder';
import { readMetrics } from '../run/run-log';
import { openHandle } from './open';
import { originOf } from './origins';
import { trainWith } from './train';
import type {
  Data,
  FamilySummary,
  Images,
  LabelledImages,
  OpenedModel,
  OpenOptions,
  PngOptions,
  Run,
  TrainedRun,
  TrainingEvent,
  TrainOptions,
} from './types';

export {
  AigcError,
  BackendError,
  CollapsedError,
  DataError,
  DivergedError,
  InterruptedError,
  UsageError,
} from '../errors';
export { version } from '../version';
export type * from './types';

/**
 * Opens a trained model.
 * @param checkpoint a run folder (its newest checkpoint that is whole), RUN/best, or one checkpoint of it
 * @throws DataError when there is none, or it is damaged; BackendError; UsageError
 */
export function openModel(checkpoint: string, options: OpenOptions = {}): Promise<OpenedModel> {
  return openHandle(checkpoint, options);
}

/**
 * Trains a model in a run folder, as `aigc train` does; what is there is never overwritten without `force`.
 * @returns when it has ended, also when `signal` ended it: then it goes on with `resume`
 * @throws DivergedError, CollapsedError, DataError, UsageError, BackendError
 */
export function train(options: TrainOptions): Promise<TrainedRun> {
  return trainWith(options);
}

/** The model families that aigc has. */
export const families: readonly FamilySummary[] = registry.map(({ name, summary, conditional, options }) => ({
  name,
  summary,
  conditional: conditional ?? false,
  options: Object.entries(options).map(([option, { description, default: fallback }]) => ({
    name: option,
    description,
    default: fallback,
  })),
}));

/** What run.json of a run folder says. @throws DataError when there is none, or it is damaged */
export async function readRun(path: string): Promise<Run> {
  const record = await readRecord(runFolder(path));
  if (record) return record;
  throw new DataError(`${path} holds no run: there is no run.json in it.`, {
    hint: 'Name the folder that `train` was given as `out`.',
  });
}

/** The losses and figures that a run logged, one event at a time and in order; what is damaged is left out.
 *  @throws DataError when the log cannot be read */
export async function* readLog(path: string): AsyncGenerator<TrainingEvent> {
  for await (const { value } of readMetrics(runFolder(path).metrics)) if (value) yield value as TrainingEvent;
}

/** Loads what `--data` names: a named set, which is downloaded if need be, a folder or a file.
 *  @throws DataError, UsageError */
export async function loadData(name: string): Promise<Data> {
  const { train, test, classNames, fingerprint, name: found } = await loadDataSet(name);
  const inWhole = (set: AnySet) => imagesOf(inMemory(set, 'Read it by parts of your own.'));
  return { name: found, train: inWhole(train), test: test && inWhole(test), classNames, fingerprint };
}

function imagesOf({ count, height, width, channels, pixels, labels }: ImageSet): LabelledImages {
  return { count, height, width, channels, pixels, labels };
}

/** A PNG of some images: one as it is, several in a grid. The same images give the same bytes. Of what a model drew it
 *  says that, as the commands' files do.
 *  @throws UsageError when it would be too large to look at */
export function toPng(
  images: Images,
  { rows, columns, scale = 1, provenance = true }: PngOptions = {},
): Uint8Array {
  const { count } = images;
  const origin = provenance ? originOf(images) : undefined;
  if (count === 1 && scale === 1) return encodePng(images, origin);
  const layout =
    rows === undefined && columns === undefined
      ? squarish(count)
      : {
          rows: rows ?? Math.ceil(count / (columns as number)),
          columns: columns ?? Math.ceil(count / (rows as number)),
        };
  const pixels = layout.rows * layout.columns * images.height * images.width * scale ** 2;
  if (!(pixels <= maxPixels)) {
    throw new UsageError(`A PNG of ${pixels} pixels, expected at most ${maxPixels}.`, {
      hint: 'Draw fewer images, or smaller ones.',
    });
  }
  return encodePng(composeGrid(images, { ...layout, scale }), origin);
}
