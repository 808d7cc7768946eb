// `--to safetensors`: the weights that a model draws with, and what they are of, for other tools.
import { encodeSafetensors } from '../run/safetensors';
import { counted, fileSize } from '../words';
import { drawingWeights } from './drawing-weights';
import { weightsProperties } from './model-properties';
import type { ExportTarget } from './target';

export const safetensors: ExportTarget = {
  name: 'safetensors',
  summary: 'the weights that it draws with, for Python',
  out: 'model.safetensors',
  endings: ['.safetensors'],
  make: async ({ saved, lastWeights }) => {
    const weights = await drawingWeights(saved, lastWeights);
    const bytes = encodeSafetensors(weights, weightsProperties(saved));
    const parameters = [...weights.values()].reduce((sum, { values }) => sum + values.length, 0);
    return {
      content: bytes,
      event: { arrays: weights.size, parameters },
      words: `${counted(weights.size, 'array')} of ${counted(parameters, 'number')}, ${fileSize(bytes.length)}`,
    };
  },
};
