// How much the built-in digits are like real handwriting: a small convolutional network learns from the 10,000 of them
// and reads MNIST's 10,000 test images. Run with: npm run build && node bench/digits-transfer.js [FOLDER] [EPOCHS]
// FOLDER holds the images to train on, data/digits unless given; give MNIST's own for the ceiling.

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const tf = require('@tensorflow/tfjs-core');
const { wasm } = require('../dist/tensor/wasm');
const { registerGradients } = require('../dist/tensor/gradients');
const { Parameters, fanInUniform } = require('../dist/models/parameters');
const { convolution, dense } = require('../dist/models/layers');
const { createAdam } = require('../dist/models/adam');
const { readIdxImages, readIdxLabels } = require('../dist/dataset/idx');
const { permutation, randomStream } = require('../dist/rng');

const root = join(__dirname, '..');
const [folder = join(root, 'data', 'digits'), epochs = 8] = process.argv.slice(2);
const seed = 1;
const batch = 100;
const trainCount = 10_000;
const size = 28 * 28;

async function main() {
  const mnist = [join(root, 'data', 'mnist'), join(root, '..', 'shared', 'mnist')].find(existsSync);
  if (mnist === undefined) return console.log('SKIPPED: needs MNIST in data/mnist (aigc data get mnist)');
  await wasm.start();
  registerGradients();
  const train = await read(folder, 'train');
  const tests = { 'same set': await read(folder, 't10k'), MNIST: await read(mnist, 't10k') };
  const network = createNetwork();
  const start = performance.now();
  for (let epoch = 0; epoch < Number(epochs); epoch++) {
    const loss = trainEpoch(network, train, epoch);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.error(`epoch ${epoch + 1}/${epochs} · loss ${loss.toFixed(4)} · ${seconds} s`);
  }
  console.log(`| test set | accuracy | ${[...Array(10).keys()].join(' | ')} |\n|${'---|'.repeat(12)}`);
  for (const [name, test] of Object.entries(tests)) {
    const { accuracy, recall } = score(network, test);
    console.log(`| ${[name, accuracy, ...recall].map(percent).join(' | ')} |`);
  }
}

async function read(from, split) {
  const { pixels, count } = await readIdxImages(join(from, `${split}-images-idx3-ubyte.gz`));
  return { pixels, count, labels: await readIdxLabels(join(from, `${split}-labels-idx1-ubyte.gz`)) };
}

/** conv 5×5×16 and 5×5×32 of stride 2, dense 128, dense 10; ReLU between; Adam 1e-3. */
function createNetwork() {
  const parameters = new Parameters(seed);
  const layer = (make, name, inputs, outputs, window = 1) => {
    const kernel = { kind: 'uniform', limit: Math.sqrt(6) * fanInUniform(inputs * window).limit };
    return make(parameters, name, { inputs, outputs, size: 5, stride: 2, kernel });
  };
  const first = layer(convolution, 'first', 1, 16, 25); // (14, 14, 16)
  const second = layer(convolution, 'second', 16, 32, 25); // (7, 7, 32)
  const hidden = layer(dense, 'hidden', 7 * 7 * 32, 128);
  const output = layer(dense, 'output', 128, 10);
  const logits = (images) => {
    const features = tf.relu(second(tf.relu(first(images))));
    return output(tf.relu(hidden(tf.reshape(features, [-1, 7 * 7 * 32]))));
  };
  const setting = { beta1: 0.9, beta2: 0.999, epsilon: 1e-7, learningRate: 1e-3 };
  return { variables: parameters.trainable(), logits, adam: createAdam(parameters, '', setting) };
}

/** @returns the last step's cross-entropy, nats */
function trainEpoch({ variables, logits, adam }, { pixels, labels }, epoch) {
  const order = permutation(randomStream(seed, 'shuffle', epoch), trainCount);
  let loss = 0;
  for (let i = 0; i + batch <= trainCount; i += batch) {
    tf.tidy(() => {
      const picked = order.subarray(i, i + batch);
      const x = toImages(Array.from(picked, (k) => pixels.subarray(k * size, (k + 1) * size)));
      const y = oneHot(Array.from(picked, (k) => labels[k]));
      const { value, grads } = tf.variableGrads(() => crossEntropy(logits(x), y), variables);
      adam.update(grads, tf.scalar(adam.stepSize((epoch * trainCount + i) / batch)));
      loss = value.dataSync()[0];
    });
  }
  return loss;
}

function crossEntropy(logits, targets) {
  return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
}

function score({ logits }, { pixels, labels, count }) {
  const [right, total] = [new Float64Array(10), new Float64Array(10)];
  for (let i = 0; i < count; i += batch) {
    const read = tf.tidy(() => {
      const x = toImages([pixels.subarray(i * size, (i + batch) * size)]);
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

/** @returns [n, 28, 28, 1] in [0, 1] */
function toImages(parts) {
  const values = Float32Array.from(Buffer.concat(parts), (byte) => byte / 255);
  return tf.tensor4d(values, [values.length / size, 28, 28, 1]);
}

/** @returns [n, 10] */
function oneHot(labels) {
  const values = new Float32Array(labels.length * 10);
  labels.forEach((label, i) => {
    values[i * 10 + label] = 1;
  });
  return tf.tensor2d(values, [labels.length, 10]);
}

function percent(cell) {
  return typeof cell === 'number' ? `${(100 * cell).toFixed(1)}%` : cell;
}

main();
