// What is drawn for a request: how many images, of which classes, from which latents.
import { UsageError } from '../errors';
import { type ImageBytes, squarish } from '../images/grid';
import { batchSize, drawImages, latentsAt } from './draw';
import type { SavedModel } from './open-model';
import { manifold } from './walk';

export interface Layout {
  readonly rows: number;
  readonly columns: number;
}

export interface SampleRequest {
  /** One of the two at most, but of given latents, whose layout the grid may be. */
  readonly count?: number | undefined;
  readonly grid?: Layout | undefined;
  /** A grid over the latent plane instead of draws from the prior. */
  readonly manifold: boolean;
  /** [count, latentDim], flat: what is to be drawn, instead of draws from the prior; then there is a count. */
  readonly latents?: Float32Array | undefined;
  readonly truncation?: number | undefined;
  readonly seed: number;
  readonly lastWeights: boolean;
  readonly onDrawn?: ((done: number, total: number) => void) | undefined;
  /** Only a part of the `count` images, so that others can draw the rest. */
  readonly shard?: Shard | undefined;
}

/** One part of several: `index` from 1 to `of`. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

export interface SamplePlan {
  /** The number of the first image, and how many are drawn: of a shard its own. */
  readonly first: number;
  readonly count: number;
  readonly layout: Layout;
  /** [count], of a conditional model. */
  readonly classes: Uint8Array | undefined;
}

/**
 * Which images a shard has: whole batches, so that each is drawn in the company, and with the bits, that it has without
 * shards.
 * @throws UsageError when there are not so many batches
 */
export function shardRange(count: number, { index, of }: Shard): { first: number; count: number } {
  const batches = Math.ceil(count / batchSize);
  if (of > batches) {
    throw new UsageError(
      `--shard ${index}/${of}: ${count} images are ${batches} batches of ${batchSize}, expected at most as many shards.`,
      { hint: `Take fewer: --shard 1/${batches}.` },
    );
  }
  const start = (shard: number) => Math.min(count, Math.floor((shard * batches) / of) * batchSize);
  return { first: start(index - 1), count: start(index) - start(index - 1) };
}

/** @param classes those that are to be drawn, of a conditional model: one a row, or in turn where there is a count */
export function planSamples(
  { count: asked, grid, manifold: plane, shard }: SampleRequest,
  classes: readonly number[] | undefined,
): SamplePlan {
  const classAt = (place: number) => (classes as readonly number[])[place % (classes?.length ?? 1)] as number;
  if (asked !== undefined) {
    const { first, count } = shard ? shardRange(asked, shard) : { first: 0, count: asked };
    return {
      first,
      count,
      layout: grid ?? squarish(asked),
      classes: classes && Uint8Array.from({ length: count }, (_, i) => classAt(first + i)),
    };
  }
  const rows = classes && classes.length > 1 ? classes.length : 8;
  const layout = grid ?? (plane ? { rows: 20, columns: 20 } : { rows, columns: 8 });
  const cells = layout.rows * layout.columns;
  return {
    first: 0,
    count: cells,
    layout,
    // From the first again where there are more rows.
    classes:
      classes && Uint8Array.from({ length: cells }, (_, cell) => classAt(Math.floor(cell / layout.columns))),
  };
}

/** @throws UsageError when the latents are no plane, or the images on it would be of several classes */
export function checkPlane(
  { family, model, classes }: SavedModel,
  drawn: readonly number[] | undefined,
): void {
  const { dimension } = model.latent;
  if (dimension !== 2) {
    throw new UsageError(`--manifold needs latents of 2 numbers; this ${family.name} has ${dimension}.`, {
      hint: `Train one that has: aigc train --model ${family.name} --latent-dim 2`,
    });
  }
  if (family.conditional && drawn?.length !== 1) {
    throw new UsageError('--manifold shows one class at a time.', {
      hint: `Name it: --labels 0, or another up to ${classes.count - 1}.`,
    });
  }
}

/** Images that are in memory at once: whole batches. */
const blockImages = 16 * batchSize;

/** Draws what is planned, some images at a time, in order: any number of them takes the memory of a few. */
export async function* drawBlocks(
  { model }: SavedModel,
  { first, count, layout, classes }: SamplePlan,
  { manifold: plane, latents: given, seed, truncation, lastWeights, onDrawn }: SampleRequest,
): AsyncGenerator<ImageBytes> {
  const { dimension } = model.latent;
  const all = given ?? (plane ? manifold(layout.rows, layout.columns) : undefined);
  for (let from = 0; from < count; from += blockImages) {
    const to = Math.min(count, from + blockImages);
    const latents =
      all?.subarray(from * dimension, to * dimension) ??
      latentsAt(model, seed, first + from, to - from, truncation);
    yield drawImages(model, latents, {
      labels: classes && Int32Array.from(classes.subarray(from, to)),
      lastWeights,
      onDrawn: (done) => onDrawn?.(from + done, count),
    });
  }
}

/** The same in memory. */
export async function drawPlanned(
  saved: SavedModel,
  plan: SamplePlan,
  request: SampleRequest,
): Promise<ImageBytes> {
  return gathered(drawBlocks(saved, plan, request), plan.count);
}

/** All images of some blocks in memory. @param count how many they are; at least one */
export async function gathered(
  blocks: AsyncIterable<ImageBytes> | Iterable<ImageBytes>,
  count: number,
): Promise<ImageBytes> {
  let all: ImageBytes | undefined;
  let at = 0;
  for await (const block of blocks) {
    const { height, width, channels, pixels } = block;
    if (block.count === count) return block;
    all ??= { height, width, channels, count, pixels: new Uint8Array(count * height * width * channels) };
    all.pixels.set(pixels, at);
    at += pixels.length;
  }
  if (!all) throw new Error('no image to gather');
  return all;
}
