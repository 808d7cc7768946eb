// `aigc sample`: draws images from a checkpoint, as a grid, a folder of pictures, a data set or an array.
import { boolean, integer, number, type OptionValues, text } from '../config/option';
import {
  backendOption,
  gridOption,
  parseGrid,
  provenanceOption,
  seedOption,
  threadsOption,
} from '../config/shared-options';
import { legend } from '../dataset/classes';
import type { ImageShape } from '../dataset/image-set';
import { shardPath } from '../dataset/shard-names';
import { UsageError } from '../errors';
import { maxPixels } from '../images/png';
import type { Output } from '../output';
import type { SavedModel } from '../use/open-model';
import {
  checkPlane,
  drawBlocks,
  planSamples,
  type SamplePlan,
  type SampleRequest,
  type Shard,
  shardRange,
} from '../use/sample';
import { counted, grouped } from '../words';
import { type GivenLatents, readLatents } from './given-latents';
import type { Written } from './labels-beside';
import { type Done, modelCommand } from './model-command';
import {
  checkpointOption,
  classesOption,
  drawStepsOption,
  familyFileOption,
  namedClasses,
  seenClasses,
  weightsOption,
} from './model-input';
import { checkNearestOut, nearestFormat } from './nearest-pairs';
import { type Format, formatOf } from './sample-format';
import { drawnProgress } from './throttle';

const sampleOptions = {
  checkpoint: checkpointOption,
  model: familyFileOption,
  count: integer({ description: 'how many images', min: 1, max: 2 ** 32 - 1 }),
  shard: text({
    placeholder: 'I/N',
    description:
      'only part I of N of the --count images, into NAME-0000I-of-0000N, for N processes or machines at once',
    pattern: /^[1-9]\d{0,4}\/[1-9]\d{0,4}$/,
    expected: 'a part and how many there are, such as 3/8',
  }),
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
  latents: text({
    placeholder: 'FILE.npy',
    description:
      'draw these latents, [count, latentDim], such as `aigc encode` writes; FILE-labels.npy has classes',
  }),
  nearest: boolean({
    description:
      'each image beside the training image that is nearest to it, with the distance: does it copy?',
  }),
  data: text({
    placeholder: 'NAME|DIR',
    description: 'where --nearest looks (default: the data that the model was trained on)',
    onlyWith: { nearest: [true] },
  }),
  weights: weightsOption,
  drawSteps: drawStepsOption,
  out: text({
    placeholder: 'FILE|DIR',
    description:
      '.png (a grid; with --count 1 the image itself), .idx3-ubyte[.gz] (a data set), .npy, .parquet, or a folder (a PNG each)',
    default: 'samples.png',
  }),
  provenance: provenanceOption,
  seed: { ...seedOption, onlyWith: { manifold: [undefined], latents: [undefined] } },
  backend: backendOption,
  threads: threadsOption,
} as const;

interface Request extends Omit<SampleRequest, 'latents'> {
  readonly out: string;
  readonly isFolder: boolean;
  readonly labels: string | undefined;
  /** The file of them. */
  readonly latents: string | undefined;
  readonly nearest: boolean;
  readonly data: string | undefined;
}

export const sample = modelCommand({
  name: 'sample',
  options: sampleOptions,
  example: 'sample --checkpoint ./ckpt --grid 8x8 --out samples.png',
  request: readRequest,
  outOf: ({ out }) => out,
  outKind: ({ isFolder }) => (isFolder ? 'folder' : 'file'),
  use: async (saved, asked, output, provenance) => {
    const { out, labels, manifold } = asked;
    const given = asked.latents === undefined ? undefined : await readLatents(asked.latents, saved);
    const request = { ...withLatents(asked, given), onDrawn: drawnProgress(output) };
    const format = asked.nearest ? nearestFormat(asked.data, saved, output) : formatOf(out, request.count);
    const named = namedClasses(labels, saved, output);
    if (manifold) checkPlane(saved, named);
    const classes = saved.family.conditional ? (named ?? classesOf(given, saved, output)) : undefined;
    const plan = planSamples(request, classes);
    const { image } = saved.manifest.setting;
    checkSize(plan, { count: request.count, format }, image);
    await format.check?.(out, plan.count, classes !== undefined);
    const images = { ...image, count: plan.count, blocks: drawBlocks(saved, plan, request) };
    const isShard = asked.shard !== undefined;
    const drawn = { images, layout: plan.layout, classes: drawnClasses(plan, saved), provenance, isShard };
    return done(request, plan, saved, await format.write(out, drawn));
  },
});

const drawnClasses = ({ classes }: SamplePlan, { classes: { names } }: SavedModel) =>
  classes && { labels: classes, names };

/** @throws UsageError when the grid has no place for each latent, or more */
function withLatents(asked: Request, given: GivenLatents | undefined) {
  const { latents, grid } = asked;
  if (!given) return { ...asked, latents: undefined };
  const { count, values } = given;
  if (grid !== undefined && grid.rows * grid.columns !== count) {
    throw new UsageError(
      `--grid ${grid.rows}x${grid.columns} has ${grid.rows * grid.columns} cells, and ${latents} holds ${count} latents.`,
      { hint: 'Give a grid of as many cells, or leave it out.' },
    );
  }
  return { ...asked, count, latents: values };
}

/** Of latents with labels beside them these; else all that the model has seen. */
function classesOf(given: GivenLatents | undefined, saved: SavedModel, output: Output): number[] {
  if (!given) return seenClasses(saved, output);
  if (given.labels) return given.labels;
  throw new UsageError(`This ${saved.family.name} must know the class of each latent.`, {
    hint: 'Name them: --labels 3, one or in turn; or put the labels beside the latents, as `aigc encode` does.',
  });
}

function done(
  { seed, latents, shard }: Pick<SampleRequest, 'seed' | 'latents' | 'shard'>,
  { first, count, classes }: SamplePlan,
  saved: SavedModel,
  written: Written,
): Done {
  const { names } = saved.classes;
  const words = legend(classes ?? [], saved.classes);
  return {
    event: {
      ...(written.labels !== undefined && { labels: written.labels }),
      ...(classes &&
        names && { classes: [...new Set(classes)].map((label) => ({ label, name: names[label] })) }),
      count,
      ...(shard && { shard: shard.index, shards: shard.of, first }),
      ...(latents === undefined && { seed }),
      ...written.event,
    },
    lines: (subject) => [
      `Drew ${counted(count, 'image')} of ${subject}: ${written.files.join(', ')}`,
      ...(words ? [words] : []),
      ...(written.says ? [written.says] : []),
    ],
  };
}

/** @throws UsageError for options that exclude each other, and an ending that there is no way to write */
function readRequest(values: OptionValues<typeof sampleOptions>): Request {
  const { count, grid, manifold: plane = false, truncation, labels, seed, weights } = values;
  const { latents, nearest = false, data } = values;
  if (count !== undefined && grid !== undefined) {
    throw new UsageError('--count and --grid both say how many images.', { hint: 'Give one of them.' });
  }
  if (plane && (count !== undefined || truncation !== undefined)) {
    const other = count === undefined ? '--truncation' : '--count';
    throw new UsageError(`--manifold shows a grid over the latents: it takes no ${other}.`, {
      hint: 'Leave it out; --grid says how many rows and columns.',
    });
  }
  if (latents !== undefined && (count !== undefined || truncation !== undefined || plane)) {
    const other = count !== undefined ? '--count' : plane ? '--manifold' : '--truncation';
    throw new UsageError(`--latents says what is drawn: it takes no ${other}.`, {
      hint: 'Leave one of the two out; --grid says how they are laid out.',
    });
  }
  if (nearest) checkNearestOut(values.out);
  const shard = values.shard === undefined ? undefined : readShard(values.shard, values);
  const out = shard ? shardPath(values.out, shard) : values.out;
  return {
    count,
    grid: grid === undefined ? undefined : parseGrid(grid),
    manifold: plane,
    truncation,
    seed,
    lastWeights: weights === 'last',
    shard,
    labels,
    latents,
    nearest,
    data,
    out,
    isFolder: formatOf(out, count).isFolder === true,
  };
}

/** @throws UsageError for a part that there is not, or of what has no parts */
function readShard(word: string, { count, out, nearest }: OptionValues<typeof sampleOptions>): Shard {
  const [index, of] = word.split('/').map(Number) as [number, number];
  if (index > of) {
    throw new UsageError(`--shard ${word}: there is no part ${index} of ${of}.`, {
      hint: `The parts are --shard 1/${of} to ${of}/${of}.`,
    });
  }
  if (count === undefined || nearest === true) {
    throw new UsageError('--shard is a part of the --count images, and none of a grid or of pairs.', {
      hint: 'Say how many images all parts have: --count 1000000.',
    });
  }
  if (!formatOf(out, count).inShards) {
    throw new UsageError(`--out ${out} cannot be written in parts.`, {
      hint: 'Use .npy, .idx3-ubyte, .idx3-ubyte.gz or .parquet.',
    });
  }
  shardRange(count, { index, of });
  return { index, of };
}

/** Refuses what could be drawn, which may take long, but not written. */
function checkSize(
  { layout }: SamplePlan,
  request: { readonly count: number | undefined; readonly format: Format },
  image: ImageShape,
) {
  const { height, width } = request.format.extent?.(image, layout) ?? { height: 0, width: 0 };
  if (height * width <= maxPixels) return;
  const asked =
    request.count === undefined ? `--grid ${layout.rows}x${layout.columns}` : `--count ${request.count}`;
  throw new UsageError(
    `${asked} makes a picture of ${height}×${width} pixels, expected at most ${grouped(maxPixels)} in all.`,
    { hint: 'Write that many to --out NAME.idx3-ubyte.gz, NAME.npy or a folder.' },
  );
}
