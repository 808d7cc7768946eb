// `aigc interpolate`: walks between two latents, each named by a seed, a class or a picture.
import type { Command } from 'commander';
import { choice, integer, type OptionValues, text } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import { backendOption, environmentValues, seedOption, threadsOption } from '../config/shared-options';
import type { ImageShape } from '../dataset/image-set';
import { UsageError } from '../errors';
import { writeFileAtomic } from '../files';
import { encodeGif } from '../images/gif';
import {
  composeGrid,
  gridExtent,
  type ImageBytes,
  type Raster,
  squarish,
  viewingScale,
} from '../images/grid';
import { maxPixels, writePng } from '../images/png';
import { openOutput } from '../output';
import { drawImages } from '../use/draw';
import type { SavedModel } from '../use/open-model';
import { walk } from '../use/walk';
import { grouped } from '../words';
import { addOutputFlags, type CommandModule } from './command';
import { classesOfWalks, createEndpoint, type Ends, isFixed, parseEndpoint } from './endpoint';
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

const interpolateOptions = {
  checkpoint: checkpointOption,
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
  out: text({
    placeholder: 'FILE',
    description: '.png (a row for each walk) or .gif (an animation, there and back)',
    default: 'walk.png',
  }),
  delayMs: integer({
    description: 'how long each image of a .gif is shown, milliseconds',
    default: 100,
    min: 20,
    max: 10_000,
  }),
  seed: seedOption,
  backend: backendOption,
  threads: threadsOption,
} as const;

type InterpolateValues = OptionValues<typeof interpolateOptions>;

export const interpolate: CommandModule = {
  configure(command: Command, context) {
    addOptionFlags(addOutputFlags(command), interpolateOptions);
    command.addHelpText(
      'after',
      '\nExample:\n  $ aigc interpolate --checkpoint ./ckpt --from seed:7 --to seed:8 --steps 30 --out walk.gif',
    );
    command.action(async (flags: RawValues) => {
      const output = openOutput(context, flags);
      const values = resolveOptions(interpolateOptions, flags, environmentValues());
      checkEnding(values.out, ['.png', '.gif']);
      const ends = endsOf(values);
      const rows = values.rows ?? (values.from === undefined && values.to === undefined ? 8 : 1);
      await checkFolderOf(values.out);
      const saved = await openForUse(values, output);
      try {
        checkSize(values, rows, saved.manifest.setting.image);
        checkSeveral(rows, ends, saved);
        const named = namedClasses(values.labels, saved);
        const classes = classesOfWalks(ends, { rows, steps: values.steps, named }, saved);
        const setting = {
          ...values,
          saved,
          output,
          rows,
          classes,
          lastWeights: values.weights === 'last',
        };
        const from = await createEndpoint(ends.from, 0, setting);
        const to = await createEndpoint(ends.to, 1, setting);
        const { dimension } = saved.model.latent;
        const latents = new Float32Array(rows * values.steps * dimension);
        for (let row = 0; row < rows; row++) {
          latents.set(walk(from(row), to(row), values.steps, values.path), row * values.steps * dimension);
        }
        const images = await drawImages(saved.model, latents, {
          labels: classes,
          lastWeights: setting.lastWeights,
        });
        await write(values, images, rows);
        const { family, step } = saved.manifest;
        output.result(
          {
            event: 'interpolate',
            out: values.out,
            from: ends.from.word,
            to: ends.to.word,
            rows,
            steps: values.steps,
            path: values.path,
            checkpoint: saved.folder,
            family,
            step,
            seed: values.seed,
          },
          `Walked from ${ends.from.word} to ${ends.to.word} in ${values.steps} images with the ${family} at step ${step}: ${values.out}`,
        );
      } finally {
        saved.model.dispose();
      }
    });
  },
};

function endsOf({ from, to, seed }: InterpolateValues): Ends {
  const first = parseEndpoint(from ?? `seed:${seed}`, '--from');
  const next = first.kind === 'seed' ? first.seed + 1 : seed;
  return { from: first, to: parseEndpoint(to ?? `seed:${next}`, '--to') };
}

/** @throws UsageError when several walks would be one and the same */
function checkSeveral(rows: number, { from, to }: Ends, saved: SavedModel): void {
  if (rows === 1 || !isFixed(from, saved) || !isFixed(to, saved)) return;
  throw new UsageError(`--rows ${rows}: there is one walk from ${from.word} to ${to.word}.`, {
    hint: 'Leave --rows out, or walk from a seed.',
  });
}

const isGif = (out: string) => /\.gif$/i.test(out);

/** A single walk is shown larger, for it is looked at alone. */
const gifScale = (height: number, rows: number) => viewingScale(height) * (rows === 1 ? 3 : 1);

/** Refuses what could be drawn, which may take long, but not written. */
function checkSize({ out, steps }: InterpolateValues, rows: number, image: ImageShape): void {
  const frames = isGif(out) ? 2 * steps - 2 : 1;
  const layout = isGif(out) ? squarish(rows) : { rows, columns: steps };
  const scale = isGif(out) ? gifScale(image.height, rows) : viewingScale(image.height);
  const { height, width } = gridExtent(image, { ...layout, scale });
  if (frames * height * width <= maxPixels) return;
  throw new UsageError(
    `--rows ${rows} and --steps ${steps} make ${frames === 1 ? 'a picture' : `${frames} pictures`} of ${height}×${width} pixels, expected at most ${grouped(maxPixels)} in all.`,
    { hint: 'Use fewer of them.' },
  );
}

/** @param images walk after walk */
async function write(
  { out, steps, delayMs }: InterpolateValues,
  images: ImageBytes,
  rows: number,
): Promise<void> {
  if (!isGif(out)) {
    return writePng(out, composeGrid(images, { rows, columns: steps, scale: viewingScale(images.height) }));
  }
  const there = Array.from({ length: steps }, (_, step) => frameOf(images, rows, steps, step));
  return writeFileAtomic(out, encodeGif([...there, ...there.slice(1, -1).reverse()], delayMs));
}

/** What all walks show at one step. */
function frameOf(images: ImageBytes, rows: number, steps: number, step: number): Raster {
  const size = images.height * images.width * images.channels;
  const pixels = new Uint8Array(rows * size);
  for (let row = 0; row < rows; row++) {
    const index = row * steps + step;
    pixels.set(images.pixels.subarray(index * size, (index + 1) * size), row * size);
  }
  const layout = { ...squarish(rows), scale: gifScale(images.height, rows) };
  return composeGrid({ ...images, count: rows, pixels }, layout);
}
