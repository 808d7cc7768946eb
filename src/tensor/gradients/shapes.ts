// Gradients of the kernels that move values about: reshaping, slicing, joining, padding, gathering.

import * as tf from '@tensorflow/tfjs-core';
import { define, defineConstant, defineUnary } from './registration';

type Shape = number[];

export function registerShapeGradients(): void {
  defineUnary('Reshape', (dy, x) => tf.reshape(dy, x.shape));
  defineUnary('ExpandDims', (dy, x) => tf.reshape(dy, x.shape), 'input');
  defineUnary('Transpose', (dy, _x, { perm }) => tf.transpose(dy, inversePermutation(perm as Shape)));
  defineUnary('Reverse', (dy, _x, { dims }) => tf.reverse(dy, dims as Shape));
  defineUnary('Tile', (dy, x, { reps }) => untile(dy, x.shape, reps as Shape));
  defineUnary('DepthToSpace', (dy, x, { blockSize }) => spaceToDepth(dy, x.shape, blockSize as number));
  defineConstant('OneHot', ['indices']);
  registerPadding();
  registerJoins();
  registerGather();
}

function registerPadding(): void {
  defineUnary('PadV2', (dy, x, { paddings }) =>
    tf.slice(
      dy,
      (paddings as [number, number][]).map(([before]) => before),
      x.shape,
    ),
  );
  defineUnary('Slice', (dy, x, attributes) => {
    const { begin, size } = attributes as { begin: number | Shape; size: number | Shape };
    const [begins, sizes] = tf.slice_util.parseSliceParams(x, begin, size) as [Shape, Shape];
    return tf.pad(
      dy,
      begins.map(
        (start, axis) => [start, (x.shape[axis] ?? 0) - start - (sizes[axis] ?? 0)] as [number, number],
      ),
    );
  });
}

function registerJoins(): void {
  define('Concat', {
    gradient: (dy, inputs, { axis }) => {
      const along = tf.util.parseAxisParam(axis as number, dy.shape)[0] as number;
      const sizes = inputs.map((input) => input.shape[along] as number);
      return tf.split(dy, sizes, along).map((part) => () => part);
    },
  });
  define('Pack', {
    gradient: (dy, _inputs, { axis }) => tf.unstack(dy, axis as number).map((part) => () => part),
  });
  // The gradients of these two come as lists, one for each part.
  define('SplitV', {
    save: [],
    gradient: (dy, _x, { axis }) => ({ x: () => tf.concat(dy as unknown as tf.Tensor[], axis as number) }),
  });
  define('Unpack', {
    save: [],
    gradient: (dy, _x, { axis }) => ({ value: () => tf.stack(dy as unknown as tf.Tensor[], axis as number) }),
  });
}

function registerGather(): void {
  define('GatherV2', {
    save: ['x', 'indices'],
    gradient: (dy, saved, attributes) => {
      const [x, indices] = saved as [tf.Tensor, tf.Tensor];
      const axis = tf.util.parseAxisParam(attributes.axis as number, x.shape)[0] as number;
      if (attributes.batchDims) throw new Error('The gradient of gather with batchDims is not supported.');
      return { x: () => scatterRows(dy, x.shape, indices, axis), indices: () => tf.zeros(indices.shape) };
    },
  });
  define('UnsortedSegmentSum', {
    save: ['segmentIds'],
    gradient: (dy, saved) => {
      const ids = saved[0] as tf.Tensor1D;
      return { x: () => tf.gather(dy, ids), segmentIds: () => tf.zeros(ids.shape) };
    },
  });
}

/** Adds each gathered slice's gradient to the slice that it came from. */
function scatterRows(dy: tf.Tensor, shape: Shape, indices: tf.Tensor, axis: number): tf.Tensor {
  const outer = shape.slice(0, axis);
  const inner = shape.slice(axis + 1);
  const count = indices.size;
  const front = [axis, ...outer.keys(), ...inner.map((_, i) => axis + 1 + i)];
  const rows = tf.transpose(tf.reshape(dy, [...outer, count, ...inner]), front);
  const ids = tf.cast(tf.reshape(indices, [count]), 'int32') as tf.Tensor1D;
  const summed = tf.unsortedSegmentSum(rows, ids, shape[axis] as number);
  return tf.transpose(summed, inversePermutation(front));
}

function untile(dy: tf.Tensor, shape: Shape, reps: Shape): tf.Tensor {
  const split = shape.flatMap((size, axis) => [reps[axis] as number, size]);
  return tf.sum(
    tf.reshape(dy, split),
    shape.map((_, axis) => 2 * axis),
  );
}

/** [batch, h·k, w·k, c] → [batch, h, w, k·k·c]. */
function spaceToDepth(dy: tf.Tensor, shape: Shape, block: number): tf.Tensor {
  const [batch, height, width, depth] = shape as [number, number, number, number];
  const blocks = tf.reshape(dy, [batch, height, block, width, block, depth / (block * block)]);
  return tf.reshape(tf.transpose(blocks, [0, 1, 3, 2, 4, 5]), shape);
}

function inversePermutation(perm: Shape): Shape {
  const inverse: Shape = [];
  perm.forEach((from, to) => {
    inverse[from] = to;
  });
  return inverse;
}
