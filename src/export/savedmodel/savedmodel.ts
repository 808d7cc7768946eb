// `--to savedmodel`: what the model does as functions that TensorFlow loads in Python, C++ or Serving, without our code.
import { encodeSavedModel } from '../../tensor/compile/saved-model';
import { fileSize, listed } from '../../words';
import { allGraphsOf } from '../graph/functions';
import { modelProperties } from '../model-properties';
import type { ExportTarget } from '../target';
import { functionsOf } from './model';

export const savedmodel: ExportTarget = {
  name: 'savedmodel',
  summary: "a folder that TensorFlow's tf.saved_model.load takes, of what draws, encodes and measures",
  out: 'savedmodel',
  folder: true,
  endings: ['.pb'],
  make: async (job) => {
    const graphs = await allGraphsOf(job.saved, job.lastWeights);
    const { nodes, signatures } = functionsOf(graphs);
    const model = encodeSavedModel(nodes, signatures);
    const properties = Buffer.from(`${JSON.stringify(modelProperties(job), null, 2)}\n`);
    const names = graphs.map(({ name }) => name);
    return {
      content: new Map([
        ['saved_model.pb', model],
        ['aigc.json', properties],
      ]),
      event: { signatures: names },
      words: `the functions ${listed(names)}, ${fileSize(model.length)}`,
    };
  },
};
