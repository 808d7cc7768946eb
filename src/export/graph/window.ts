// Where the filters of convolutions and pooling lie: TensorFlow.js pads by name, other formats by numbers.
import { fixed } from './attributes';
import type { GraphAttribute, GraphNode, GraphValue } from './graph';
import type { Refuse } from './refusal';

/** Of height and width. */
export type Pair = readonly [number, number];

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

export const pair = (value: number | readonly number[] | undefined): Pair =>
  typeof value === 'object' ? [value[0] as number, value[1] as number] : [value ?? 1, value ?? 1];

/** Of a convolution, a transposed one, or pooling. */
export function windowOf(node: GraphNode, refuse: Refuse): Window {
  checkFormat(node, refuse);
  const { attributes, inputs } = node;
  const { x, dy, filter } = inputs;
  const output = node.outputs[0] as GraphValue;
  const [large, small] = [dy ? output : (x as GraphValue), dy ?? output].map((value) =>
    sidesOf(value, refuse),
  ) as [Pair, Pair];
  const kernel = pair(filter ? fixed(filter.shape, refuse) : (attributes.filterSize as number));
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
