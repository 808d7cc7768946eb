// What is drawn for a request: how many images, of which classes, from which latents.
import { UsageError } from '../errors';
import { type ImageBytes, squarish } from '../images/grid';
import { drawImages, latentsAt } from './draw';
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
}

export interface SamplePlan {
  readonly count: number;
  readonly layout: Layout;
  /** [count], of a conditional model. */
  readonly classes: Uint8Array | undefined;
}

/** @param classes those that are to be drawn, of a conditional model: one a row, or in turn where there is a count */
export function planSamples(
  { count, grid, manifold: plane }: SampleRequest,
  classes: readonly number[] | undefined,
): SamplePlan {
  const classAt = (place: number) => (classes as readonly number[])[place % (classes?.length ?? 1)] as number;
  if (count !== undefined) {
    return {
      count,
      layout: grid ?? squarish(count),
      classes: classes && Uint8Array.from({ length: count }, (_, i) => classAt(i)),
    };
  }
  const rows = classes && classes.length > 1 ? classes.length : 8;
  const layout = grid ?? (plane ? { rows: 20, columns: 20 } : { rows, columns: 8 });
  const cells = layout.rows * layout.columns;
  return {
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

export function drawPlanned(
  { model }: SavedModel,
  { count, layout, classes }: SamplePlan,
  { manifold: plane, latents: given, seed, truncation, lastWeights, onDrawn }: SampleRequest,
): Promise<ImageBytes> {
  const latents =
    given ?? (plane ? manifold(layout.rows, layout.columns) : latentsAt(model, seed, 0, count, truncation));
  return drawImages(model, latents, { labels: classes && Int32Array.from(classes), lastWeights, onDrawn });
}
