// The floor of a family's step: its matrix products and convolutions alone, in their order and on random numbers.
// `node bench/steps/floor.js FAMILY BACKEND DATA`. A step cannot be faster unless these are.
const tf = require('@tensorflow/tfjs-core');
const { normals, randomStream } = require('../../dist/rng');
const { startBackend } = require('../../dist/tensor');
const { gatherInputs } = require('../../dist/training/stepper');
const { makeStepper, openRun, sourceOf } = require('./run');
const { serve } = require('./serve');

/** The kernels that count, and what to run for them: a fused one without its bias. */
const kernels = {
  BatchMatMul: 'BatchMatMul',
  _FusedMatMul: 'BatchMatMul',
  Conv2D: 'Conv2D',
  FusedConv2D: 'Conv2D',
  Conv2DBackpropInput: 'Conv2DBackpropInput',
  Conv2DBackpropFilter: 'Conv2DBackpropFilter',
};
const operands = {
  BatchMatMul: ['a', 'b'],
  Conv2D: ['x', 'filter'],
  Conv2DBackpropInput: ['dy', 'filter'],
  Conv2DBackpropFilter: ['x', 'dy'],
};

async function main([familyName, backendName, data]) {
  await startBackend(backendName);
  const run = await openRun(familyName, data);
  const calls = (await recordStep(run)).map(prepare);
  run.model.dispose();
  await serve({
    versions: {},
    step: async () => {
      let last;
      for (const call of calls) {
        last?.dispose();
        last = call();
      }
      await last.data();
      last.dispose();
    },
    check: () => ({ calls: calls.length }),
  });
}

/** The kernel calls that the results of one eager step hang on, as far as they count: kernels, shapes, attributes. */
async function recordStep(run) {
  const stepper = makeStepper(run, 'off');
  const inputs = gatherInputs(sourceOf(run), 0);
  const calls = await recordCalls(() => stepper.run(inputs, true));
  const wanted = new Set([...run.model.variables.values()].map((variable) => variable.dataId));
  const counted = [];
  // Backwards, so that a product whose result nobody reads is left out.
  for (const { name, inputs, attributes, outputs } of calls.reverse()) {
    if (!outputs.some(({ dataId }) => wanted.has(dataId))) continue;
    for (const input of Object.values(inputs)) if (input) wanted.add(input.dataId);
    const kernel = kernels[name];
    if (!kernel) continue;
    const shapes = operands[kernel].map((operand) => inputs[operand].shape);
    counted.unshift({ kernel, shapes, attributes });
  }
  return counted;
}

/** Every kernel that `work` calls, but not those that kernels call. */
async function recordCalls(work) {
  const engine = tf.engine();
  const { runKernelFunc } = engine;
  const calls = [];
  let inside = false;
  engine.runKernelFunc = (call) => {
    if (inside || !call.kernelName) return runKernelFunc.call(engine, call);
    inside = true;
    try {
      const outputs = runKernelFunc.call(engine, call);
      const { kernelName: name, inputs, attrs: attributes } = call;
      calls.push({ name, inputs: { ...inputs }, attributes, outputs: [outputs].flat() });
      return outputs;
    } finally {
      inside = false;
    }
  };
  try {
    await work();
  } finally {
    engine.runKernelFunc = runKernelFunc;
  }
  return calls;
}

function prepare({ kernel, shapes, attributes }, at) {
  const inputs = Object.fromEntries(
    operands[kernel].map((name, i) => {
      const stream = randomStream(1, `floor/${name}`, at);
      return [name, tf.tensor(normals(stream, tf.util.sizeFromShape(shapes[i])), shapes[i])];
    }),
  );
  return () => tf.engine().runKernel(kernel, inputs, attributes);
}

main(process.argv.slice(2));
