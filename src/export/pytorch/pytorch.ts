// `--to pytorch`: a module that draws the same images in PyTorch, to be read and changed, and its weights.
import { encodeSafetensors } from '../../run/safetensors';
import { fileSize } from '../../words';
import { drawingGraphOf, encoderGraphOf, passGraphsOf } from '../graph/functions';
import { modelProperties } from '../model-properties';
import type { ExportTarget } from '../target';
import { programOf } from './program';

export const pytorch: ExportTarget = {
  name: 'pytorch',
  summary: 'a folder with model.py, the networks as one writes them in PyTorch, and their weights',
  out: 'pytorch',
  folder: true,
  endings: ['.py', '.pt', '.pth'],
  make: async (job) => {
    const properties = modelProperties(job);
    const { family, step, aigc, command, data, digitalSourceTypeOfImages } = properties;
    const head = [
      `${family} at step ${step}, written by aigc ${aigc}.`,
      ...(command ? [`Trained on ${data}. What made this: ${command}`] : []),
      ...(digitalSourceTypeOfImages ? [`What it draws is generated: ${digitalSourceTypeOfImages}`] : []),
    ];
    const draw = passGraphsOf(job.saved) ?? drawingGraphOf(job.saved, job.lastWeights);
    const functions = { draw, encoder: encoderGraphOf(job.saved) };
    const { text, tensors } = programOf(functions, head);
    const weights = encodeSafetensors(tensors, properties);
    const lines = text.trimEnd().split('\n').length;
    return {
      content: new Map([
        ['model.py', Buffer.from(text)],
        ['model.safetensors', weights],
      ]),
      event: { lines, arrays: tensors.size },
      words: `model.py of ${lines} lines and ${fileSize(weights.length)} of weights`,
    };
  },
};
