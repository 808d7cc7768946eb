#!/bin/sh
# TensorFlow.js 4.22.0 (@tensorflow/tfjs, backend cpu): the second derivative through tf.logSoftmax
#
# Expected: tf.grad of a function of tf.grad is the second derivative, or an error where there is none.
# Seen: what logSoftmax keeps for its gradient is a copy that no longer depends on the input. Alone it throws "Cannot
# compute gradient of y=f(x)"; beside any other path to the input there is no error, and that part of the second derivative
# is missing: by up to a fifth here, against finite differences. Written as x − log Σ exp x it is wrong too, for tf.exp's
# gradient reads its own saved result in the same way.
# For who trains: a gradient penalty (WGAN-GP, R1) on a discriminator with an auxiliary classifier's cross-entropy trains
# on a wrong gradient. aigc has a log softmax and gradients of its own (src/tensor/ops/log-softmax.ts,
# src/tensor/gradients) and refuses the stock one there.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @tensorflow/tfjs@4.22.0
cat >look.js <<'JS'
const tf = require('@tensorflow/tfjs');

const at = [0.3, -0.7, 1.1];
const stock = (x) => tf.logSoftmax(x);
const ofOps = (x) => {
  const shifted = tf.sub(x, Math.max(...at));
  return tf.sub(shifted, tf.log(tf.sum(tf.exp(shifted))));
};
const alone = (logSoftmax) => (x) => tf.sum(tf.mul([1, -2, 0.5], logSoftmax(x)));
const beside = (logSoftmax) => (x) => tf.sum(tf.mul(x, logSoftmax(x)));
const penalty = (loss) => (x) => tf.sum(tf.square(tf.grad(loss)(x)));

function byTape(loss) {
  try {
    return [...tf.grad(penalty(loss))(tf.tensor1d(at)).dataSync()];
  } catch (error) {
    return error.message;
  }
}

function byDifferences(loss, h = 1e-2) {
  const moved = (i, by) => penalty(loss)(tf.tensor1d(at.map((v, j) => (i === j ? v + by : v)))).dataSync()[0];
  return at.map((_, i) => (moved(i, h) - moved(i, -h)) / (2 * h));
}

async function look() {
  await tf.setBackend('cpu');
  const error = byTape(alone(stock));
  const near = (a, b) => a.every((v, i) => Math.abs(v - b[i]) < 0.01 * (1 + Math.abs(b[i])));
  const truth = byDifferences(beside(stock));
  const wrong = byTape(beside(stock));
  const ofOpsToo = byTape(beside(ofOps));
  console.log('TensorFlow.js', tf.version_core);
  console.log('logSoftmax alone:', error);
  console.log('gradient of |dL/dx|², L = Σ x·logSoftmax(x)');
  console.log('  by finite differences: ', truth.map((v) => v.toFixed(3)).join(' '));
  console.log('  by tf.grad:            ', wrong.map((v) => v.toFixed(3)).join(' '));
  console.log('  tf.grad, x − log Σ exp:', ofOpsToo.map((v) => v.toFixed(3)).join(' '));
  if (typeof error === 'string' && !near(wrong, truth) && !near(ofOpsToo, truth)) return;
  console.error('CHANGED: the first threw, the other two differed from the finite differences');
  process.exit(1);
}
look();
JS
node look.js 2>errors || { cat errors; exit 1; } # without TensorFlow.js's greeting
