// Trains one family on one backend in one compile mode, as bench/steps.js asks by lines of JSON on stdin, with the
// stepper and the inputs of src/training/loop.ts. `node bench/steps/child.js FAMILY BACKEND off|graph|xla DATA [average]`.
const { startBackend } = require('../../dist/tensor');
const { gatherInputs } = require('../../dist/training/stepper');
const { checkSteps, makeStepper, openRun, sourceOf } = require('./run');
const { serve } = require('./serve');

/** @param {string[]} words */
async function main([familyName, backendName, mode, data, average]) {
  const { detail } = await startBackend(backendName);
  const run = await openRun(familyName, data, average === 'average');
  const source = sourceOf(run);
  const stepper = makeStepper(run, mode);
  const firstLosses = [];
  let done = 0;
  await serve({
    versions: { [`aigc ${backendName}`]: detail, Node: process.versions.node },
    step: async (read) => {
      const losses = await stepper.run(gatherInputs(source, done), read || done < checkSteps);
      if (done < checkSteps) firstLosses.push(losses);
      done += 1;
    },
    check: () => firstLosses,
  });
}

main(process.argv.slice(2));
