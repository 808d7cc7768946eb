// `aigc sample`: draws images from a checkpoint, as a grid, a folder of pictures, a data set or an array.
import { boolean, integer, number, type OptionValues, text } from '../config/option';
import { backendOption, gridOption, parseGrid, seedOption, threadsOption } from '../config/shared-options';
import { maxDataBytes } from '../dataset/byte-source';
import { legend } from '../dataset/classes';
import type { ImageShape } from '../dataset/image-set';
import { UsageError } from '../errors';
import { maxPixels } from '../images/png';
import { checkPlane, drawPlanned, planSamples, type SamplePlan, type SampleRequest } from '../use/sample';
import { counted, grouped } from '../words';
import { modelCommand } from './model-command';
import { checkpointOption, classesOption, namedClasses, seenClasses, weightsOption } from './model-input';
import { type Format, formatOf } from './sample-format';

const sampleOptions = {
  checkpoint: checkpointOption,
  count: integer({ description: 'how many images', min: 1, max: 1_000_000 }),
  grid: gridOption({
    description: 'rows and columns, instead of --count (default: 8x8, one class a row if it has classes)',
  }),
  labels: {
    ...classesOption,
    description: `${classesOption.description}: one a row, or in turn with --count (default: all that there were images of)`,
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
    description:
      '.png (a grid; with --count 1 the image itself), .idx3-ubyte[.gz] (a data set), .npy, or a folder (a PNG each)',
    default: 'samples.png',
  }),
  seed: { ...seedOption, onlyWith: { manifold: [undefined] } },
  backend: backendOption,
  threads: threadsOption,
} as const;

interface Request extends SampleRequest {
  readonly out: string;
  readonly format: Format;
  readonly labels: string | undefined;
}

export const sample = modelCommand({
  name: 'sample',
  options: sampleOptions,
  example: 'sample --checkpoint ./ckpt --grid 8x8 --out samples.png',
  request: readRequest,
  outKind: ({ format }) => (format.isFolder ? 'folder' : 'file'),
  use: async (saved, request, output) => {
    const { out, format, labels, manifold, seed } = request;
    const named = namedClasses(labels, saved, output);
    if (manifold) checkPlane(saved, named);
    const classes = saved.family.conditional ? (named ?? seenClasses(saved, output)) : undefined;
    const plan = planSamples(request, classes);
    checkSize(plan, request, saved.manifest.setting.image);
    await format.check?.(out, plan.count, classes !== undefined);
    const images = await drawPlanned(saved, plan, request);
    const { names } = saved.classes;
    const files = await format.write(
      out,
      images,
      plan.layout,
      plan.classes && { labels: plan.classes, names },
    );
    const words = legend(plan.classes ?? [], saved.classes);
    return {
      event: {
        ...(files[1] !== undefined && { labels: files[1] }),
        ...(classes && names && { classes: classes.map((label) => ({ label, name: names[label] })) }),
        count: plan.count,
        seed,
      },
      lines: (subject) => [
        `Drew ${counted(plan.count, 'image')} of ${subject}: ${files.join(', ')}`,
        ...(words ? [words] : []),
      ],
    };
  },
});

/** @throws UsageError for options that exclude each other, and an ending that there is no way to write */
function readRequest(values: OptionValues<typeof sampleOptions>): Request {
  const { count, grid, manifold: plane = false, truncation, labels, out, seed, weights } = values;
  if (count !== undefined && grid !== undefined) {
    throw new UsageError('--count and --grid both say how many images.', { hint: 'Give one of them.' });
  }
  if (plane && (count !== undefined || truncation !== undefined)) {
    const other = count === undefined ? '--truncation' : '--count';
    throw new UsageError(`--manifold shows a grid over the latents: it takes no ${other}.`, {
      hint: 'Leave it out; --grid says how many rows and columns.',
    });
  }
  return {
    count,
    grid: grid === undefined ? undefined : parseGrid(grid),
    manifold: plane,
    truncation,
    seed,
    lastWeights: weights === 'last',
    labels,
    out,
    format: formatOf(out, count),
  };
}

/** Refuses what could be drawn, which may take long, but not written. */
function checkSize({ count, layout }: SamplePlan, request: Request, image: ImageShape) {
  const asked =
    request.count === undefined ? `--grid ${layout.rows}x${layout.columns}` : `--count ${request.count}`;
  const bytes = count * image.height * image.width * image.channels;
  if (bytes > maxDataBytes) {
    throw new UsageError(
      `${asked} is ${grouped(bytes)} bytes of images, expected at most ${grouped(maxDataBytes)}.`,
      { hint: 'Draw fewer at a time, each time with another --seed.' },
    );
  }
  const { height, width } = request.format.extent?.(image, layout) ?? { height: 0, width: 0 };
  if (height * width > maxPixels) {
    throw new UsageError(
      `${asked} makes a picture of ${height}×${width} pixels, expected at most ${grouped(maxPixels)} in all.`,
      { hint: 'Write that many to --out NAME.idx3-ubyte.gz, NAME.npy or a folder.' },
    );
  }
}
