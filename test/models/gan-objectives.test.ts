import * as tf from '@tensorflow/tfjs-core';
import { createAverage } from '../../src/models/average';
import { augment } from '../../src/models/gan/augment';
import { dcgan } from '../../src/models/gan/dcgan';
import { gan } from '../../src/models/gan/gan';
import { objectives } from '../../src/models/gan/objectives';
import { squaredGradientNorm, wassersteinPenalty } from '../../src/models/gan/penalties';
import { familyOptions } from '../../src/models/index';
import { dense } from '../../src/models/layers';
import { fanInUniform, Parameters } from '../../src/models/parameters';
import { spectralNorm } from '../../src/models/spectral-norm';
import { leakyRelu } from '../../src/tensor/ops/leaky-relu';
import { wasm } from '../../src/tensor/wasm';
import { gradientError, random } from '../tensor/finite-differences';

beforeAll(() => wasm.start());

const logits = (...values: number[]) => tf.tensor2d(values, [values.length, 1]);
const value = (x: tf.Tensor) => x.dataSync()[0] as number;

it('--learning-rate is what both rates are, also in the plan', () => {
  const both = { generatorLearningRate: 2e-4, discriminatorLearningRate: 2e-4 };
  expect(familyOptions(gan, { learningRate: '2e-4', generatorLearningRate: '1' }, {})).toMatchObject(both);
});

describe('the objectives, against numbers worked out by hand', () => {
  it('Wasserstein: mean of fake less mean of real, and the generator wants the fake high', () => {
    const { discriminator, generator } = objectives['wgan-gp'];
    expect(value(discriminator(logits(1, 3), logits(-1, 0)))).toBeCloseTo(-2.5, 6);
    expect(value(generator(logits(-1, 0)))).toBeCloseTo(0.5, 6);
  });

  it('hinge: only what is within the margin costs', () => {
    const { discriminator, generator } = objectives.sngan;
    expect(value(discriminator(logits(2, 0.5), logits(-3, 0.5)))).toBeCloseTo(0.25 + 0.75, 6);
    expect(value(generator(logits(2, -1)))).toBeCloseTo(-0.5, 6);
  });

  it('relativistic: softplus of the difference, pair by pair', () => {
    const { discriminator, generator } = objectives.relativistic;
    expect(value(discriminator(logits(2), logits(1)))).toBeCloseTo(Math.log(1 + Math.exp(-1)), 6);
    expect(value(generator(logits(1), logits(2)))).toBeCloseTo(Math.log(1 + Math.exp(1)), 6);
  });

  it('cross-entropy with a target of 0.9 adds a tenth of the mean logit', () => {
    const { discriminator } = objectives.bce;
    const [real, fake] = [logits(2), logits(-1)];
    expect(value(discriminator(real, fake, 0.9)) - value(discriminator(real, fake))).toBeCloseTo(0.2, 6);
  });
});

/** A critic like the gan's, with its first kernel given. */
function critic(kernel: tf.Tensor, images: tf.Tensor4D): tf.Tensor2D {
  const rows = tf.reshape(images, [images.shape[0], -1]) as tf.Tensor2D;
  const hidden = leakyRelu(tf.matMul(rows, kernel as tf.Tensor2D), 0.2);
  return tf.matMul(hidden, random<tf.Rank.R2>([6, 1], 'output')) as tf.Tensor2D;
}

describe('penalties on the gradient', () => {
  let [real, fake, mix] = [] as unknown as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  beforeAll(() => {
    real = random<tf.Rank.R4>([3, 3, 3, 1], 'real');
    fake = random<tf.Rank.R4>([3, 3, 3, 1], 'fake');
    mix = tf.tensor4d([0.2, 0.5, 0.9], [3, 1, 1, 1]);
  });

  it('of a linear critic is (‖w‖ − 1)², and the length is ‖w‖', () => {
    const weights = random<tf.Rank.R2>([9, 1], 'w');
    const length = Math.hypot(...weights.dataSync());
    const linear = (x: tf.Tensor4D) => tf.matMul(tf.reshape(x, [-1, 9]), weights) as tf.Tensor2D;
    const { penalty, gradientNorm } = wassersteinPenalty(linear, real, fake, mix);
    expect(value(gradientNorm)).toBeCloseTo(length, 5);
    expect(value(penalty)).toBeCloseTo((length - 1) ** 2, 4);
    expect([...squaredGradientNorm(linear, real).dataSync()].map((x) => Math.sqrt(x))).toEqual(
      [0, 0, 0].map(() => expect.closeTo(length, 4)),
    );
  });

  it('has a gradient for the critic within 1e-3 of finite differences', () => {
    const penalty = (kernel: tf.Tensor) =>
      wassersteinPenalty((x) => critic(kernel, x), real, fake, mix).penalty;
    expect(gradientError(penalty, [random([9, 6], 'kernel')], 1e-2)).toBeLessThan(1e-3);
  });

  it('has that through convolutions too', () => {
    const penalty = (kernel: tf.Tensor) =>
      wassersteinPenalty(
        (x) => {
          const features = tf.softplus(tf.conv2d(x, kernel as tf.Tensor4D, 2, 'same'));
          return tf.reshape(tf.sum(features, [1, 2, 3]), [3, 1]) as tf.Tensor2D;
        },
        real,
        fake,
        mix,
      ).penalty;
    expect(gradientError(penalty, [random([2, 2, 1, 4], 'filter')], 1e-2)).toBeLessThan(1e-3);
  });
});

it('spectral norm makes the largest singular value 1', () => {
  const parameters = new Parameters(1);
  const norm = spectralNorm(parameters);
  const layer = dense(parameters, 'layer', {
    inputs: 5,
    outputs: 3,
    kernel: fanInUniform(5),
    transform: norm.transform,
  });
  for (let i = 0; i < 100; i++) norm.refresh();
  // The power method on what the layer does to unit vectors: none grows, and one keeps its length.
  let v = tf.ones<tf.Rank.R2>([1, 5]);
  const kernel = layer(tf.eye(5)) as tf.Tensor2D; // The bias is 0.
  for (let i = 0; i < 100; i++) {
    const next = tf.matMul(tf.matMul(v, kernel), kernel, false, true) as tf.Tensor2D;
    v = tf.div(next, tf.norm(next));
  }
  expect(value(tf.norm(tf.matMul(v, kernel)))).toBeCloseTo(1, 4);
});

it('the average of weights moves by 1 − decay of the distance, sooner at the beginning', () => {
  const parameters = new Parameters(1);
  const one = { kind: 'constant', value: 1 } as const;
  const source = parameters.add('generator.w', [1], one);
  const average = parameters.averages('ema.').add('generator.w', [1], one);
  const { rate, update } = createAverage(parameters, 0.999);
  expect([rate(0), rate(90), rate(1_000_000)]).toEqual([
    0.9,
    expect.closeTo(0.09, 6),
    expect.closeTo(0.001, 9),
  ]);
  source.assign(tf.tensor1d([3]));
  update(tf.scalar(0.25));
  expect(value(average)).toBeCloseTo(1.5, 6);
  expect(average.trainable).toBe(false);
});

describe('augmentation', () => {
  it('shifts by whole pixels, black coming in', () => {
    const image = tf.fill([1, 8, 8, 1], -1).arraySync() as number[][][][];
    (image[0] as number[][][])[3]?.[4]?.fill(1);
    // A side of 8 moves by −1, 0 or 1: 0.9 is 1 and 0.1 is −1.
    const noise = tf.tensor2d([[0.9, 0.1, 0, 0, 0, 0, 0]]);
    const moved = augment(tf.tensor4d(image), 'translation', noise);
    const at = [...moved.dataSync()].indexOf(1);
    expect([Math.floor(at / 8), at % 8]).toEqual([4, 3]);
    expect([...moved.dataSync()].filter((x) => x === -1)).toHaveLength(63);
  });

  it('is differentiable', () => {
    const noise = tf.tensor2d([[0.9, 0.1, 0.4, 0.6, 0.3, 0.7, 0.2]]);
    const f = (x: tf.Tensor) => augment(x as tf.Tensor4D, 'color-translation-cutout', noise);
    expect(gradientError(f, [random([1, 5, 4, 3], 'image')])).toBeLessThan(2e-3);
  });
});

describe('what follows from --loss', () => {
  it('fills in the recipe of the paper, and leaves what was given', () => {
    const options = familyOptions(gan, { loss: 'wgan-gp', beta1: '0.1' }, {});
    expect(options).toMatchObject({ criticSteps: 5, gradientPenalty: 10, beta1: 0.1, beta2: 0.9 });
    expect(familyOptions(gan, {}, options)).toEqual(options);
  });

  it('takes batch norm away from a penalised critic, and refuses it there', () => {
    expect(familyOptions(dcgan, { r1: '1' }, {}).normalisation).toBe('none');
    const both = { loss: 'wgan-gp', normalisation: 'batch' };
    expect(() => familyOptions(dcgan, both, {})).toThrow('--normalisation batch');
  });
});
