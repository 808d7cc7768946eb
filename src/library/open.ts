// Opens a trained model: for commands as the rest of aigc knows it, for programs as a handle.

import { environmentValues } from '../config/shared-options';
import { presentClasses } from '../dataset/classes';
import type { ImageSet } from '../dataset/image-set';
import { UsageError } from '../errors';
import { startBackend } from '../tensor';
import type { BackendName } from '../tensor/backend';
import { drawImages, latentsAt } from '../use/draw';
import { canEncode, encodeImages } from '../use/encode';
import { checkLabels, preparedFor } from '../use/inputs';
import { openModel as openSaved, type SavedModel } from '../use/open-model';
import { drawPlanned, planSamples } from '../use/sample';
import { loadFamily } from './family-file';
import { remember } from './origins';
import type { DrawOptions, Images, OpenedModel, OpenOptions, SampleOptions } from './types';

export interface Opening {
  readonly checkpoint: string;
  readonly backend: string;
  readonly threads: number | undefined;
  /** The file of a family from outside. */
  readonly model: string | undefined;
  readonly drawSteps?: number | undefined;
  onWarning(message: string): void;
  /** Told what computes. */
  onBackend(words: string): void;
}

/** @throws DataError when there is no checkpoint, or none that is whole; BackendError. The caller disposes the model */
export async function open(opening: Opening): Promise<SavedModel> {
  const { checkpoint, model, drawSteps, onWarning } = opening;
  const family = model === undefined ? undefined : await loadFamily(model);
  return openSaved(checkpoint, { warn: onWarning, start: () => start(opening), family, drawSteps });
}

/** Starts the backend, and says which. @returns its name */
export async function start({
  backend,
  threads,
  onBackend,
}: Pick<Opening, 'backend' | 'threads' | 'onBackend'>): Promise<BackendName> {
  const chosen = await startBackend(backend, threads);
  onBackend(`Backend: ${chosen.backend.name} (${chosen.detail})`);
  return chosen.backend.name;
}

/** As `openModel` of the library does. */
export async function openHandle(checkpoint: string, options: OpenOptions): Promise<OpenedModel> {
  const { backend = environmentValues().backend ?? 'auto', threads, model, drawSteps, onWarning } = options;
  const saved = await open({
    checkpoint,
    backend: backend as string,
    threads,
    model,
    drawSteps,
    onWarning: (message) => onWarning?.(message),
    onBackend: () => undefined,
  });
  return handle(saved);
}

function handle(saved: SavedModel): OpenedModel {
  const { model, family, manifest, classes } = saved;
  const { image } = manifest.setting;
  return {
    family: family.name,
    step: manifest.step,
    checkpoint: saved.folder,
    backend: saved.backend,
    image,
    latentDim: model.latent.dimension,
    options: saved.options,
    data: manifest.dataset,
    classCount: family.conditional ? classes.count : 0,
    classNames: classes.names,
    canEncode: canEncode(model),
    sample: (options = {}) => sample(saved, options),
    latents: ({ count = 64, seed = 1, truncation } = {}) => latentsAt(model, seed, 0, count, truncation),
    draw: (latents, options = {}) => draw(saved, latents, options),
    encode: (images, options = {}) => encode(saved, images, options),
    dispose: () => model.dispose(),
  };
}

async function sample(saved: SavedModel, options: SampleOptions): Promise<Images> {
  const { count = 64, seed = 1, truncation, lastWeights = false, labels } = options;
  if (!Number.isInteger(count) || count < 1)
    throw new UsageError(`count must be a whole number of at least 1, got ${count}.`, {
      hint: 'It is how many images.',
    });
  const classes = saved.family.conditional ? [...(labels ?? presentClasses(saved.classes))] : undefined;
  if (classes) checkLabels(classes, saved.classes.count, 'labels');
  const request = { count, seed, truncation, lastWeights, manifold: false };
  const images = await drawPlanned(saved, planSamples(request, classes), request);
  return remember(images, saved, {
    count,
    seed,
    truncation,
    ...(labels && classes && { labels: classes.join() }),
    ...(lastWeights && { weights: 'last' }),
  });
}

async function draw(
  saved: SavedModel,
  latents: Float32Array,
  { labels, lastWeights }: DrawOptions,
): Promise<Images> {
  const { dimension } = saved.model.latent;
  const count = latents.length / dimension;
  if (!Number.isInteger(count) || count < 1 || !latents.every(Number.isFinite)) {
    throw new UsageError(
      `Expected latents of ${dimension} finite numbers each, got ${latents.length} numbers in all.`,
      {
        hint: 'Give them one after the other, [count, latentDim].',
      },
    );
  }
  const images = await drawImages(saved.model, latents, {
    labels: labelsFor(saved, labels, count),
    lastWeights: lastWeights ?? false,
  });
  return remember(images, saved, { latents: 'LATENTS.npy', ...(lastWeights && { weights: 'last' }) });
}

async function encode(saved: SavedModel, images: Images, { labels }: DrawOptions): Promise<Float32Array> {
  const { model, family } = saved;
  if (!canEncode(model))
    throw new UsageError(`This ${family.name} has no encoder.`, {
      hint: 'canEncode says which models have.',
    });
  const { count, height, width, channels, pixels } = images;
  if (pixels.length !== count * height * width * channels) {
    throw new UsageError(
      `Expected ${count} images of ${height}×${width}×${channels} bytes, got ${pixels.length} bytes.`,
      {
        hint: 'pixels is [count, height, width, channels].',
      },
    );
  }
  const set: ImageSet = { count, height, width, channels, pixels, labels: undefined, classCount: 0 };
  const prepared = preparedFor(saved, set, 'images');
  return encodeImages(model, prepared, family.pixelRange, labelsFor(saved, labels, count));
}

function labelsFor(
  { family, classes }: SavedModel,
  labels: ArrayLike<number> | undefined,
  count: number,
): Int32Array | undefined {
  if (!family.conditional) return undefined;
  if (labels?.length !== count) {
    throw new UsageError(
      `This ${family.name} needs the class of each of ${count} images, got ${labels?.length ?? 0}.`,
      {
        hint: 'Give labels, one an image.',
      },
    );
  }
  const given = Int32Array.from(labels);
  checkLabels(given, classes.count, 'labels');
  return given;
}
