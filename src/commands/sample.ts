// `aigc sample`: draws images from a checkpoint, as a grid, a folder of pictures, a data set or an array.
import type { Command } from 'commander';
import { boolean, integer, number, type OptionValues, text } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import {
  backendOption,
  environmentValues,
  gridOption,
  parseGrid,
  seedOption,
  threadsOption,
} from '../config/shared-options';
import type { ImageShape } from '../dataset/image-set';
import { maxDataBytes } from '../dataset/readers/idx';
import { UsageError } from '../errors';
import { squarish } from '../images/grid';
import { maxPixels } from '../images/png';
import { openOutput } from '../output';
import { drawImages, latentsAt } from '../use/draw';
import type { SavedModel } from '../use/open-model';
import { manifold } from '../use/walk';
import { grouped } from '../words';
import { addOutputFlags, type CommandModule } from './command';
import { checkpointOption, classesOption, namedClasses, openForUse, weightsOption } from './model-input';
import { addOptionFlags } from './options';
import { type Format, formatOf, type Layout } from './sample-format';

const sampleOptions = {
  checkpoint: checkpointOption,
  count: integer({ description: 'how many images', min: 1, max: 1_000_000 }),
  grid: gridOption({
    description: 'rows and columns, instead of --count (default: 8x8, one class a row if it has classes)',
  }),
  labels: {
    ...classesOption,
    description: `${classesOption.description}: one a row, or in turn with --count (default: all)`,
  },
  truncation: number({
    description: 'draw latents beyond ±N again: typical images rather than varied ones',
    min: 0.01,
    max: 100,
  }),
  manifold: boolean({
    description: 'a grid over the latent plane, for a model of --latent-dim 2 (default grid: 20x20)',
  }),
  weights: weightsOption,
  out: text({
    placeholder: 'FILE|DIR',
    description: '.png (a grid), .idx3-ubyte[.gz] (a data set), .npy, or a folder (a PNG each)',
    default: 'samples.png',
  }),
  seed: seedOption,
  backend: backendOption,
  threads: threadsOption,
} as const;

type SampleValues = OptionValues<typeof sampleOptions>;

export const sample: CommandModule = {
  configure(command: Command, context) {
    addOptionFlags(addOutputFlags(command), sampleOptions);
    command.addHelpText(
      'after',
      '\nExample:\n  $ aigc sample --checkpoint ./ckpt --grid 8x8 --out samples.png',
    );
    command.action(async (flags: RawValues) => {
      const output = openOutput(context, flags);
      const values = resolveOptions(sampleOptions, flags, environmentValues());
      checkTogether(values);
      const format = formatOf(values.out);
      const saved = await openForUse(values, output);
      try {
        const plan = planDrawing(values, saved);
        checkSize(plan, format, saved.manifest.setting.image);
        await format.check?.(values.out, plan.count);
        const images = await drawImages(saved.model, latentsOf(plan, values, saved), {
          labels: plan.classes && Int32Array.from(plan.classes),
          lastWeights: values.weights === 'last',
        });
        const beside = await format.write(values.out, images, plan.layout, plan.classes);
        const { family, step } = saved.manifest;
        output.result(
          {
            event: 'sample',
            out: values.out,
            ...(beside.length > 0 && { labels: beside[0] }),
            count: plan.count,
            checkpoint: saved.folder,
            family,
            step,
            seed: values.seed,
          },
          `Drew ${plan.count} images of the ${family} at step ${step}: ${[values.out, ...beside].join(', ')}`,
        );
      } finally {
        saved.model.dispose();
      }
    });
  },
};

/** @throws UsageError for options that exclude each other */
function checkTogether({ count, grid, manifold: plane, truncation }: SampleValues): void {
  if (count !== undefined && grid !== undefined) {
    throw new UsageError('--count and --grid both say how many images.', { hint: 'Give one of them.' });
  }
  if (plane && (count !== undefined || truncation !== undefined)) {
    const other = count === undefined ? '--truncation' : '--count';
    throw new UsageError(`--manifold shows a grid over the latents: it takes no ${other}.`, {
      hint: 'Leave it out; --grid says how many rows and columns.',
    });
  }
}

interface Plan {
  readonly count: number;
  readonly layout: Layout;
  /** What was asked for, for errors. */
  readonly asked: string;
  /** [count], of a conditional model. */
  readonly classes: Uint8Array | undefined;
}

function planDrawing(values: SampleValues, saved: SavedModel): Plan {
  const { count, grid } = values;
  const { conditional } = saved.family;
  const named = namedClasses(values.labels, saved);
  if (values.manifold) checkPlane(saved, named);
  const all = () => Array.from({ length: saved.manifest.setting.classCount }, (_, label) => label);
  const classes = conditional ? (named ?? all()) : undefined;
  if (count !== undefined) {
    return {
      count,
      layout: squarish(count),
      asked: `--count ${count}`,
      classes: classes && Uint8Array.from({ length: count }, (_, i) => classes[i % classes.length] as number),
    };
  }
  const rows = classes && classes.length > 1 ? classes.length : 8;
  const asked = grid ?? (values.manifold ? '20x20' : `${rows}x8`);
  const layout = parseGrid(asked);
  return {
    count: layout.rows * layout.columns,
    layout,
    asked: `--grid ${asked}`,
    classes: classes && classesOfRows(layout, classes),
  };
}

/** One class a row, from the first again where there are more rows. */
function classesOfRows({ rows, columns }: Layout, classes: readonly number[]): Uint8Array {
  return Uint8Array.from(
    { length: rows * columns },
    (_, cell) => classes[Math.floor(cell / columns) % classes.length] as number,
  );
}

/** @throws UsageError when the latents are no plane, or the images on it of several classes */
function checkPlane({ family, model, manifest }: SavedModel, classes: readonly number[] | undefined): void {
  const { dimension } = model.latent;
  if (dimension !== 2) {
    throw new UsageError(`--manifold needs latents of 2 numbers; this ${family.name} has ${dimension}.`, {
      hint: `Train one that has: aigc train --model ${family.name} --latent-dim 2`,
    });
  }
  if (family.conditional && classes?.length !== 1) {
    throw new UsageError('--manifold shows one class at a time.', {
      hint: `Name it: --labels 0, or another up to ${manifest.setting.classCount - 1}.`,
    });
  }
}

function latentsOf({ count, layout }: Plan, values: SampleValues, { model }: SavedModel): Float32Array {
  if (values.manifold) return manifold(layout.rows, layout.columns);
  return latentsAt(model, values.seed, 0, count, values.truncation);
}

/** Refuses what could be drawn, which may take long, but not written. */
function checkSize({ asked, count, layout }: Plan, format: Format, image: ImageShape) {
  const bytes = count * image.height * image.width * image.channels;
  if (bytes > maxDataBytes) {
    throw new UsageError(
      `${asked} is ${grouped(bytes)} bytes of images, expected at most ${grouped(maxDataBytes)}.`,
      { hint: 'Draw fewer at a time, each time with another --seed.' },
    );
  }
  const { height, width } = format.extent?.(image, layout) ?? { height: 0, width: 0 };
  if (height * width > maxPixels) {
    throw new UsageError(
      `${asked} makes a picture of ${height}×${width} pixels, expected at most ${grouped(maxPixels)} in all.`,
      { hint: 'Write that many to --out NAME.idx3-ubyte.gz, NAME.npy or a folder.' },
    );
  }
}
