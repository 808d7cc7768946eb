// Between a model's variables and the arrays that a checkpoint holds.
import * as tf from '@tensorflow/tfjs-core';
import { DataError, DivergedError } from '../errors';
import type { Model } from '../models/family';
import type { Checkpoint } from './checkpoint';
import type { StoredTensor } from './safetensors';

export const divergedHint =
  'Start anew with a lower learning rate: --learning-rate N --force. The checkpoints that there are lie before it, and are good.';

type HasVariables = Pick<Model, 'variables'>;

/** What a model draws with: all but what its optimizers keep. */
export function weightsOf({ variables, kinds }: Pick<Model, 'variables' | 'kinds'>): HasVariables {
  return { variables: new Map([...variables].filter(([name]) => kinds.get(name)?.kind !== 'optimizer')) };
}

/** @param model or anything else with named variables */
export async function readVariables(model: HasVariables): Promise<Map<string, StoredTensor>> {
  const tensors = new Map<string, StoredTensor>();
  for (const [name, variable] of model.variables) {
    tensors.set(name, { shape: variable.shape, values: new Float32Array(await variable.data()) });
  }
  return tensors;
}

/**
 * Refuses weights that are worth nothing, before they take the place of good ones.
 * @throws DivergedError when a number among them is not finite
 */
export function checkFinite(tensors: ReadonlyMap<string, StoredTensor>, step: number): void {
  for (const [name, { values }] of tensors) {
    if (allFinite(values)) continue;
    throw new DivergedError(
      `Training diverged: at step ${step} the weights of ${name} are no longer finite.`,
      {
        hint: divergedHint,
        step,
      },
    );
  }
}

/** By a plain loop: `every` takes five times as long, seconds for a large model. */
function allFinite(values: Float32Array): boolean {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
}

/**
 * Puts a checkpoint's arrays into a model's variables.
 * @throws DataError when the checkpoint is of another model; the variables are untouched then
 */
export function restoreVariables(
  model: HasVariables,
  { folder, tensors }: Pick<Checkpoint, 'folder' | 'tensors'>,
): void {
  for (const [name, variable] of model.variables) {
    const stored = tensors.get(name);
    if (!stored || stored.shape.join() !== variable.shape.join()) {
      throw new DataError(
        `${folder} does not fit the model: expected ${name} of shape [${variable.shape}], ` +
          `got ${stored ? `[${stored.shape}]` : 'none'}.`,
        { hint: 'It is of another model; use a checkpoint of this one.' },
      );
    }
  }
  for (const [name, variable] of model.variables) {
    const { values, shape } = tensors.get(name) as StoredTensor;
    tf.tidy(() => variable.assign(tf.tensor(new Float32Array(values), [...shape])));
  }
}
