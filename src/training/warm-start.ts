// `--init`: a run that starts from the weights of another.
import { DataError } from '../errors';
import type { Family, Model } from '../models/family';
import type { Checkpoint } from '../run/checkpoint';
import { restoreVariables, weightsOf } from '../run/variables';
import { findCheckpoint } from '../use/open-model';

/**
 * Gives a new model the weights of a checkpoint of its family, averages and tracked statistics among them. Averages that
 * the checkpoint does not keep start from the weights, as optimizers start afresh.
 * @param path a run folder, RUN/best, or one checkpoint of it
 * @param warn told of damaged checkpoints that were passed over
 * @throws DataError when there is none, or when it is of another family or shape; the model is untouched then
 */
export async function warmStart(
  family: Family,
  model: Model,
  path: string,
  warn: (message: string) => void,
): Promise<void> {
  const checkpoint = await findCheckpoint(path, warn);
  const { manifest, folder } = checkpoint;
  if (manifest.family !== family.name) {
    throw new DataError(`--init ${folder} is of a ${manifest.family}, not of a ${family.name}.`, {
      hint: 'Start from a checkpoint of the same family.',
    });
  }
  restoreVariables(weightsOf(model), { folder, tensors: withAverages(model, checkpoint) });
}

function withAverages({ kinds }: Model, { tensors }: Checkpoint): Checkpoint['tensors'] {
  const found = new Map(tensors);
  for (const [name, kind] of kinds) {
    const source = kind.kind === 'average' ? tensors.get(kind.of) : undefined;
    if (source && !found.has(name)) found.set(name, source);
  }
  return found;
}
