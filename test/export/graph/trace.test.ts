// A model's functions as graphs: what they compute for any number of images is what the model does.
import * as tf from '@tensorflow/tfjs-core';
import { graphsOf } from '../../../src/export/graph/functions';
import { weightsRead } from '../../../src/export/graph/graph';
import { trace } from '../../../src/export/graph/trace';
import { familyOptions } from '../../../src/models';
import { families } from '../../../src/models/index';
import { randomStream } from '../../../src/rng';
import { startBackend } from '../../../src/tensor/index';
import { variants } from '../../variants';
import { evaluate } from './evaluate';

beforeAll(() => startBackend('wasm', 1));

const image = { height: 6, width: 5, channels: 2 };
const count = 5;

function random(name: string, shape: readonly number[]): tf.Tensor {
  const stream = randomStream(1, name);
  const size = shape.reduce((product, extent) => product * extent, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, () => stream.normal()),
    [...shape],
  );
}

/** Small, so that all families are through in a second or two. */
const small = {
  latentDim: 3,
  hiddenUnits: 6,
  channels: 2,
  codes: 4,
  codeDim: 3,
  hiddenChannels: 4,
  priorChannels: 4,
};

it.each([...families, ...variants.slice(-1)].map((family) => [family.name, family] as const))(
  '%s computes the same as a graph',
  async (_, family) => {
    const own = Object.entries(small).filter(([name]) => name in family.options);
    const options = familyOptions(family, {}, Object.fromEntries(own));
    const setting = { image, classCount: 3, pixelMean: 0.3, seed: 2, options };
    const model = family.create(setting);
    for (const [name, variable] of model.variables)
      if (model.kinds.get(name)?.kind !== 'weight') variable.assign(tf.abs(random(name, variable.shape)));
    const saved = { model, family, classes: { count: 3 }, manifest: { setting } } as never;
    const graphs = graphsOf(saved, false);
    const latent = random('latent', [count, model.latent.dimension]) as tf.Tensor2D;
    const images = tf.sigmoid(random('image', [count, 6, 5, 2])) as tf.Tensor4D;
    const label = tf.tensor1d([0, 1, 2, 1, 0], 'int32');

    const [draw, encode] = graphs.map((graph) => evaluate(graph, count, { latent, image: images, label }));
    const drawn = model.sample(latent, { labels: label });
    expect(await draw?.image?.data()).toEqual(await drawn.data());
    expect(encode === undefined).toBe(model.encode === undefined);
    const code = model.encode?.(images, label);
    expect(await encode?.latent?.data()).toEqual(await code?.data());
    expect(graphs[0]?.inputs.map(({ name }) => name)).toEqual(
      family.conditional ? ['latent', 'label'] : ['latent'],
    );
    const weights = [...weightsRead(graphs).keys()];
    expect(weights.filter((name) => /adam|discriminator/.test(name))).toEqual([]);
    model.dispose();
  },
);

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
