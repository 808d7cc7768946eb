// `aigc reconstruct`: pictures through a model, clean, noisy or with parts hidden, beside what they were.
import type { Command } from 'commander';
import { integer, number, type OptionValues, text } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import { backendOption, environmentValues, seedOption, threadsOption } from '../config/shared-options';
import type { ImageSet } from '../dataset/image-set';
import { pickImages } from '../dataset/split';
import { UsageError } from '../errors';
import { addNoise, differences, hide } from '../images/degrade';
import { composeGrid, gridExtent, type ImageBytes, viewingScale } from '../images/grid';
import { type Mask, parseMask } from '../images/mask';
import { maxPixels, writePng } from '../images/png';
import { type Output, openOutput } from '../output';
import { drawImages } from '../use/draw';
import { canEncode } from '../use/encode';
import { inPaint } from '../use/in-paint';
import { invertImages } from '../use/invert';
import type { SavedModel } from '../use/open-model';
import { counted } from '../words';
import { addOutputFlags, type CommandModule } from './command';
import {
  checkEnding,
  checkFolderOf,
  checkpointOption,
  classesOption,
  namedClasses,
  openForUse,
  weightsOption,
} from './model-input';
import { addOptionFlags } from './options';
import { checkLabels, isPicture, loadNamedData, preparedFor, readPicture } from './picture-input';

const reconstructOptions = {
  checkpoint: checkpointOption,
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
  out: text({
    placeholder: 'FILE.png',
    description: 'rows of original, degraded if it was, and reconstruction',
    default: 'reconstruction.png',
  }),
  seed: seedOption,
  backend: backendOption,
  threads: threadsOption,
} as const;

type ReconstructValues = OptionValues<typeof reconstructOptions>;

export const reconstruct: CommandModule = {
  configure(command: Command, context) {
    addOptionFlags(addOutputFlags(command), reconstructOptions);
    command.addHelpText(
      'after',
      '\nExample:\n  $ aigc reconstruct --checkpoint ./ckpt --input mnist --noise 0.3 --out denoised.png',
    );
    command.action(async (flags: RawValues) => {
      const output = openOutput(context, flags);
      const values = resolveOptions(reconstructOptions, flags, environmentValues());
      const mask = values.mask === undefined ? undefined : parseMask(values.mask);
      checkEnding(values.out, ['.png']);
      await checkFolderOf(values.out);
      const saved = await openForUse(values, output);
      try {
        const named = namedClasses(values.labels, saved);
        const original = await readInput(values, saved, output);
        const labels = labelsOf(original, named, saved);
        const degraded = degrade(original, mask, values, saved);
        checkSize(original, degraded.changed ? 3 : 2);
        const result = await throughModel(saved, degraded, labels, values, output);
        await writePicture(values.out, original, degraded, result);
        report(values, saved, original, degraded, result, output);
      } finally {
        saved.model.dispose();
      }
    });
  },
};

async function readInput(
  { input, count }: ReconstructValues,
  saved: SavedModel,
  output: Output,
): Promise<ImageSet> {
  const { image } = saved.manifest.setting;
  if (input !== undefined && isPicture(input)) {
    return preparedFor(saved, await readPicture(input, image.channels), input);
  }
  const name = input ?? saved.manifest.dataset.name;
  const data = await loadNamedData(name, output);
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

interface Degraded {
  readonly images: ImageSet;
  /** [count, height, width, channels], 1 where a pixel is known. */
  readonly known: Uint8Array;
  readonly hidesAny: boolean;
  /** Whether it differs from the original at all. */
  readonly changed: boolean;
}

function degrade(
  original: ImageSet,
  mask: Mask | undefined,
  { noise, seed }: ReconstructValues,
  { manifest }: SavedModel,
): Degraded {
  const noisy = noise === undefined ? original : addNoise(original, noise, seed);
  const { images, known } = hide(noisy, mask, seed, Math.round(255 * manifest.setting.pixelMean));
  return { images, known, hidesAny: mask !== undefined, changed: mask !== undefined || noise !== undefined };
}

/** Encoded and decoded, or, without an encoder, the nearest that the model can draw. */
async function throughModel(
  { model, family }: SavedModel,
  { images, known, hidesAny }: Degraded,
  labels: Int32Array | undefined,
  { weights, steps, seed }: ReconstructValues,
  output: Output,
): Promise<ImageBytes> {
  const lastWeights = weights === 'last';
  if (canEncode(model)) {
    const rounds = hidesAny ? (steps ?? 30) : 1;
    return inPaint(model, { images, known, range: family.pixelRange, labels, lastWeights, rounds });
  }
  output.progress(`This ${family.name} has no encoder: looking for the latents of ${images.count} images.`);
  const latents = await invertImages(model, {
    images: Float32Array.from(images.pixels, (byte) => byte / 255),
    known: Float32Array.from(known),
    count: images.count,
    labels,
    lastWeights,
    seed,
    steps: steps ?? 300,
    onStep: (done, total) => {
      if (done % 100 === 0) output.progress(`Step ${done} of ${total}`);
    },
  });
  return drawImages(model, latents, { labels, lastWeights });
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
  await writePng(out, composeGrid(cells, { ...layout, scale: viewingScale(height) }));
}

function report(
  { out, input, noise, mask, seed }: ReconstructValues,
  { manifest, folder }: SavedModel,
  original: ImageSet,
  { images, known, hidesAny }: Degraded,
  result: ImageBytes,
  output: Output,
): void {
  const figures = differences(original.pixels, result.pixels, known);
  const inWords = ({ mse, psnr }: { mse: number; psnr: number }) =>
    `MSE ${mse.toFixed(4)}, PSNR ${psnr.toFixed(1)} dB`;
  // Noise that a model was never trained on may leave it further off than the noise itself: then one can see it.
  const noisy = noise === undefined ? undefined : differences(original.pixels, images.pixels, known).known;
  const before = noisy ? ` (before: ${inWords(noisy)})` : '';
  const words = hidesAny
    ? `known pixels ${inWords(figures.known)}${before} · hidden pixels ${inWords(figures.hidden)}`
    : `${inWords(figures.known)}${before}`;
  const { family, step } = manifest;
  output.result(
    {
      event: 'reconstruct',
      out,
      input: input ?? manifest.dataset.name,
      count: original.count,
      ...(noise !== undefined && { noise }),
      ...(mask !== undefined && { mask }),
      known: figures.known,
      ...(noisy && { noisy }),
      ...(hidesAny && { hidden: figures.hidden }),
      checkpoint: folder,
      family,
      step,
      seed,
    },
    `Reconstructed ${counted(original.count, 'image')} with the ${family} at step ${step}: ${words}: ${out}`,
  );
}
