// A small convolutional network that reads 28×28 digits, for benches that ask what a set of them teaches.

const tf = require('@tensorflow/tfjs-core');
const { wasm } = require('../dist/tensor/wasm');
const { registerGradients } = require('../dist/tensor/gradients');
const { Parameters, fanInUniform } = require('../dist/models/parameters');
const { convolution, dense } = require('../dist/models/layers');
const { createAdam } = require('../dist/models/adam-optimizer');

const side = 28;
const size = side * side;
const digits = 10;
const batch = 100;

async function startReading() {
  await wasm.start();
  registerGradients();
}

/** conv 5×5×16 and 5×5×32 of stride 2, dense 128, dense 10; ReLU between; Adam 1e-3. */
function createReader(seed) {
  const parameters = new Parameters(seed);
  const layer = (make, name, inputs, outputs, window = 1) => {
    const { limit } = /** @type {{ limit: number }} */ (fanInUniform(inputs * window));
    const kernel = { kind: 'uniform', limit: Math.sqrt(6) * limit };
    return make(parameters, name, { inputs, outputs, size: 5, stride: 2, kernel });
  };
  const first = layer(convolution, 'first', 1, 16, 25); // (14, 14, 16)
  const second = layer(convolution, 'second', 16, 32, 25); // (7, 7, 32)
  const hidden = layer(dense, 'hidden', 7 * 7 * 32, 128);
  const output = layer(dense, 'output', 128, digits);
  const logits = (images) => {
    const features = tf.relu(second(tf.relu(first(images))));
    return output(tf.relu(hidden(tf.reshape(features, [-1, 7 * 7 * 32]))));
  };
  const setting = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, learningRate: 1e-3 };
  return {
    variables: parameters.trainable(),
    logits,
    adam: createAdam(parameters, '', setting),
    dispose: () => parameters.dispose(),
  };
}

/**
 * One step of Adam, the step's number from 0.
 * @param images an array of [28 · 28] bytes each
 * @param labels as many digits
 * @returns the cross-entropy, nats
 */
function trainStep({ variables, logits, adam }, images, labels, step) {
  return tf.tidy(() => {
    const x = toImages(images);
    const y = oneHot(labels);
    const { value, grads } = tf.variableGrads(() => crossEntropy(logits(x), y), variables);
    adam.update(grads, tf.scalar(adam.stepSize(step)));
    return value.dataSync()[0];
  });
}

/** @returns {tf.Scalar} */
function crossEntropy(logits, targets) {
  return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
}

/** @returns the shares that are read right, of all and of each digit */
function score({ logits }, { pixels, labels, count }) {
  const [right, total] = [new Float64Array(digits), new Float64Array(digits)];
  for (let i = 0; i < count; i += batch) {
    const read = tf.tidy(() => {
      const x = toImages([pixels.subarray(i * size, Math.min(count, i + batch) * size)]);
      return tf.argMax(logits(x), 1).dataSync();
    });
    read.forEach((digit, k) => {
      total[labels[i + k]]++;
      if (digit === labels[i + k]) right[digit]++;
    });
  }
  const sum = (values) => values.reduce((a, b) => a + b);
  return { accuracy: sum(right) / sum(total), recall: Array.from(right, (n, digit) => n / total[digit]) };
}

/** The bytes of one image of a set. */
function imageOf({ pixels }, index) {
  return pixels.subarray(index * size, (index + 1) * size);
}

/** @returns [n, 28, 28, 1] in [0, 1] */
function toImages(parts) {
  const values = Float32Array.from(Buffer.concat(parts), (byte) => byte / 255);
  return tf.tensor4d(values, [values.length / size, side, side, 1]);
}

/** @returns [n, 10] */
function oneHot(labels) {
  const values = new Float32Array(labels.length * digits);
  labels.forEach((label, i) => {
    values[i * digits + label] = 1;
  });
  return tf.tensor2d(values, [labels.length, digits]);
}

function percent(share, decimals = 1) {
  return `${(100 * share).toFixed(decimals)}%`;
}

module.exports = {
  batch,
  createReader,
  digits,
  imageOf,
  percent,
  score,
  side,
  size,
  startReading,
  trainStep,
};
