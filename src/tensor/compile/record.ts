// Runs a step once and records it: every TensorFlow op that it calls, and where each tensor comes from.
import * as tf from '@tensorflow/tfjs-core';
import type { TensorFlowBackend } from '../native/binding';
import { dataType } from './data-type';
import { createRecorder } from './recorder';
import type { Recording, TensorId, Tensors } from './recording';

/**
 * Runs a step once on stand-in inputs and writes down what it does. The variables are as before when it returns.
 * @param inputs stand-ins, of the shapes and types that the step will be fed with; their values do not matter
 * @throws RecordingError for what would be frozen into the recording: randomness or values of the host, and tensors
 *   that are neither inputs nor variables
 */
export function record(
  backend: TensorFlowBackend,
  inputs: Tensors,
  variables: ReadonlyMap<string, tf.Variable>,
  step: (inputs: Tensors) => Tensors,
): Recording {
  const idOf = (tensor: tf.Tensor) => backend.getInputTensorIds([tensor])[0] as TensorId;
  const kept = [...variables.values()].map((variable) => tf.keep(variable.clone()));
  try {
    // Two variables may share one tensor: with a tensor of its own, each is known by its id.
    for (const variable of variables.values()) tf.tidy(() => variable.assign(copy(backend, variable)));
    const before = [...variables.values()].map(idOf);
    const inputIds = new Map(Object.entries(inputs).map(([name, tensor]) => [name, idOf(tensor)]));
    const recorder = createRecorder(backend, [...before, ...inputIds.values()]);
    const results = recorder.watch(() => {
      const outputs = tf.tidy(() => step(inputs));
      const resolved = (tensor: tf.Tensor) => recorder.resolve(idOf(tensor), 'the result of the step');
      const outputOf = (tensor: tf.Tensor) => ({
        id: resolved(tensor),
        dtype: dataType(backend.binding, tensor.dtype),
        shape: tensor.shape,
      });
      const ids = {
        outputs: new Map(Object.entries(outputs).map(([name, tensor]) => [name, outputOf(tensor)])),
        after: [...variables.values()].map(resolved),
      };
      tf.dispose(outputs);
      return ids;
    });
    return {
      events: recorder.events,
      inputs: inputIds,
      variables: before.map((id, i) => ({ before: id, after: results.after[i] as TensorId })),
      outputs: results.outputs,
    };
  } finally {
    for (const [i, variable] of [...variables.values()].entries()) variable.assign(kept[i] as tf.Tensor);
    tf.dispose(kept);
  }
}

/** A tensor of the same values with an id of its own. */
function copy(backend: TensorFlowBackend, tensor: tf.Tensor): tf.Tensor {
  const type = {
    name: 'T',
    type: backend.binding.TF_ATTR_TYPE,
    value: dataType(backend.binding, tensor.dtype),
  };
  return backend.executeSingleOutput('Identity', [type], [tensor]);
}
