// The losses of every family's first steps on one backend, op by op and as a graph: what contract.test.ts holds equal, where
// there is no jest. `node bench/gpu/contract.js BACKEND DATA [FAMILIES]`; a line of JSON a family and mode.
const { families } = require('../../dist/models');
const { startBackend } = require('../../dist/tensor');
const { canCompile } = require('../../dist/tensor/compile/compile');
const { gatherInputs } = require('../../dist/training/stepper');
const { checkSteps, makeStepper, openRun, sourceOf } = require('../steps/run');

/** @param {string[]} words */
async function main([backend, data, only]) {
  process.env.AIGC_BENCH_BATCH ??= '8';
  await startBackend(backend);
  const wanted = only?.split(',');
  for (const { name } of families.filter((family) => !wanted || wanted.includes(family.name))) {
    for (const mode of canCompile() ? ['off', 'graph'] : ['off']) {
      process.stdout.write(
        `${JSON.stringify({ family: name, mode, ...(await firstLosses(name, data, mode)) })}\n`,
      );
    }
  }
}

async function firstLosses(name, data, mode) {
  try {
    const run = await openRun(name, data);
    const stepper = makeStepper(run, mode);
    const losses = [];
    for (let step = 0; step < checkSteps; step++) {
      losses.push(await stepper.run(gatherInputs(sourceOf(run), step), true));
    }
    run.model.dispose();
    return { losses };
  } catch (error) {
    return { failure: String(error instanceof Error ? error.message : error) };
  }
}

main(process.argv.slice(2));
