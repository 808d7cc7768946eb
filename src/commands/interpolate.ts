// `aigc interpolate`: walks between two latents, each named by a seed, a class or a picture.
import { dirname } from 'node:path';
import { choice, integer, type OptionValues, text } from '../config/option';
import type { RawValues } from '../config/resolve';
import { backendOption, provenanceOption, seedOption, threadsOption } from '../config/shared-options';
import { legend } from '../dataset/classes';
import type { ImageShape } from '../dataset/image-set';
import { UsageError } from '../errors';
import { makeFolder, writeFileAtomic } from '../files';
import { encodeFilm, filmEndings, isFilm } from '../images/film';
import {
  composeGrid,
  gridExtent,
  type ImageBytes,
  type Raster,
  squarish,
  viewingScale,
} from '../images/grid';
import { maxPixels, writePng } from '../images/png';
import type { Provenance } from '../images/provenance';
import type { Output } from '../output';
import type { SavedModel } from '../use/open-model';
import { drawWalks, type End } from '../use/walks';
import { grouped } from '../words';
import { type EndName, isFixed, parseEnd, readEnd } from './endpoint';
import { modelCommand } from './model-command';
import {
  checkpointOption,
  classesOption,
  drawStepsOption,
  familyFileOption,
  namedClasses,
  seenClasses,
  warnOfAbsent,
  weightsOption,
} from './model-input';
import { checkEnding } from './out';

const interpolateOptions = {
  checkpoint: checkpointOption,
  model: familyFileOption,
  from: text({
    placeholder: 'END',
    description: 'seed:7, label:3 or picture.png (default: seed:N of --seed)',
  }),
  to: text({ placeholder: 'END', description: 'likewise (default: the next seed)' }),
  steps: integer({
    description: 'images from one end to the other, both included',
    default: 10,
    min: 2,
    max: 1000,
  }),
  rows: integer({
    description: 'walks, each from the next seeds (default: 1, or 8 without --from and --to)',
    min: 1,
    max: 999,
  }),
  path: choice(['spherical', 'linear'], {
    description: 'along the arc, where draws of the prior lie, or straight',
    default: 'spherical',
    why: 'White 2016',
  }),
  labels: {
    ...classesOption,
    description: `${classesOption.description}: one a walk, where no end has a label (default: all in turn)`,
  },
  data: text({
    placeholder: 'NAME|DIR',
    description:
      'whose images label:N means, for a model that learns no classes (default: its training data)',
  }),
  weights: weightsOption,
  drawSteps: drawStepsOption,
  out: text({
    placeholder: 'FILE',
    description: '.png (a row for each walk), or .gif or .webp (an animation, there and back)',
    default: 'walk.png',
  }),
  delayMs: integer({
    description: 'how long each image of an animation is shown, milliseconds',
    default: 100,
    min: 20,
    max: 10_000,
  }),
  provenance: provenanceOption,
  seed: seedOption,
  backend: backendOption,
  threads: threadsOption,
} as const;

type InterpolateValues = OptionValues<typeof interpolateOptions>;

export const interpolate = modelCommand({
  name: 'interpolate',
  options: interpolateOptions,
  example: 'interpolate --checkpoint ./ckpt --from seed:7 --to seed:8 --steps 30 --out walk.gif',
  request: readRequest,
  idle,
  use: async (saved, request, output, provenance) => {
    const { ends, rows, steps, path, seed, out, data } = request;
    checkSize(request, saved.manifest.setting.image);
    checkSeveral(request, saved);
    const classes = classesOf(request, saved, output);
    const from = await readEnd(ends.from, saved, data, output);
    const to = await readEnd(ends.to, saved, data, output);
    warnOfEnds([from, to], saved, output);
    const lastWeights = request.weights === 'last';
    const images = await drawWalks(saved, { from, to, rows, steps, path, seed, lastWeights, classes });
    await write(request, images, provenance);
    const words = legend(
      [from, to].flatMap((end) => (end.kind === 'class' ? [end.label] : (classes ?? []))),
      saved.classes,
    );
    return {
      event: { from: ends.from.word, to: ends.to.word, rows, steps, path, seed },
      lines: (subject) => [
        `Walked from ${ends.from.word} to ${ends.to.word} in ${steps} images with ${subject}: ${out}`,
        ...(words ? [words] : []),
      ],
    };
  },
});

interface Ends {
  readonly from: EndName;
  readonly to: EndName;
}

interface Request extends InterpolateValues {
  readonly ends: Ends;
  readonly rows: number;
}

function readRequest(values: InterpolateValues): Request {
  checkEnding(values.out, ['.png', ...filmEndings]);
  const { from, to } = values;
  const rows = values.rows ?? (from === undefined && to === undefined ? 8 : 1);
  return { ...values, rows, ends: endsOf(values) };
}

function endsOf({ from, to, seed }: InterpolateValues): Ends {
  const first = parseEnd(from ?? `seed:${seed}`, '--from');
  const next = first.kind === 'seed' ? first.seed + 1 : seed;
  return { from: first, to: parseEnd(to ?? `seed:${next}`, '--to') };
}

function idle(flags: RawValues, { out, ends: { from, to } }: Request): string[] {
  const isLabel = [from, to].map(({ kind }) => kind === 'label');
  return [
    ...(flags.delayMs !== undefined && !isFilm(out)
      ? ['--delay-ms has no effect: --out is no animation.']
      : []),
    ...(flags.labels !== undefined && isLabel.every(Boolean)
      ? ['--labels has no effect: both ends name their class.']
      : []),
    ...(flags.data !== undefined && !isLabel.some(Boolean)
      ? ['--data has no effect: no end is label:N.']
      : []),
    ...(flags.seed !== undefined && flags.from !== undefined && from.kind === 'seed' && to.kind === 'seed'
      ? ['--seed has no effect: --from and --to are seeds.']
      : []),
  ];
}

/** One a walk, where no end has a class. @throws UsageError when the class of a picture is not known */
function classesOf({ labels, ends: { from, to } }: Request, saved: SavedModel, output: Output) {
  const named = namedClasses(labels, saved, output);
  const isLabel = from.kind === 'label' || to.kind === 'label';
  if (!saved.family.conditional || named || isLabel) return named;
  if (from.kind === 'picture' || to.kind === 'picture') {
    throw new UsageError(`This ${saved.family.name} must know the class of a picture.`, {
      hint: 'Name it: --labels 3.',
    });
  }
  return seenClasses(saved, output);
}

function warnOfEnds(ends: readonly End[], { classes }: SavedModel, output: Output): void {
  const labels = ends.flatMap((end) => (end.kind === 'class' ? [end.label] : []));
  warnOfAbsent(
    classes.absent.filter((label) => labels.includes(label)),
    classes,
    output,
  );
}

/** @throws UsageError when several walks would be one and the same */
function checkSeveral({ rows, ends: { from, to } }: Request, saved: SavedModel): void {
  if (rows === 1 || !isFixed(from, saved) || !isFixed(to, saved)) return;
  throw new UsageError(`--rows ${rows}: there is one walk from ${from.word} to ${to.word}.`, {
    hint: 'Leave --rows out, or walk from a seed.',
  });
}

/** A single walk is shown larger, for it is looked at alone. */
const filmScale = (height: number, rows: number) => viewingScale(height) * (rows === 1 ? 3 : 1);

/** Refuses what could be drawn, which may take long, but not written. */
function checkSize({ out, steps, rows }: Request, image: ImageShape): void {
  const frames = isFilm(out) ? 2 * steps - 2 : 1;
  const layout = isFilm(out) ? squarish(rows) : { rows, columns: steps };
  const scale = isFilm(out) ? filmScale(image.height, rows) : viewingScale(image.height);
  const { height, width } = gridExtent(image, { ...layout, scale });
  if (frames * height * width <= maxPixels) return;
  throw new UsageError(
    `--rows ${rows} and --steps ${steps} make ${frames === 1 ? 'a picture' : `${frames} pictures`} of ${height}×${width} pixels, expected at most ${grouped(maxPixels)} in all.`,
    { hint: 'Use fewer of them.' },
  );
}

/** @param images walk after walk */
async function write(
  { out, steps, delayMs, rows }: Request,
  images: ImageBytes,
  provenance: Provenance | undefined,
): Promise<void> {
  await makeFolder(dirname(out));
  if (!isFilm(out)) {
    const layout = { rows, columns: steps, scale: viewingScale(images.height) };
    return writePng(out, composeGrid(images, layout), provenance);
  }
  const there = Array.from({ length: steps }, (_, step) => frameOf(images, rows, steps, step));
  const frames = [...there, ...there.slice(1, -1).reverse()];
  const delays = frames.map(() => delayMs);
  return writeFileAtomic(out, await encodeFilm(out, frames, delays, provenance));
}

/** What all walks show at one step. */
function frameOf(images: ImageBytes, rows: number, steps: number, step: number): Raster {
  const size = images.height * images.width * images.channels;
  const pixels = new Uint8Array(rows * size);
  for (let row = 0; row < rows; row++) {
    const index = row * steps + step;
    pixels.set(images.pixels.subarray(index * size, (index + 1) * size), row * size);
  }
  const layout = { ...squarish(rows), scale: filmScale(images.height, rows) };
  return composeGrid({ ...images, count: rows, pixels }, layout);
}
