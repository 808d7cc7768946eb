// How much the built-in digits are like real handwriting: a small convolutional network learns from the 10,000 of them
// and reads MNIST's 10,000 test images. Run with: npm run build && node bench/digits-transfer.js [FOLDER] [EPOCHS]
// FOLDER holds the images to train on, data/digits unless given; give MNIST's own for the ceiling.

const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { readIdxImages, readIdxLabels } = require('../dist/dataset/readers/idx');
const { permutation, randomStream } = require('../dist/rng');
const { batch, createReader, imageOf, percent, score, startReading, trainStep } = require('./digit-reader');

const root = join(__dirname, '..');
const [folder = join(root, 'data', 'digits'), epochs = 8] = process.argv.slice(2);
const seed = 1;
const trainCount = 10_000;

async function main() {
  const mnist = [join(root, 'data', 'mnist'), join(root, '..', 'shared', 'mnist')].find(existsSync);
  if (mnist === undefined) return console.log('SKIPPED: needs MNIST in data/mnist (aigc data get mnist)');
  await startReading();
  const train = await read(folder, 'train');
  const tests = { 'same set': await read(folder, 't10k'), MNIST: await read(mnist, 't10k') };
  const reader = createReader(seed);
  const start = performance.now();
  for (let epoch = 0; epoch < Number(epochs); epoch++) {
    const loss = trainEpoch(reader, train, epoch);
    const seconds = ((performance.now() - start) / 1000).toFixed(0);
    console.error(`epoch ${epoch + 1}/${epochs} · loss ${loss.toFixed(4)} · ${seconds} s`);
  }
  console.log(`| test set | accuracy | ${[...Array(10).keys()].join(' | ')} |\n|${'---|'.repeat(12)}`);
  for (const [name, test] of Object.entries(tests)) {
    const { accuracy, recall } = score(reader, test);
    console.log(`| ${[name, ...[accuracy, ...recall].map((share) => percent(share))].join(' | ')} |`);
  }
}

async function read(from, split) {
  const { pixels, count } = await readIdxImages(join(from, `${split}-images-idx3-ubyte.gz`));
  return { pixels, count, labels: await readIdxLabels(join(from, `${split}-labels-idx1-ubyte.gz`)) };
}

/** @returns the last step's cross-entropy, nats */
function trainEpoch(reader, train, epoch) {
  const order = permutation(randomStream(seed, 'shuffle', epoch), trainCount);
  let loss = 0;
  for (let i = 0; i + batch <= trainCount; i += batch) {
    const picked = Array.from(order.subarray(i, i + batch));
    const images = picked.map((k) => imageOf(train, k));
    const labels = picked.map((k) => train.labels[k]);
    loss = trainStep(reader, images, labels, (epoch * trainCount + i) / batch);
  }
  return loss;
}

main();
