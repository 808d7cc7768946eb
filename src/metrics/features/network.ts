// The network whose last hidden layer is the space that images are compared in.
import * as tf from '@tensorflow/tfjs-core';
import type { ImageShape } from '../../dataset/image-set';
import { createAdam } from '../../models/adam-optimizer';
import type { Model, Trainable } from '../../models/family';
import { augment, augmentationNoise } from '../../models/gan/augment';
import { convolution, dense, type Mode, oneHot, trackedBatchNorm } from '../../models/layers';
import { heNormal, Parameters } from '../../models/parameters';
import { type Stage, stagesOf } from '../../models/stages';
import type { Teacher } from './teacher';

export const featureCount = 128;

/** What the recipe is: raise `version` when anything of the network or its training changes, and put the networks that
 *  `aigc evaluate` then leaves in the cache folder for mnist and digits into data/features. */
export const recipe = {
  version: 1,
  seed: 1,
  batchSize: 128,
  /** Passes over 60,000 images; smaller sets get more, larger ones fewer: the steps grow with the square root. */
  epochs: 5,
  learningRate: 2e-3,
} as const;

/** How many steps a set of `count` images is trained for. */
export function trainingSteps(count: number): number {
  return Math.ceil((recipe.epochs * Math.sqrt(count * 60_000)) / recipe.batchSize);
}

export interface FeatureNetwork extends Trainable, Pick<Model, 'kinds'> {
  /** Images that a step reads. */
  readonly batchSize: number;
  /** Classes that it tells apart; 0 of one that labels did not teach. */
  readonly classCount: number;
  /** @param images [batch, height, width, channels] in [−1, 1]
   *  @returns features [batch, 128], at least 0, and p(y|x), [batch, classCount], where labels taught it */
  classify(images: tf.Tensor4D): {
    readonly features: tf.Tensor2D;
    readonly probabilities?: tf.Tensor2D;
  };
  dispose(): void;
}

export interface NetworkSetting {
  readonly teacher: Teacher;
  /** Of the labels, where there are such. */
  readonly classCount: number;
  /** It is trained for so many. */
  readonly steps: number;
}

/**
 * Convolutions of 3×3, each with batch norm and ReLU: 16, then for each halving two (of 32 channels, 64, …), then a
 * hidden layer of 128, and softmax. Trained by cross-entropy with Adam, its rate falling linearly to 0, on images that
 * are shifted by up to an eighth of their sides. Without labels it tells which of four ways each image was turned
 * (Gidaris et al. 2018, section 2, arxiv.org/abs/1803.07728): a step reads a quarter of the images, each in all four.
 */
export function createFeatureNetwork(
  image: ImageShape,
  { teacher, classCount, steps }: NetworkSetting,
): FeatureNetwork {
  const parameters = new Parameters(recipe.seed);
  const logits = createLayers(parameters, image, teacher === 'labels' ? classCount : turns);
  const setting = { learningRate: recipe.learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const adam = createAdam(parameters, '', setting);
  const trained = parameters.trainable();
  /** What the network is shown, and what it is to say, one-hot. */
  const lesson = (images: tf.Tensor4D, labels: tf.Tensor1D | undefined) => {
    if (teacher === 'rotations') return turned(images);
    if (!labels) throw new Error('a classifier trains on labels');
    return { images, answers: oneHot(labels, classCount) }; // answers [batch, classCount]
  };
  return {
    batchSize: teacher === 'labels' ? recipe.batchSize : recipe.batchSize / turns,
    classCount: teacher === 'labels' ? classCount : 0,
    variables: parameters.variables,
    kinds: parameters.kinds,
    losses: [{ name: 'crossEntropy', label: 'cross-entropy', unit: 'nats' }],
    noise: (batchSize) => ({ shift: augmentationNoise(batchSize) }),
    stepSizes: (step) => ({ stepSize: adam.stepSize(step) * Math.max(0, 1 - step / steps) }),
    step: (inputs) => {
      const shifted = augment(inputs.images, 'translation', inputs.noise.shift as tf.Tensor2D);
      const { images, answers } = lesson(shifted, inputs.labels);
      const { value, grads } = tf.variableGrads(() => {
        const predicted = logits(images, 'train').logits;
        return tf.mean(tf.neg(tf.sum(tf.mul(answers, tf.logSoftmax(predicted)), 1))) as tf.Scalar;
      }, trained);
      adam.update(grads, inputs.scalars.stepSize as tf.Scalar);
      return { crossEntropy: tf.keep(value) };
    },
    classify: (images) => {
      const found = logits(images, 'infer');
      if (teacher !== 'labels') return { features: found.features };
      return { features: found.features, probabilities: tf.softmax(found.logits) };
    },
    dispose: () => parameters.dispose(),
  };
}

const turns = 4;

/**
 * Each image in four ways: by quarter turns, and those that are not square, which these would not fit, as they are,
 * mirrored either way, and upside down.
 * @param images [batch, height, width, channels]
 * @returns images [4 · batch, height, width, channels], answers [4 · batch, 4]
 */
function turned(images: tf.Tensor4D) {
  const [batch, height, width] = images.shape;
  const across = tf.transpose(images, [0, 2, 1, 3]);
  const ways =
    height === width
      ? [images, tf.reverse(across, 1), tf.reverse(images, [1, 2]), tf.reverse(across, 2)]
      : [images, tf.reverse(images, 1), tf.reverse(images, 2), tf.reverse(images, [1, 2])];
  const answer = (way: number) => tf.tile(tf.slice(tf.eye(turns), [way, 0], [1, turns]), [batch, 1]);
  return {
    images: tf.concat(ways, 0) as tf.Tensor4D,
    answers: tf.concat([0, 1, 2, 3].map(answer), 0) as tf.Tensor2D,
  };
}

function createLayers(parameters: Parameters, image: ImageShape, answerCount: number) {
  const stages = stagesOf(image, 32);
  const block = (name: string, inputs: number, outputs: number, stride: number) => {
    const shape = { inputs, outputs, size: 3, stride, kernel: heNormal(9 * inputs) };
    const convolve = convolution(parameters, name, shape);
    const normalise = trackedBatchNorm<tf.Tensor4D>(parameters, `${name}.norm`, outputs);
    return (x: tf.Tensor4D, mode: Mode) => tf.relu(normalise(convolve(x), mode));
  };
  const blocks = [block('conv0', image.channels, 16, 1)];
  for (const [i, { channels }] of stages.slice(1).entries()) {
    const inputs = i === 0 ? 16 : (stages[i] as Stage).channels;
    blocks.push(block(`conv${i + 1}a`, inputs, channels, 2), block(`conv${i + 1}b`, channels, channels, 1));
  }
  const last = stages[stages.length - 1] as Stage;
  const flat = last.height * last.width * last.channels;
  const hidden = dense(parameters, 'hidden', {
    inputs: flat,
    outputs: featureCount,
    kernel: heNormal(flat),
  });
  const norm = trackedBatchNorm<tf.Tensor2D>(parameters, 'hidden.norm', featureCount);
  const toLogits = dense(parameters, 'logits', {
    inputs: featureCount,
    outputs: answerCount,
    kernel: heNormal(featureCount),
  });
  return (images: tf.Tensor4D, mode: Mode) => {
    let x = images;
    for (const apply of blocks) x = apply(x, mode);
    const features = tf.relu(norm(hidden(tf.reshape(x, [-1, flat])), mode)); // [batch, 128]
    return { features, logits: toLogits(features) };
  };
}
