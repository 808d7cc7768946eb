// The time and memory of all that `aigc evaluate` measures of samples but the accuracy score, at full size: 10,000 samples
// and 10,000 training images in their place, against 10,000 test images; 60,000 training images of 28×28 pixels; the
// network that comes with aigc. Run with: npm run build && node bench/sample-metrics.js [native|wasm] [share]

const tf = require('@tensorflow/tfjs-core');
const { metrics } = require('../dist/metrics');
const { compare } = require('../dist/metrics/comparison');
const { openFeatureNetwork } = require('../dist/metrics/features/feature-network');
const { drawDigits } = require('../dist/dataset/digits/digits');
const { loadDataSet } = require('../dist/dataset/load');
const { startBackend } = require('../dist/tensor');

const share = Number(process.argv[3] ?? 1);

async function main() {
  await startBackend(process.argv[2] ?? 'native');
  const [train, test, samples] = [60_000, 10_000, 10_000].map((count, i) =>
    drawDigits(count * share, 21 + i),
  );
  const { fingerprint } = await loadDataSet('digits', { dataFolder: 'data' });
  const data = { name: 'digits', train, test, fingerprint };
  const network = await openFeatureNetwork({ data, onStep: () => undefined });
  const timed = stopwatch();
  console.log('| what | s | CPU s | figures |\n|---|---|---|---|');
  const setting = { data, test, samples, seed: 1, hasTraining: true, network, given: undefined };
  const { ofSamples, ofReal } = await timed('features', () => compare(setting));
  for (const metric of metrics) {
    if (metric.of !== 'samples' || metric.slow) continue;
    await timed(metric.name, async () => {
      const figures = await metric.measure(ofSamples);
      if (ofReal && metric.hasRealFloor) await metric.measure(ofReal);
      return figures;
    });
  }
  network.dispose();
  const { seconds, cpuSeconds } = timed.total;
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    `\n${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU, at most ${peak.toFixed(0)} MB, ${tf.memory().numTensors} tensors left`,
  );
}

/** Times what it is given, and prints what comes of it where that is figures. */
function stopwatch() {
  const total = { seconds: 0, cpuSeconds: 0 };
  /** @template T @param {string} name @param {() => Promise<T>} work */
  const timed = async (name, work) => {
    const [start, before] = [performance.now(), process.cpuUsage()];
    const found = await work();
    const seconds = (performance.now() - start) / 1000;
    const { user, system } = process.cpuUsage(before);
    const cpuSeconds = (user + system) / 1e6;
    total.seconds += seconds;
    total.cpuSeconds += cpuSeconds;
    const figures = Object.entries(/** @type {object} */ (found)).filter(
      ([, { mean }]) => mean !== undefined,
    );
    const list = figures.map(
      ([figure, { mean, standardError }]) => `${figure} ${mean.toFixed(4)} ± ${standardError.toFixed(4)}`,
    );
    console.log(`| ${name} | ${seconds.toFixed(1)} | ${cpuSeconds.toFixed(1)} | ${list.join(', ')} |`);
    return found;
  };
  return Object.assign(timed, { total });
}

main();
