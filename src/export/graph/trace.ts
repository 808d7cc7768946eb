// From a function of tensors to its graph: it is run for two and for three images, and what differs is the batch.
import * as tf from '@tensorflow/tfjs-core';
import { DataError } from '../../errors';
import { extentOf, type Graph, type GraphInput, type GraphNode, type GraphResult } from './graph';
import type { Refuse } from './refusal';
import { simplify } from './simplify';
import { record, type Tape, type TapeValue } from './tape';
import { createUnifier } from './unify';

export interface Traced extends Pick<Graph, 'name' | 'description'> {
  /** For the errors: "this gan". */
  readonly subject: string;
  readonly inputs: readonly Omit<GraphInput, 'kind'>[];
  /** By the names of what `run` gives: what each is. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly weights: ReadonlyMap<string, tf.Variable>;
  /** @param inputs of their shapes */
  run(inputs: Readonly<Record<string, tf.Tensor>>): Readonly<Record<string, tf.Tensor>>;
}

/** Not one, which would broadcast. */
const batches = [2, 3] as const;

/** @throws DataError where it is no graph: when it draws random numbers, or depends on values, or on the number of images
 *  otherwise than by extents that are so many for each */
export function trace(traced: Traced): Graph {
  const refuse: Refuse = (problem) => {
    throw new DataError(`${traced.subject} cannot be written as a graph: ${problem}.`, {
      hint: 'A graph holds tensor code alone, which does the same for each image (docs/api.md).',
    });
  };
  const [small, large] = batches.map((images) => recordFor(traced, images, refuse)) as [Tape, Tape];
  if (kernelsOf(small) !== kernelsOf(large)) refuse('it calls other kernels for another number of images');
  const inputs = traced.inputs.map((input): GraphInput => ({ kind: 'input', ...input }));
  const unifier = createUnifier(batches, inputs, traced.weights, refuse);
  const nodes = small.calls.flatMap((call, i): GraphNode[] => {
    const other = large.calls[i] as Tape['calls'][number];
    const values = (name: string) =>
      unifier.value(call.inputs[name] as TapeValue, other.inputs[name] as TapeValue);
    const node = {
      kernel: call.kernel,
      attributes: unifier.attributes(call.attributes, other.attributes),
      inputs: Object.fromEntries(Object.keys(call.inputs).map((name) => [name, values(name)])),
      outputs: call.outputs.map(
        (value, k) => unifier.value(value, other.outputs[k] as TapeValue) as GraphResult,
      ),
    };
    return [...unifier.takeFills(), node];
  });
  const outputs = Object.entries(traced.outputs).map(([name, description]) => ({
    name,
    description,
    value: unifier.value(small.outputs[name] as TapeValue, large.outputs[name] as TapeValue),
  }));
  const { name, description } = traced;
  return simplify({ name, description, inputs, nodes: [...nodes, ...unifier.takeFills()], outputs });
}

function recordFor({ inputs, weights, run }: Traced, images: number, refuse: Refuse): Tape {
  let offence: string | undefined;
  const tensors = Object.fromEntries(
    inputs.map(({ name, shape, dtype }) => [
      name,
      tf.zeros(
        shape.map((extent) => extentOf(extent, images)),
        dtype,
      ),
    ]),
  );
  try {
    return record(tensors, weights, run, (problem) => {
      offence ??= problem;
    });
  } finally {
    tf.dispose(tensors);
    // The first offence explains an error that came after it.
    if (offence !== undefined) refuse(offence);
  }
}

const kernelsOf = ({ calls }: Tape) => calls.map(({ kernel }) => kernel).join();
