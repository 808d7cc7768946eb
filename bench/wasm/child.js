// Trains a family on the wasm backend of the build in ROOT, a window at a time: node child.js ROOT FAMILY [THREADS]
const { createHash } = require('node:crypto');
const { join } = require('node:path');

const [root, family, threads] = process.argv.slice(2);
const { startBackend } = require(join(root, 'dist/tensor'));
const { openRun, makeStepper, sourceOf } = require(join(root, 'bench/steps/run.js'));
const { gatherInputs } = require(join(root, 'dist/training/stepper'));

const warmUp = 3;
/** The build of before, which is given no number of threads, knows no other on this backend. */
const mode = threads ? 'graph' : 'off';

const send = (message) => process.send?.(message);

async function main() {
  await startBackend('wasm', threads ? Number(threads) : undefined);
  const run = await openRun(family, 'digits');
  const source = sourceOf(run);
  let stepper = makeStepper(run, mode);
  let step = 0;
  const train = async (count) => {
    for (let i = 0; i < count; i++, step++) await stepper.run(gatherInputs(source, step), step % 10 === 9);
  };
  await train(warmUp);
  send('ready');
  process.on('message', async ({ seconds, finish }) => {
    if (finish) {
      // The same steps for all, whatever their windows held.
      stepper.dispose();
      run.model.dispose();
      const fresh = { ...run, model: await reopened() };
      stepper = makeStepper(fresh, mode);
      step = 0;
      await train(finish);
      await stepper.settle();
      send({ hash: hashOf(fresh.model), peakMb: process.resourceUsage().maxRSS / 1024 });
      return;
    }
    const start = performance.now();
    const cpu = process.cpuUsage();
    const first = step;
    do await train(1);
    while (performance.now() - start < 1000 * seconds);
    const { user, system } = process.cpuUsage(cpu);
    send({ ms: (performance.now() - start) / (step - first), cpuSeconds: (user + system) / 1e6 });
  });
}

async function reopened() {
  return (await openRun(family, 'digits')).model;
}

function hashOf(model) {
  const hash = createHash('sha256');
  for (const [name, variable] of model.variables)
    hash.update(name).update(new Uint8Array(variable.dataSync().buffer));
  return hash.digest('hex').slice(0, 12);
}

main();
