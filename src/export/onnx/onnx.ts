// `--to onnx`: what the model does as graphs that ONNX Runtime and its like run.
import { fileSize, listed } from '../../words';
import { allGraphsOf } from '../graph/functions';
import { modelProperties } from '../model-properties';
import type { ExportTarget } from '../target';
import { onnxOf } from './model';

export const onnx: ExportTarget = {
  name: 'onnx',
  summary: 'a folder of graphs for ONNX Runtime, of what draws, encodes and measures',
  out: 'onnx',
  folder: true,
  endings: ['.onnx'],
  make: async (job) => {
    const properties = modelProperties(job);
    const graphs = await allGraphsOf(job.saved, job.lastWeights);
    const content = new Map(graphs.map((graph) => [`${graph.name}.onnx`, onnxOf(graph, properties)]));
    const bytes = [...content.values()].reduce((sum, { length }) => sum + length, 0);
    return {
      content,
      event: { nodes: Object.fromEntries(graphs.map(({ name, nodes }) => [name, nodes.length])) },
      words: `${listed([...content.keys()])}, ${fileSize(bytes)}, opset 17`,
    };
  },
};
