// What the attributes of a kernel say, for whoever writes it in another format.
import type { DataType } from '@tensorflow/tfjs-core';
import { type Extent, type GraphConstant, type GraphNode, type GraphValue, isPerImage } from './graph';
import type { Refuse } from './refusal';

/** Extents that are the same for any number of images. */
export function fixed(shape: readonly Extent[], refuse: Refuse): number[] {
  return shape.map((extent) => (isPerImage(extent) ? refuse('it spans the images') : extent));
}

/** −1 for what follows from the batch. */
export function openShape(shape: readonly Extent[]): number[] {
  return shape.map((extent) => (isPerImage(extent) ? -1 : extent));
}

export function scalarOf(dtype: DataType, value: number): GraphConstant {
  const types = { float32: Float32Array, int32: Int32Array } as const;
  const values = (types[dtype as keyof typeof types] ?? Uint8Array).of(value);
  return { kind: 'constant', shape: [], dtype, values };
}

/** The axes that are summed over and the like, as they are counted there; all of them when none is named. */
export function reducedAxes({ attributes, inputs }: GraphNode): number[] {
  const { axis, reductionIndices } = attributes;
  const { shape } = inputs.x as GraphValue;
  return [axis ?? reductionIndices ?? shape.map((_, i) => i)].flat() as number[];
}

/** How large each part of a split is. */
export function splitSizes({ attributes, outputs }: GraphNode, refuse: Refuse): number[] {
  const sizes = outputs.map(({ shape }) => shape.at(attributes.axis as number) as Extent);
  return fixed(sizes, refuse);
}

/** Along each axis. @returns size: −1 to the end */
export function sliceOf({ attributes }: GraphNode, refuse: Refuse) {
  const begin = attributes.begin as readonly number[];
  const size = attributes.size as readonly Extent[];
  if (size.some((extent, axis) => isPerImage(extent) && begin[axis] !== 0)) refuse('it slices the images');
  return { begin, size: openShape(size) };
}
