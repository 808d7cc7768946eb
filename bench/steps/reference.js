// Writes what every contestant starts from: a family's initial weights, and the indices and noise of the first steps,
// whose losses are compared; prints the settings of the training and the backends that work here.
// `node bench/steps/reference.js FAMILY DATA FILE`
const { writeFileSync } = require('node:fs');
const { backends, startBackend } = require('../../dist/tensor');
const { encodeSafetensors } = require('../../dist/run/safetensors');
const { readVariables } = require('../../dist/run/variables');
const { checkSteps, openRun, sourceOf } = require('./run');
const { gatherInputs } = require('../../dist/training/stepper');

/** @param {string[]} words */
async function main([familyName, data, file]) {
  await startBackend('cpu');
  const run = await openRun(familyName, data);
  const tensors = await readVariables(run.model);
  for (const name of tensors.keys()) if (name.startsWith('adam.')) tensors.delete(name);
  const source = sourceOf(run);
  const steps = Array.from({ length: checkSteps }, (_, step) => step);
  for (const [name, { shape }] of Object.entries(run.model.noise(Number(run.batchSize), 0))) {
    const noise = steps.map((step) => gatherInputs(source, step).noise[name]);
    tensors.set(`check.noise.${name}`, { shape: [checkSteps, ...shape], values: concatenate(noise) });
  }
  tensors.set('check.indices', {
    shape: [checkSteps, Number(run.batchSize)],
    values: concatenate(steps.map((step) => Float32Array.from(source.plan.indicesOf(step)))),
  });
  writeFileSync(file, encodeSafetensors(tensors));
  const working = [];
  for (const { name, check } of backends) if ((await check()).available) working.push(name);
  process.stdout.write(JSON.stringify({ settings: settingsOf(run), backends: working }));
}

/** Rates by the part of the model that they train; Adam's constants are the same for all parts. */
function settingsOf({ family, options }) {
  const { batchSize, latentDim, importanceSamples } = options;
  const { generatorLearningRate, discriminatorLearningRate, learningRate } = options;
  const rates = generatorLearningRate
    ? { generator: generatorLearningRate, discriminator: discriminatorLearningRate }
    : { model: learningRate };
  const { beta1 = 0.9, beta2 = 0.999 } = options;
  const epsilon = family.name === 'iwae' ? 1e-4 : 1e-8;
  return { batchSize, latentDim, importanceSamples, rates, beta1, beta2, epsilon };
}

function concatenate(parts) {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

main(process.argv.slice(2));
