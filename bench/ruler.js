// `npm run ruler`: real images are damaged in known ways, and every figure of samples must notice, or must not mind:
// the checks of Räisä et al. 2025, arxiv.org/abs/2505.22450, on images. Writes docs/ruler.md. With the folder of MNIST
// as a word on that set, else on ../shared/mnist where that is, else on the digits that come with aigc.
const { existsSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { loadDataSet } = require('../dist/dataset/load');
const { metrics } = require('../dist/metrics');
const { openFeatureNetwork } = require('../dist/metrics/features/feature-network');
const { startBackend } = require('../dist/tensor');
const { checks, judge, roles, worseSide } = require('./ruler/checks');
const { page } = require('./ruler/page');
const { some } = require('./ruler/damage');

const root = join(__dirname, '..');
const shared = join(root, '..', 'shared', 'mnist');
const count = 2000;

async function main() {
  await startBackend('auto');
  const data = await loadDataSet(process.argv[2] ?? (existsSync(shared) ? shared : 'digits'), {
    dataFolder: 'data',
  });
  const network = await openFeatureNetwork({ data, onStep: (step, steps) => console.error(step, steps) });
  const test = some(/** @type {any} */ (data.test), count, 'test');
  const [samples, train] = halves(data.train);
  const measure = async (of, against) => {
    const evaluation = {
      samples: await network.measure(of),
      test: await network.measure(against),
      train,
      seed: 1,
    };
    const found = {};
    for (const metric of metrics) {
      if (metric.of !== 'samples' || metric.slow) continue;
      if (!metric.figures.some(({ name }) => roles[name])) continue;
      Object.assign(found, await metric.measure(evaluation));
    }
    return found;
  };
  const whole = await measure(samples, test);
  const results = [];
  for (const check of checks) {
    const from = check.fromTrain ? some(train, count, 'copied') : samples;
    const levels = [];
    for (const level of check.levels)
      levels.push(await measure(check.samples(from, level), check.test ? check.test(test, level) : test));
    results.push({ check, values: [whole, ...levels] });
    console.error(check.name);
  }
  const specs = metrics.flatMap(({ figures }) => figures).filter(({ name }) => roles[name]);
  const rows = specs.map((spec) => ({
    spec,
    role: roles[spec.name],
    cells: results.map(({ check, values }) => {
      const own = values.map((value) => value[spec.name]);
      const worse = worseSide[spec.name] ?? (spec.better === 'lower' ? 'higher' : 'lower');
      return { passes: judge(check.wanted[roles[spec.name]], worse, own), values: own };
    }),
  }));
  network.dispose();
  const name = /mnist/.test(data.name) ? 'MNIST' : 'the built-in digits';
  writeFileSync(join(root, 'docs', 'ruler.md'), page({ name, count, checks, rows }));
}

/** Samples, and training images among which they are not. */
function halves(all) {
  const mixed = some(all, Math.min(all.count, 10_000 + count), 'halves');
  const size = mixed.pixels.length / mixed.count;
  const part = (from, to) => ({
    ...mixed,
    count: to - from,
    pixels: mixed.pixels.subarray(from * size, to * size),
    labels: mixed.labels?.subarray(from, to),
  });
  return [part(0, count), part(count, mixed.count)];
}

main();
