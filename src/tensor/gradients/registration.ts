// Short forms to register gradients with: by what the kernel is (unary, binary, constant), not by its name.

import { cast, clone, registerGradient, reshape, sum, type Tensor, zeros } from '@tensorflow/tfjs-core';

export type Attributes = Readonly<Record<string, unknown>>;

/** The gradient for each of a kernel's inputs, by name; an array where the kernel takes a list. */
export type InputGradients = { readonly [input: string]: () => Tensor } | readonly (() => Tensor)[];

interface Kernel {
  /** The inputs that the gradient reads; when absent, all of a list of tensors. */
  readonly save?: readonly string[];
  /** Whether the gradient also reads the first result, which comes last among the saved. */
  readonly saveOutput?: boolean;
  readonly gradient: (dy: Tensor, saved: readonly Tensor[], attributes: Attributes) => InputGradients;
}

/** Registers the gradient of a kernel with one result. */
export function define(kernelName: string, { save, saveOutput, gradient }: Kernel): void {
  registerGradient({
    kernelName,
    ...(save ? { inputsToSave: [...save] } : { saveAllInputs: true }),
    ...(saveOutput ? { outputsToSave: [true] } : {}),
    gradFunc: (dy, saved, attributes) =>
      Object.fromEntries(
        Object.entries(gradient(dy as Tensor, saved, attributes)).map(([input, compute]) => [
          input,
          () => owned(compute(), dy as Tensor),
        ]),
      ),
  });
}

/** The tape disposes the gradients that it adds up: passing dy on as it is would take it from another input. */
function owned(gradient: Tensor, dy: Tensor): Tensor {
  return gradient === dy ? clone(dy) : gradient;
}

/** A kernel with one input `x`, whose derivative follows from it.
 *  Gradients read inputs, never results: tfjs loses the connection from a saved result back to the input, and with
 *  it second derivatives, silently. */
export function defineUnary(
  kernelName: string,
  gradient: (dy: Tensor, x: Tensor, attributes: Attributes) => Tensor,
  input = 'x',
): void {
  define(kernelName, {
    save: [input],
    gradient: (dy, [x], attributes) => ({ [input]: () => gradient(dy, x as Tensor, attributes) }),
  });
}

type Partial = (dy: Tensor, a: Tensor, b: Tensor) => Tensor;

/** A kernel with inputs `a` and `b` that broadcasts: each partial derivative is summed to its input's shape. */
export function defineBinary(
  kernelName: string,
  partials: { readonly a: Partial; readonly b: Partial },
): void {
  define(kernelName, {
    save: ['a', 'b'],
    gradient: (dy, saved) => {
      const [a, b] = saved as [Tensor, Tensor];
      return {
        a: () => sumToShape(partials.a(dy, asFloat(a), asFloat(b)), a.shape),
        b: () => sumToShape(partials.b(dy, asFloat(a), asFloat(b)), b.shape),
      };
    },
  });
}

/** A kernel whose results do not move with its inputs: comparisons, rounding, indices. */
export function defineConstant(kernelName: string, inputs: readonly string[]): void {
  define(kernelName, {
    save: inputs,
    gradient: (_dy, saved) =>
      Object.fromEntries(inputs.map((name, i) => [name, () => zeros((saved[i] as Tensor).shape)])),
  });
}

/** Undoes broadcasting: sums over the axes along which `shape` was stretched to `x.shape`. */
export function sumToShape(x: Tensor, shape: readonly number[]): Tensor {
  const added = x.rank - shape.length;
  const axes = x.shape
    .map((_, axis) => axis)
    .filter((axis) => axis < added || (shape[axis - added] === 1 && x.shape[axis] !== 1));
  const summed = axes.length > 0 ? sum(x, axes) : x;
  return summed.rank === shape.length && axes.length === 0 ? summed : reshape(summed, [...shape]);
}

export function asFloat(x: Tensor): Tensor {
  return x.dtype === 'float32' ? x : cast(x, 'float32');
}
