// Moves the axes of an array.
import type { HostValue, HostValues } from './graph';

/** Where each axis of channels first is in channels last. */
export const firstOrder = [0, 3, 1, 2] as const;

/** How a weight or constant stands otherwise than in the model. */
export interface Arrangement {
  /** Which of its axes comes where. */
  readonly order?: readonly number[];
  /** What it is seen as afterwards. */
  readonly shape?: readonly number[];
}

export function arranged(
  value: HostValue,
  { order, shape }: Arrangement,
): Pick<HostValue, 'shape' | 'values'> {
  const moved = order?.map((axis) => value.shape[axis] as number) ?? value.shape;
  return {
    shape: shape ?? moved,
    values: order ? transposed(value.values, value.shape, order) : value.values,
  };
}

/** As `tf.transpose`. @param order which axis of the array comes where */
function transposed<T extends HostValues>(values: T, shape: readonly number[], order: readonly number[]): T {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
  const [sizes, steps] = [
    order.map((axis) => shape[axis] as number),
    order.map((axis) => strides[axis] as number),
  ];
  const result = values.slice() as T;
  const place = sizes.map(() => 0);
  for (let i = 0, from = 0; i < values.length; i++) {
    result[i] = values[from] as number;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      place[axis] = (place[axis] as number) + 1;
      from += steps[axis] as number;
      if ((place[axis] as number) < (sizes[axis] as number)) break;
      from -= (sizes[axis] as number) * (steps[axis] as number);
      place[axis] = 0;
    }
  }
  return result;
}
