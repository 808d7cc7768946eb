// The time and memory of every metric of samples at full size: 10,000 samples, 10,000 test and 60,000 training images
// of 28×28 pixels, 128 features, 10 classes. Run with: npm run build && node bench/sample-metrics.js [native|wasm] [share]

const tf = require('@tensorflow/tfjs-core');
const { metrics } = require('../dist/metrics');
const { drawDigits } = require('../dist/dataset/digits/digits');
const { normals, randomStream } = require('../dist/rng');
const { startBackend } = require('../dist/tensor');

const share = Number(process.argv[3] ?? 1);
const featureCount = 128;
const classCount = 10;

async function main() {
  await startBackend(process.argv[2] ?? 'native');
  const [train, test, samples] = [60_000, 10_000, 10_000].map((count, i) =>
    drawDigits(count * share, 21 + i),
  );
  const evaluation = { train, test: measured(test), samples: measured(samples), seed: 1 };
  let total = 0;
  console.log('| metric | s | CPU s | figures |\n|---|---|---|---|');
  for (const metric of metrics.filter(({ of }) => of === 'samples')) {
    const start = performance.now();
    const before = process.cpuUsage();
    const figures = await /** @type {import('../dist/metrics/metric').SampleMetric} */ (metric).measure(
      evaluation,
    );
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(before);
    total += seconds;
    const list = Object.entries(figures).map(
      ([name, { mean, standardError }]) => `${name} ${mean.toFixed(4)} ± ${standardError.toFixed(4)}`,
    );
    console.log(
      `| ${metric.name} | ${seconds.toFixed(1)} | ${((user + system) / 1e6).toFixed(1)} | ${list.join(', ')} |`,
    );
  }
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    `\n${total.toFixed(1)} s, at most ${peak.toFixed(0)} MB, ${tf.memory().numTensors} tensors left`,
  );
}

/** With a random layer for a network: 128 rectified features, and the softmax of ten more. */
function measured(set) {
  const size = set.pixels.length / set.count;
  const weights = normals(randomStream(1, 'bench/layer'), size * (featureCount + classCount));
  const [features, probabilities] = tf.tidy(() => {
    const pixels = tf.div(tf.tensor2d(Float32Array.from(set.pixels), [set.count, size]), 255);
    const layer = tf.matMul(pixels, tf.tensor2d(weights, [size, featureCount + classCount]));
    const hidden = tf.relu(tf.slice(layer, [0, 0], [-1, featureCount]));
    return [hidden, tf.softmax(tf.slice(layer, [0, featureCount], [-1, classCount]))].map((x) =>
      x.dataSync(),
    );
  });
  return { ...set, features, featureCount, probabilities, classCount };
}

main();
