// What generated images bring to a classifier that has few labelled ones. A small network learns to read digits from
// --data alone, from --data and images that a conditional model drew, and from --data moved about by a pixel or two,
// which is what people would do anyhow; it reads the test split of --data. Every row takes as many steps.
//
//   npx aigc data subset mnist --per-class 100 --out mnist-1000
//   npx aigc train --model cgan --data mnist-1000 --out cgan-1000
//   mkdir drawn
//   npx aigc sample --checkpoint cgan-1000 --labels 0-9 --count 10000 --out drawn/train-images-idx3-ubyte.gz
//   npm run build && node bench/augmentation.js --data mnist-1000 --synthetic drawn
//
// [--counts 1000,3000,10000] [--seeds 5] [--steps 1000] [--json]. The model that drew must have seen --data and no more.

const { parseArgs } = require('node:util');
const { loadDataSet } = require('../dist/dataset/load');
const { indicesByLabel } = require('../dist/dataset/split');
const { permutation, randomStream } = require('../dist/rng');
const reader = require('./digit-reader');

const { batch, digits, side } = reader;
/** How far an image is moved at most, each way, pixels. */
const reach = 2;

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    synthetic: { type: 'string' },
    counts: { type: 'string', default: '1000,3000,10000' },
    seeds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '1000' },
    json: { type: 'boolean', default: false },
  },
});

async function main() {
  const seeds = Array.from({ length: atLeastOne('seeds') }, (_, i) => i + 1);
  const steps = atLeastOne('steps');
  const { train: real, test } = await labelled('data');
  if (test === undefined) throw new Error(`${flags.data} has no test split.`);
  const drawn = (await labelled('synthetic')).train;
  await reader.startReading();
  const conditions = conditionsOf(real, drawn);
  /** @type {Map<string, number[]>} */
  const accuracies = new Map(conditions.map(({ name }) => [name, []]));
  const start = performance.now();
  // Seed by seed, so that what is there after a stop is a fair comparison.
  for (const seed of seeds) {
    for (const { name, pool, moved } of conditions) {
      const accuracy = measure(pool, moved, { seed, steps, test });
      accuracies.get(name)?.push(accuracy);
      const seconds = ((performance.now() - start) / 1000).toFixed(0);
      console.error(`seed ${seed}/${seeds.length} · ${name} · ${reader.percent(accuracy, 2)} · ${seconds} s`);
    }
  }
  report(conditions, accuracies, { steps, seeds, test });
}

/** What is trained on, the row that the others are compared with first. */
function conditionsOf(real, drawn) {
  const pools = flags.counts.split(',').map((word) => {
    const some = sameOfEach(drawn, Number(word));
    return { count: some.length, pool: [...listed(real), ...some] };
  });
  const many = (count) => count.toLocaleString('en-US');
  const alone = `${many(real.count)} labelled`;
  return [
    { name: alone, pool: listed(real), moved: false },
    ...pools.map(({ count, pool }) => ({ name: `${alone} + ${many(count)} generated`, pool, moved: false })),
    { name: `${alone}, moved`, pool: listed(real), moved: true },
    ...pools
      .slice(-1)
      .map(({ count, pool }) => ({ name: `${alone} + ${many(count)} generated, moved`, pool, moved: true })),
  ];
}

function listed(set) {
  return Array.from(set.labels, (label, index) => ({ image: reader.imageOf(set, index), label }));
}

/** The first images of each label, as many of each. */
function sameOfEach(set, count) {
  if (!Number.isInteger(count) || count < digits) throw new Error(`--counts must be numbers from ${digits}.`);
  const each = Math.floor(count / digits);
  return indicesByLabel(set).flatMap((indices, label) => {
    if (indices.length < each)
      throw new Error(
        `--synthetic has ${indices.length} images of label ${label}, --counts asks for ${each}.`,
      );
    return indices.slice(0, each).map((index) => ({ image: reader.imageOf(set, index), label }));
  });
}

/** Trains a network from its beginning. @returns the share of the test images that it reads right at its last step */
function measure(pool, moved, { seed, steps, test }) {
  const network = reader.createReader(seed);
  const perEpoch = Math.floor(pool.length / batch);
  /** @type {Uint32Array} */
  let order = new Uint32Array();
  for (let step = 0; step < steps; step++) {
    const place = step % perEpoch;
    if (place === 0) order = permutation(randomStream(seed, 'shuffle', step / perEpoch), pool.length);
    const picked = Array.from(order.subarray(place * batch, (place + 1) * batch), (index) => pool[index]);
    const stream = randomStream(seed, 'moves', step);
    const images = picked.map(({ image }) => (moved ? move(image, stream) : image));
    const labels = picked.map(({ label }) => label);
    reader.trainStep(network, images, labels, step);
  }
  const { accuracy } = reader.score(network, test);
  network.dispose();
  return accuracy;
}

/** Moves an image by up to `reach` pixels down or up and across; what comes in is background. */
function move(image, stream) {
  const [down, across] = [stream.integer(2 * reach + 1) - reach, stream.integer(2 * reach + 1) - reach];
  const moved = new Uint8Array(image.length);
  for (let y = Math.max(0, down); y < Math.min(side, side + down); y++) {
    const from = (y - down) * side;
    const row = image.subarray(from + Math.max(0, -across), from + Math.min(side, side - across));
    moved.set(row, y * side + Math.max(0, across));
  }
  return moved;
}

function report(conditions, accuracies, { steps, seeds, test }) {
  const rows = conditions.map(({ name }) => ({ name, ...spread(accuracies.get(name)) }));
  if (flags.json) return console.log(JSON.stringify({ steps, batch, seeds, testCount: test.count, rows }));
  console.log(
    `Test accuracy on ${test.count} images after ${steps} steps of ${batch}, ${seeds.length} seeds.\n`,
  );
  console.log(
    '| trained on | mean | ± sd | lowest | highest | beside the first row |\n|---|---|---|---|---|---|',
  );
  for (const { name, mean, deviation, lowest, highest } of rows) {
    const gain = mean - rows[0].mean;
    const cells = [mean, deviation, lowest, highest].map((share) => reader.percent(share, 2));
    console.log(
      `| ${[name, ...cells, `${gain < 0 ? '−' : '+'}${Math.abs(100 * gain).toFixed(2)}`].join(' | ')} |`,
    );
  }
}

function spread(values) {
  const mean = values.reduce((a, b) => a + b) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = Math.sqrt(square / Math.max(1, values.length - 1));
  return { mean, deviation, lowest: Math.min(...values), highest: Math.max(...values), values };
}

async function labelled(name) {
  if (flags[name] === undefined) throw new Error(`--${name} FOLDER is needed.`);
  const set = await loadDataSet(flags[name], { dataFolder: 'data' });
  const { height, width, channels, labels, classCount } = set.train;
  if (labels === undefined) throw new Error(`${flags[name]} has no labels.`);
  if (height !== side || width !== side || channels !== 1 || classCount !== digits)
    throw new Error(
      `${flags[name]} is ${height}×${width}×${channels} of ${classCount} classes, expected 28×28×1 of 10.`,
    );
  return set;
}

function atLeastOne(name) {
  const number = Number(flags[name]);
  if (Number.isInteger(number) && number >= 1) return number;
  throw new Error(`--${name} must be a whole number from 1.`);
}

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
