// `aigc reconstruct`: pictures through a model, clean, noisy or with parts hidden, beside what they were.
import { dirname } from 'node:path';
import { integer, number, type OptionValues, text } from '../config/option';
import type { RawValues } from '../config/resolve';
import { backendOption, provenanceOption, seedOption, threadsOption } from '../config/shared-options';
import type { ImageSet } from '../dataset/image-set';
import { pickImages } from '../dataset/split';
import { UsageError } from '../errors';
import { makeFolder } from '../files';
import { differences } from '../images/degrade';
import { composeGrid, gridExtent, type ImageBytes, viewingScale } from '../images/grid';
import { type Mask, parseMask } from '../images/mask';
import { maxPixels, writePng } from '../images/png';
import type { Provenance } from '../images/provenance';
import type { Output } from '../output';
import { canEncode } from '../use/encode';
import { checkLabels, preparedFor } from '../use/inputs';
import type { SavedModel } from '../use/open-model';
import { type Degraded, degrade, reconstructImages } from '../use/reconstruct';
import { counted } from '../words';
import { isPicture, loadNamedData, readPicture } from './data-input';
import { type Done, modelCommand } from './model-command';
import {
  checkpointOption,
  classesOption,
  drawStepsOption,
  familyFileOption,
  namedClasses,
  weightsOption,
} from './model-input';
import { checkEnding, checkOut } from './out';
import { writeReconstruction } from './reconstruction-data';

const reconstructOptions = {
  checkpoint: checkpointOption,
  model: familyFileOption,
  input: text({
    placeholder: 'FILE|DIR|NAME',
    description:
      "a PNG, an IDX file, or a data set: its test split if it has one (default: the training data's)",
  }),
  count: integer({ description: 'how many images of a data set', default: 10, min: 1, max: 1000 }),
  noise: number({
    description: 'standard deviation of noise that is added first; pixels go from 0 to 1',
    above: 0,
    max: 10,
  }),
  mask: text({
    placeholder: 'left|right|top|bottom|center|random:P',
    description: 'what is hidden first; random:0.5 hides half of the pixels',
  }),
  steps: integer({
    description:
      'rounds of filling in what is hidden (default: 30), or steps of Adam without an encoder (default: 300)',
    min: 1,
    max: 100_000,
  }),
  labels: {
    ...classesOption,
    description: `${classesOption.description}: of the images in turn (default: the data's labels)`,
  },
  weights: weightsOption,
  drawSteps: drawStepsOption,
  out: text({
    placeholder: 'FILE.png',
    description: 'rows of original, degraded if it was, and reconstruction',
    default: 'reconstruction.png',
  }),
  outData: text({
    placeholder: 'DIR',
    description: 'the images as .npy arrays too, and errors.csv: how far each is from its original',
  }),
  provenance: provenanceOption,
  seed: seedOption,
  backend: backendOption,
  threads: threadsOption,
} as const;

type ReconstructValues = OptionValues<typeof reconstructOptions>;

interface Request extends Omit<ReconstructValues, 'mask'> {
  readonly mask: Mask | undefined;
  /** As it was asked for. */
  readonly maskWord: string | undefined;
}

export const reconstruct = modelCommand({
  name: 'reconstruct',
  options: reconstructOptions,
  example: 'reconstruct --checkpoint ./ckpt --input mnist --noise 0.3 --out denoised.png',
  request: readRequest,
  idle,
  use: async (saved, request, output, provenance) => {
    if (request.outData !== undefined) await checkOut(request.outData, 'folder');
    const named = namedClasses(request.labels, saved, output);
    const original = await readInput(request, saved, output);
    const labels = labelsOf(original, named, saved);
    const degraded = degrade(original, request, saved);
    checkSize(original, degraded.changed ? 3 : 2);
    const { family, model } = saved;
    if (canEncode(model) && request.steps !== undefined && !degraded.hidesAny)
      output.warn('--steps has no effect: the model has an encoder, and nothing is hidden.');
    if (!canEncode(model))
      output.progress(
        `This ${family.name} has no encoder: looking for the latents of ${counted(original.count, 'image')}.`,
      );
    const result = await reconstructImages(saved, degraded, {
      ...request,
      labels,
      lastWeights: request.weights === 'last',
      onStep: (done, total) => {
        if (done % 100 === 0) output.progress(`Step ${done} of ${total}`);
      },
    });
    await makeFolder(dirname(request.out));
    await writePicture(request.out, original, degraded, result, provenance);
    const reconstructed = { original, degraded, images: result, labels: labels ?? original.labels };
    if (request.outData !== undefined) await writeReconstruction(request.outData, reconstructed, provenance);
    return report(request, saved, original, degraded, result);
  },
});

function readRequest(values: ReconstructValues): Request {
  checkEnding(values.out, ['.png']);
  const { mask, ...others } = values;
  return { ...others, mask: mask === undefined ? undefined : parseMask(mask), maskWord: mask };
}

function idle(flags: RawValues, { input }: Request): string[] {
  const isOne = input !== undefined && isPicture(input);
  return flags.count !== undefined && isOne ? ['--count has no effect: --input is one picture.'] : [];
}

async function readInput({ input, count }: Request, saved: SavedModel, output: Output): Promise<ImageSet> {
  const { image } = saved.manifest.setting;
  if (input !== undefined && isPicture(input)) {
    return preparedFor(saved, await readPicture(input, image.channels), input);
  }
  const name = input ?? saved.manifest.dataset.name;
  const data = await loadNamedData(name, output, input === undefined ? '--input' : undefined);
  const set = preparedFor(saved, data.test ?? data.train, name);
  const first = pickImages(
    set,
    Array.from({ length: Math.min(count, set.count) }, (_, i) => i),
  );
  if (saved.family.conditional && first.labels) {
    checkLabels(first.labels, saved.manifest.setting.classCount, name);
  }
  return first;
}

/** The class of each image. @throws UsageError when a conditional model is not told */
function labelsOf(
  { count, labels }: ImageSet,
  named: readonly number[] | undefined,
  { family }: SavedModel,
): Int32Array | undefined {
  if (!family.conditional) return undefined;
  if (named) return Int32Array.from({ length: count }, (_, i) => named[i % named.length] as number);
  if (labels) return Int32Array.from(labels);
  throw new UsageError(`This ${family.name} must know the class of each picture.`, {
    hint: 'Name them: --labels 3, or take data that has labels.',
  });
}

/** Pictures stand beside each other as long as they can be seen, then in further bands. */
const columnsAtMost = 20;

function layoutOf(count: number, kinds: number) {
  const columns = Math.min(count, columnsAtMost);
  return { rows: kinds * Math.ceil(count / columns), columns };
}

/** Refuses what could be computed, which may take long, but not written. */
function checkSize(original: ImageSet, kinds: number): void {
  const { height, width } = gridExtent(original, {
    ...layoutOf(original.count, kinds),
    scale: viewingScale(original.height),
  });
  if (height * width <= maxPixels) return;
  throw new UsageError(`${original.count} images make a picture of ${height}×${width} pixels.`, {
    hint: `At most ${maxPixels} in all: use a smaller --count.`,
  });
}

async function writePicture(
  out: string,
  original: ImageSet,
  degraded: Degraded,
  result: ImageBytes,
  provenance: Provenance | undefined,
): Promise<void> {
  const { count, height, width, channels } = original;
  const size = height * width * channels;
  const kinds = [original.pixels, ...(degraded.changed ? [degraded.images.pixels] : []), result.pixels];
  const layout = layoutOf(count, kinds.length);
  const pixels = new Uint8Array(layout.rows * layout.columns * size);
  for (const [kind, from] of kinds.entries()) {
    for (let i = 0; i < count; i++) {
      const row = Math.floor(i / layout.columns) * kinds.length + kind;
      pixels.set(
        from.subarray(i * size, (i + 1) * size),
        (row * layout.columns + (i % layout.columns)) * size,
      );
    }
  }
  const cells = { count: layout.rows * layout.columns, height, width, channels, pixels };
  const raster = composeGrid(cells, { ...layout, scale: viewingScale(height) });
  await writePng(out, raster, provenance && { ...provenance, source: 'compositeSynthetic' });
}

function report(
  { out, outData, input, noise, maskWord, seed }: Request,
  { manifest }: SavedModel,
  original: ImageSet,
  { images, known, hidesAny }: Degraded,
  result: ImageBytes,
): Done {
  const figures = differences(original.pixels, result.pixels, known);
  const inWords = ({ mse, psnr }: { mse: number; psnr: number }) =>
    `MSE ${mse.toFixed(4)}, PSNR ${psnr.toFixed(1)} dB`;
  // Noise that a model was never trained on may leave it further off than the noise itself: then one can see it.
  const noisy = noise === undefined ? undefined : differences(original.pixels, images.pixels, known).known;
  const before = noisy ? ` (before: ${inWords(noisy)})` : '';
  const words = hidesAny
    ? `known pixels ${inWords(figures.known)}${before} · hidden pixels ${inWords(figures.hidden)}`
    : `${inWords(figures.known)}${before}`;
  return {
    event: {
      input: input ?? manifest.dataset.name,
      count: original.count,
      ...(outData !== undefined && { outData }),
      ...(noise !== undefined && { noise }),
      ...(maskWord !== undefined && { mask: maskWord }),
      known: figures.known,
      ...(noisy && { noisy }),
      ...(hidesAny && { hidden: figures.hidden }),
      seed,
    },
    lines: (subject) =>
      `Reconstructed ${counted(original.count, 'image')} with ${subject}: ${words}: ${[out, outData].filter(Boolean).join(', ')}`,
  };
}
