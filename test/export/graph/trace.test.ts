// A model's functions as graphs: what they compute for any number of images is what the model does.
import * as tf from '@tensorflow/tfjs-core';
import { graphsOf, type PassGraphs, passGraphsOf } from '../../../src/export/graph/functions';
import { weightsRead } from '../../../src/export/graph/graph';
import { trace } from '../../../src/export/graph/trace';
import type { Family } from '../../../src/models/family';
import { families } from '../../../src/models/index';
import { startBackend } from '../../../src/tensor/index';
import { evaluate } from './evaluate';
import { expected, exportedFamilies, untrained } from './untrained';

beforeAll(() => startBackend('wasm', 1));

const count = 5;

it.each(exportedFamilies)('%s computes the same as a graph', async (_, family) => {
  const saved = untrained(family);
  const graphs = graphsOf(saved, false);
  const { inputs, drawn, code, logVariance } = expected(saved, count);
  const [draw, encode] = graphs.map((graph) => evaluate(graph, count, inputs));
  expect(await draw?.image?.data()).toEqual(await drawn.data());
  expect(encode === undefined).toBe(saved.model.encode === undefined);
  expect(await encode?.latent?.data()).toEqual(await code?.data());
  expect(await encode?.log_variance?.data()).toEqual(await logVariance?.data());
  expect(graphs[0]?.inputs.map(({ name }) => name)).toEqual(
    family.conditional ? ['latent', 'label'] : ['latent'],
  );
  const weights = [...weightsRead(graphs).keys()];
  expect(weights.filter((name) => /adam|discriminator/.test(name))).toEqual([]);
  saved.model.dispose();
});

it('draws in passes what is drawn position by position', async () => {
  const saved = untrained(families.find(({ name }) => name === 'vq-vae') as Family);
  const { rows, columns, count: passes, next, finish } = passGraphsOf(saved) as PassGraphs;
  const { inputs, drawn } = expected(saved, count);
  let state: tf.Tensor | undefined = tf.zeros([count * rows, columns]);
  for (let i = 0; i < passes; i++)
    state = evaluate(next, count, { ...inputs, state: state as tf.Tensor }).state;
  const { image } = evaluate(finish, count, { state: state as tf.Tensor });
  expect(await image?.data()).toEqual(await drawn.data());
  saved.model.dispose();
});

describe('what is no graph', () => {
  const refused = (run: (x: tf.Tensor2D) => tf.Tensor) => () =>
    trace({
      ...{ name: 'f', description: '', subject: 'this model', weights: new Map(), outputs: { y: '' } },
      inputs: [{ name: 'x', description: '', shape: [{ perImage: 1 }, 4], dtype: 'float32' }],
      run: ({ x }) => ({ y: run(x as tf.Tensor2D) }),
    });

  it.each([
    [
      'chance',
      (x: tf.Tensor2D) => tf.add(x, tf.randomNormal([4])),
      /randomNormal draws random numbers, at .*trace\.test/,
    ],
    ['values', (x: tf.Tensor2D) => tf.mul(x, x.dataSync()[0] as number), /reads the values of a tensor/],
    ['the number of images', (x: tf.Tensor2D) => tf.div(x, x.shape[0] + 1), /numbers of its code/],
    [
      'a range over the images',
      (x: tf.Tensor2D) => tf.mul(x, tf.reshape(tf.range(0, x.shape[0]), [-1, 1])),
      /numbers of its code depend/,
    ],
    [
      'other ops for more images',
      (x: tf.Tensor2D) => (x.shape[0] > 2 ? tf.exp(x) : x),
      /calls other kernels/,
    ],
  ])('%s', (_, run, message) => {
    const before = tf.memory().numTensors;
    expect(refused(run as never)).toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });
});
