// `--to safetensors`: the weights that a model draws with, and what they are of, for other tools.
import { encodeSafetensors } from '../run/safetensors';
import type { SavedModel } from '../use/open-model';
import { counted, fileSize } from '../words';
import { drawingWeights } from './drawing-weights';
import type { ExportTarget } from './target';

export const safetensors: ExportTarget = {
  name: 'safetensors',
  summary: 'the weights that it draws with, for Python',
  out: 'model.safetensors',
  endings: ['.safetensors'],
  make: async ({ saved, lastWeights }) => {
    const weights = await drawingWeights(saved, lastWeights);
    const bytes = encodeSafetensors(weights, metadataOf(saved));
    const parameters = [...weights.values()].reduce((sum, { values }) => sum + values.length, 0);
    return {
      content: bytes,
      event: { arrays: weights.size, parameters },
      words: `${counted(weights.size, 'array')} of ${counted(parameters, 'number')}, ${fileSize(bytes.length)}`,
    };
  },
};

/** All of it text, as the format has it. */
function metadataOf({ family, model, manifest, options }: SavedModel): Record<string, string> {
  const { image, classCount } = manifest.setting;
  return {
    format: 'aigc',
    family: family.name,
    step: String(manifest.step),
    image: `${image.height}x${image.width}x${image.channels}`,
    latentDim: String(model.latent.dimension),
    pixelRange: family.pixelRange,
    classCount: String(family.conditional ? classCount : 0),
    options: JSON.stringify(options),
    checkpointSha256: manifest.weights.sha256,
  };
}
