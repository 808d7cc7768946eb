// Milliseconds a training step, op by op, as one graph, and compiled by XLA: in turns, losses read every step.
// npm run bench:compile -- [vae|gan|dcgan] [steps a turn] [turns] [folder of MNIST]
const { planBatches } = require('../dist/dataset/batches');
const { loadDataSet } = require('../dist/dataset/load');
const { familyOptions, findFamily } = require('../dist/models');
const { startBackend } = require('../dist/tensor');
const { createStepper } = require('../dist/training/compiled-stepper');
const { gatherInputs } = require('../dist/training/stepper');

const modes = { off: undefined, graph: 'graph', xla: 'xla' };
const warmUp = 8;
const seed = 1;

/** @param {string[]} words */
async function main([name = 'vae', steps = '100', turns = '5', data = 'mnist']) {
  await startBackend('native');
  const { train } = await loadDataSet(data, { dataFolder: 'data' });
  const runs = Object.entries(modes).map(([mode, compiler]) => ({
    mode,
    times: /** @type {number[]} */ ([]),
    ...open(name, train, compiler),
  }));
  for (const run of runs) await time(run, warmUp);
  for (let turn = 0; turn < Number(turns); turn++) {
    for (const run of runs) run.times.push(await time(run, Number(steps)));
  }
  const eager = median(runs[0].times);
  for (const { mode, times } of runs) {
    const each = times.map((ms) => ms.toFixed(2)).join(' ');
    const ms = median(times);
    console.log(
      `${name} ${mode.padEnd(5)} ${ms.toFixed(2)} ms, ${(eager / ms).toFixed(2)}× of op by op (${each})`,
    );
  }
}

function open(name, set, compiler) {
  const family = findFamily(name);
  const options = familyOptions(family, {}, {});
  const batchSize = Number(options.batchSize);
  const { height, width, channels } = set;
  const image = { height, width, channels };
  const model = family.create({ image, classCount: 0, pixelMean: 0.13, seed, options });
  const range = family.pixelRange;
  const source = { model, set, plan: planBatches(set.count, batchSize, seed), range, seed };
  return { source, step: 0, stepper: createStepper(model, set, batchSize, range, compiler) };
}

/** @returns milliseconds a step */
async function time(run, steps) {
  const start = performance.now();
  for (let i = 0; i < steps; i++) await run.stepper.run(gatherInputs(run.source, run.step++), true);
  return (performance.now() - start) / steps;
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

main(process.argv.slice(2));
