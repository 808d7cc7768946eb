// GFLOP/s of matrix products on the wasm backend of the build in ROOT, the best of many: node products.js ROOT THREADS SHAPES
const { join } = require('node:path');

const [root, threads, shapes] = process.argv.slice(2);
const tf = require(require.resolve('@tensorflow/tfjs-core', { paths: [root] }));
const { startBackend } = require(join(root, 'dist/tensor'));

const millisecondsEach = 400;

async function main() {
  await startBackend('wasm', threads ? Number(threads) : undefined);
  const rates = JSON.parse(shapes).map(([, ...shape]) => rateOf(...shape));
  console.log(JSON.stringify({ rates }));
  process.exit(0);
}

function rateOf(rows, depth, columns, transposeA, transposeB) {
  const a = random(transposeA ? [depth, rows] : [rows, depth]);
  const b = random(transposeB ? [columns, depth] : [depth, columns]);
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + millisecondsEach;
  while (performance.now() < end) {
    const start = performance.now();
    tf.matMul(a, b, transposeA, transposeB).dispose();
    best = Math.min(best, performance.now() - start);
  }
  tf.dispose([a, b]);
  return (2 * rows * depth * columns) / (best * 1e6);
}

function random(shape) {
  const values = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(1.7 * i));
  return tf.tensor2d(values, shape);
}

main();
