// Owns a model's variables: each has a name, a shape and its own stream of initial values.
import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '../errors';
import { normals, randomStream, uniforms } from '../rng';
import { grouped } from '../words';
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

/** The named variables of one model. */
export class Parameters {
  readonly variables: Map<string, tf.Variable>;

  /** @param shadowed the parameters whose variables these go among, under a prefix, with the same initial values */
  constructor(
    private readonly seed: number,
    private readonly shadowed?: { readonly variables: Map<string, tf.Variable>; readonly prefix: string },
  ) {
    this.variables = shadowed?.variables ?? new Map();
  }

  /** Where a second copy of a network puts its variables: each starts as the first one's does, and none is trained. */
  shadow(prefix: string): Parameters {
    return new Parameters(this.seed, { variables: this.variables, prefix });
  }

  /** Makes a variable that training changes, or, with `trainable` false, one that only a step's own code assigns. */
  add<R extends tf.Rank>(
    name: string,
    shape: tf.ShapeMap[R],
    initializer: Initializer,
    trainable = true,
  ): tf.Variable<R> {
    const address = (this.shadowed?.prefix ?? '') + name;
    if (this.variables.has(address)) throw new Error(`two variables are named ${address}`);
    this.checkSize(shape);
    const values = initialValues(initializer, shape, this.seed, name);
    const trained = trainable && this.shadowed === undefined;
    const variable = tf.tidy(() => tf.variable(tf.tensor(values, shape), trained));
    this.variables.set(address, variable as unknown as tf.Variable);
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
  }
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
