// A family's model, data and batch order, as `aigc train` would make them with its defaults; but a GAN keeps no average
// of its generator's weights unless asked to, because the peers keep none.
const { planBatches } = require('../../dist/dataset/batches');
const { pixelMean } = require('../../dist/dataset/blocks');
const { loadDataSet } = require('../../dist/dataset/load');
const { familyOptions, findFamily } = require('../../dist/models');
const { createCompiledStepper, createStepper } = require('../../dist/training/compiled-stepper');

const seed = 1;

/** The steps at the start whose losses every contestant must agree on. */
const checkSteps = 3;

/** @param data what --data takes @param average whether a GAN keeps it; AIGC_BENCH_BATCH: another batch size than the default */
async function openRun(familyName, data, average = false) {
  const family = findFamily(familyName);
  const { train } = await loadDataSet(data, { dataFolder: 'data' });
  const chosen = 'ema' in family.options && !average ? { ema: 0 } : {};
  const batch = process.env.AIGC_BENCH_BATCH;
  const options = familyOptions(family, {}, { ...chosen, ...(batch && { batchSize: Number(batch) }) });
  const { height, width, channels, classCount } = train;
  const image = { height, width, channels };
  const model = family.create({ image, classCount, pixelMean: pixelMean(train), seed, options });
  return { family, model, options, set: train, batchSize: options.batchSize };
}

/** What `gatherInputs` reads. */
function sourceOf({ family, model, set, batchSize }) {
  const plan = planBatches(set.count, batchSize, seed);
  return { model, set, plan, range: family.pixelRange, seed };
}

/** @param mode off, graph, xla, or graph-N: with N steps in a chain */
function makeStepper({ family, model, set, batchSize }, mode) {
  const chain = /^graph-(\d+)$/.exec(mode);
  if (chain) {
    const chaining = { steps: Number(chain[1]) };
    return createCompiledStepper(model, set, batchSize, family.pixelRange, 'graph', chaining);
  }
  return createStepper(model, set, batchSize, family.pixelRange, mode === 'off' ? undefined : mode);
}

module.exports = { openRun, makeStepper, sourceOf, checkSteps, seed };
