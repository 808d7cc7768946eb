// Where the filters of convolutions and pooling lie: TensorFlow.js pads by name, other formats by numbers.
import { type Extent, type GraphAttribute, type GraphNode, type GraphValue, isPerImage } from './graph';

/** Of height and width. */
export type Pair = readonly [number, number];

/** @throws what the format says of it */
type Refuse = (problem: string) => never;

/** What a filter of some size does along both axes of an image, from the larger side to the smaller. */
export interface Window {
  readonly kernel: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
  /** Pixels of padding. */
  readonly before: Pair;
  readonly after: Pair;
  /** By how much the last step stops short of the end of the larger side. */
  readonly left: Pair;
}

const pair = (value: number | readonly number[] | undefined): Pair =>
  typeof value === 'object' ? [value[0] as number, value[1] as number] : [value ?? 1, value ?? 1];

/** @param kernel what the attributes call filterSize, when it is left out */
export function windowOf(
  { attributes }: Pick<GraphNode, 'attributes'>,
  large: Pair,
  small: Pair,
  kernel: Pair = pair(attributes.filterSize as number),
): Window {
  const strides = pair(attributes.strides as number | undefined);
  const dilations = pair(attributes.dilations as number | undefined);
  const along = ([0, 1] as const).map((axis) => {
    const reach = (small[axis] - 1) * strides[axis] + (kernel[axis] - 1) * dilations[axis] + 1;
    const [before, after] = padding(attributes.pad, axis, Math.max(0, reach - large[axis]));
    return { before, after, left: large[axis] + before + after - reach };
  });
  const both = (name: 'before' | 'after' | 'left') => along.map((one) => one[name]) as unknown as Pair;
  return { kernel, strides, dilations, before: both('before'), after: both('after'), left: both('left') };
}

/** @param missing what the window reaches beyond the image: "same" adds it on both sides, the odd one at the end */
function padding(pad: GraphAttribute, axis: 0 | 1, missing: number): Pair {
  if (pad === 'same') return [Math.floor(missing / 2), Math.ceil(missing / 2)];
  if (typeof pad === 'number') return [pad, pad];
  return Array.isArray(pad) ? (pad[axis + 1] as Pair) : [0, 0];
}

/** Height and width of images. */
export function sidesOf({ shape }: Pick<GraphValue, 'shape'>, refuse: Refuse): Pair {
  return fixed(shape.slice(1, 3), refuse) as unknown as Pair;
}

export function checkFormat({ attributes: { dataFormat = 'NHWC' } }: GraphNode, refuse: Refuse): void {
  if (dataFormat !== 'NHWC') refuse(`its images are ${dataFormat}, not NHWC`);
}

/** Extents that are the same for any number of images. */
export function fixed(shape: readonly Extent[], refuse: Refuse): number[] {
  return shape.map((extent) => (isPerImage(extent) ? refuse('it spans the images') : extent));
}
