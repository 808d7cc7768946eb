// The floor of a family's step: its matrix products and convolutions alone, on random numbers, as one graph
// where the backend compiles.
// `node bench/steps/floor.js FAMILY BACKEND DATA`
const tf = require('@tensorflow/tfjs-core');
const { normals, randomStream } = require('../../dist/rng');
const { startBackend } = require('../../dist/tensor');
const { canCompile, compileStep } = require('../../dist/tensor/compile/compile');
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

/** @param {string[]} words */
async function main([familyName, backendName, data]) {
  await startBackend(backendName);
  const run = await openRun(familyName, data);
  const calls = (await recordStep(run)).map(prepare);
  run.model.dispose();
  const runAll = canCompile() ? compileCalls(calls) : () => callAll(calls);
  await serve({
    versions: {},
    step: async () => runAll(),
    check: () => ({ calls: calls.length }),
  });
}

/** All calls as one graph of TensorFlow's, so that it overlaps them as it does those of a step. */
function compileCalls(calls) {
  const operandsOfAll = calls.flatMap(({ inputs }, i) =>
    Object.entries(inputs).map(([name, tensor]) => [`${i}.${name}`, tf.variable(tensor)]),
  );
  const variables = new Map(operandsOfAll);
  const compiled = compileStep({
    inputs: {},
    variables,
    compiler: 'graph',
    // One number of each result is enough for TensorFlow to need it.
    step: () => ({
      corners: tf.stack(
        calls.map(({ kernel, inputs, attributes }, i) => {
          const names = Object.keys(inputs);
          const operands = Object.fromEntries(names.map((name) => [name, variables.get(`${i}.${name}`)]));
          return corner(tf.engine().runKernel(kernel, operands, attributes));
        }),
      ),
    }),
  });
  return () => compiled.run({}, true);
}

function callAll(calls) {
  const corners = tf.tidy(() =>
    tf.stack(calls.map((call) => corner(tf.engine().runKernel(call.kernel, call.inputs, call.attributes)))),
  );
  corners.dataSync();
  corners.dispose();
}

/** The first number of a tensor. */
function corner(tensor) {
  const { rank } = tensor;
  return tf.reshape(tf.slice(tensor, Array(rank).fill(0), Array(rank).fill(1)), []);
}

/** The kernel calls that the results of one eager step depend on, as far as they count: kernels, shapes, attributes. */
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
  const engine = /** @type {{ runKernelFunc(call: any): any }} */ (/** @type {unknown} */ (tf.engine()));
  const { runKernelFunc } = engine;
  const calls = /** @type {any[]} */ ([]);
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
  return { kernel, inputs, attributes };
}

main(process.argv.slice(2));
