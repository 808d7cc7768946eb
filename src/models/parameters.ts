// Owns a model's variables: each has a name, a shape and its own stream of initial values.
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../errors';
import { normals, randomStream, uniforms } from '../rng';
import { grouped } from '../words';
import type { VariableKind } from './family';
import { maxParameters } from './limits';

/** How a variable starts. `uniform` is symmetric about 0. */
export type Initializer =
  | { readonly kind: 'constant'; readonly value: number }
  | { readonly kind: 'normal'; readonly deviation: number }
  | { readonly kind: 'uniform'; readonly limit: number };

export const zeros: Initializer = { kind: 'constant', value: 0 };
export const ones: Initializer = { kind: 'constant', value: 1 };

/** Glorot & Bengio 2010, eq. 16: U(±√(6 / (fanIn + fanOut))). */
export function glorotUniform(fanIn: number, fanOut: number): Initializer {
  return { kind: 'uniform', limit: Math.sqrt(6 / (fanIn + fanOut)) };
}

/** U(±1/√fanIn): what PyTorch's Linear and Conv2d start with. */
export function fanInUniform(fanIn: number): Initializer {
  return { kind: 'uniform', limit: 1 / Math.sqrt(fanIn) };
}

/** N(0, 2 / fanIn), for layers before a ReLU. He et al. 2015, eq. 10, arxiv.org/abs/1502.01852. */
export function heNormal(fanIn: number): Initializer {
  return { kind: 'normal', deviation: Math.sqrt(2 / fanIn) };
}

let mostParameters = maxParameters;

/** Builds a model that may have so many parameters and no more, as its checkpoint has: a manifest that asks for another
 *  is refused before memory is taken for it. */
export function withParametersAtMost<T>(most: number, create: () => T): T {
  mostParameters = Math.min(most, maxParameters);
  try {
    return create();
  } finally {
    mostParameters = maxParameters;
  }
}

/** Values of variables by name, and their shapes. */
export type GivenValues = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly values: Float32Array }
>;

let given: GivenValues | undefined;

/** Builds a model that draws and is not trained: its variables begin with these values, and those that are not among
 *  them hold nothing, for they are of what only training needs. @throws Error when a shape is another */
export function withGivenValues<T>(values: GivenValues, create: () => T): T {
  given = values;
  try {
    return create();
  } finally {
    given = undefined;
  }
}

/** The named variables of one model. */
export class Parameters {
  readonly variables: Map<string, tf.Variable>;
  readonly kinds: Map<string, VariableKind>;

  /** @param averaged the parameters whose variables these go among, under a prefix, with the same initial values */
  constructor(
    private readonly seed: number,
    private readonly averaged?: { readonly among: Parameters; readonly prefix: string },
  ) {
    this.variables = averaged?.among.variables ?? new Map();
    this.kinds = averaged?.among.kinds ?? new Map();
  }

  /** Where a second copy of a network puts its variables, to become averages of the first one's: each starts as that
   *  does, and none is trained. */
  averages(prefix: string): Parameters {
    return new Parameters(this.seed, { among: this, prefix });
  }

  /** @param kind whether training changes it by its gradient, or only the code of a step or an optimizer */
  add<R extends tf.Rank>(
    name: string,
    shape: tf.ShapeMap[R],
    initializer: Initializer,
    kind: 'weight' | 'statistic' | 'optimizer' = 'weight',
  ): tf.Variable<R> {
    const address = (this.averaged?.prefix ?? '') + name;
    if (this.variables.has(address)) throw new Error(`two variables are named ${address}`);
    this.checkSize(shape);
    const trained = kind === 'weight' && this.averaged === undefined;
    const variable = tf.tidy(() => {
      if (given) return tf.variable(givenTensor(given, address, shape), trained);
      return tf.variable(tf.tensor(initialValues(initializer, shape, this.seed, name), shape), trained);
    });
    this.variables.set(address, variable as unknown as tf.Variable);
    this.kinds.set(address, this.averaged ? { kind: 'average', of: name } : { kind });
    return variable as tf.Variable<R>;
  }

  /** @throws UsageError before memory is taken for a model that no machine would train */
  private checkSize(shape: readonly number[]): void {
    const more = shape.reduce((product, extent) => product * extent, 1);
    const all = [...this.variables.values()].reduce((sum, { size }) => sum + size, more);
    if (all <= mostParameters) return;
    throw new UsageError(
      `A model of these images and options has more than ${grouped(mostParameters)} parameters.`,
      {
        hint: 'Take smaller images, fewer hidden units, or another family: `aigc models`.',
      },
    );
  }

  /** The trainable variables whose name starts with `prefix`. */
  trainable(prefix = ''): tf.Variable[] {
    return [...this.variables]
      .filter(([name, variable]) => variable.trainable && name.startsWith(prefix))
      .map(([, variable]) => variable);
  }

  /** How many numbers the trainable variables under `prefix` hold. */
  count(prefix = ''): number {
    return this.trainable(prefix).reduce((sum, variable) => sum + variable.size, 0);
  }

  dispose(): void {
    for (const variable of this.variables.values()) variable.dispose();
    this.variables.clear();
    this.kinds.clear();
  }
}

function givenTensor(values: GivenValues, name: string, shape: readonly number[]): tf.Tensor {
  const found = values.get(name);
  if (!found) return tf.zeros([0]);
  if (found.shape.join() !== shape.join())
    throw new Error(`${name} is [${found.shape}], expected [${shape}]`);
  return tf.tensor(found.values, [...shape]);
}

function initialValues(
  initializer: Initializer,
  shape: readonly number[],
  seed: number,
  name: string,
): Float32Array {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (initializer.kind === 'constant') return new Float32Array(size).fill(initializer.value);
  const stream = randomStream(seed, `initial/${name}`);
  if (initializer.kind === 'normal')
    return normals(stream, size).map((value) => value * initializer.deviation);
  return uniforms(stream, size).map((value) => (2 * value - 1) * initializer.limit);
}
