// Precision, recall, density and coverage of 10,000 points against 10,000, both of N(0, I) in 1,000 dimensions, k = 5:
// prdc gave 0.4772, 0.4705, 1.0555 and 0.9735. Run with: npm run build && node bench/prdc.js [native|wasm] [seed]

const { measureDensityCoverage } = require('../dist/metrics/density-coverage');
const { measurePrecisionRecall } = require('../dist/metrics/precision-recall');
const { normals, randomStream } = require('../dist/rng');
const { startBackend } = require('../dist/tensor');

const count = 10_000;
const featureCount = 1000;
const seed = Number(process.argv[3] ?? 1);

async function main() {
  await startBackend(process.argv[2] ?? 'native');
  const [test, samples] = ['test', 'samples'].map((name) => ({
    count,
    featureCount,
    height: 0,
    width: 0,
    channels: 0,
    pixels: new Uint8Array(),
    classCount: 0,
    features: normals(randomStream(seed, `bench/${name}`), count * featureCount),
  }));
  const figures = {
    ...(await measurePrecisionRecall(samples, test, 5)),
    ...(await measureDensityCoverage(samples, test, 5)),
  };
  for (const [name, { mean, standardError }] of Object.entries(figures))
    console.log(`${name} ${mean.toFixed(4)} ± ${standardError.toFixed(4)}`);
  console.log(
    `${process.cpuUsage().user / 1e6} s of CPU, at most ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
  );
}

main();
