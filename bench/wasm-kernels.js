// The wasm backend with TensorFlow.js's own kernels against ours, interleaved in one process: the step of the MLP GAN,
// and the convolutions of the DCGAN. Run with: npm run build && node bench/wasm-kernels.js [rounds]

const tf = require('@tensorflow/tfjs-core');
const { wasm } = require('../dist/tensor/wasm');
const { installKernels, uninstallKernels } = require('../dist/tensor/wasm/kernels');
const { batchNormalize } = require('../dist/tensor/ops/batch-norm');
const { adamUpdate } = require('../dist/tensor/ops/adam');
const { sigmoidCrossEntropy } = require('../dist/tensor/ops/sigmoid-cross-entropy');
const { normals, randomStream } = require('../dist/rng');

const rounds = Number(process.argv[2] ?? 5);
const batch = 128;
const kinds = { stock: uninstallKernels, ours: installKernels };

async function main() {
  await wasm.start();
  /** @type {[string, ReturnType<typeof compare>][]} */
  const rows = [['MLP GAN step, batch 128', compare(mlpGanStep())]];
  for (const [name, run] of /** @type {Iterable<[string, () => void]>} */ (convolutions()))
    rows.push([name, compare(run)]);
  console.log(`median ms of ${rounds} interleaved rounds\n`);
  console.log('| what | stock | ours | ratio |\n|---|---|---|---|');
  for (const [name, { stock, ours }] of rows) {
    const ratio = stock === undefined ? '' : `${(stock / ours).toFixed(1)}×`;
    console.log(`| ${name} | ${stock?.toFixed(1) ?? 'missing'} | ${ours.toFixed(1)} | ${ratio} |`);
  }
}

/** Median milliseconds of each kind; undefined where the kernel is missing. */
function compare(run) {
  const times = { stock: [], ours: [] };
  for (let round = -1; round < rounds; round++) {
    for (const [kind, install] of Object.entries(kinds)) {
      install();
      const start = performance.now();
      try {
        run();
      } catch (error) {
        if (!/not registered/.test(String(error))) throw error;
        continue;
      }
      if (round >= 0) times[kind].push(performance.now() - start);
    }
  }
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  return { stock: median(times.stock), ours: median(times.ours) };
}

/** G 100-256-512-1024-784 with batch norm, D 784-512-256-1; the losses are read every step. */
function mlpGanStep() {
  const generator = [dense(100, 256), dense(256, 512, true), dense(512, 1024, true), dense(1024, 784)];
  const discriminator = [dense(784, 512), dense(512, 256), dense(256, 1)];
  const images = tf.tanh(random([batch, 784]));
  const generate = (z) =>
    generator.reduce(
      (x, layer, i) => (i === 3 ? tf.tanh(apply(x, layer)) : tf.leakyRelu(apply(x, layer), 0.2)),
      z,
    );
  const judge = (x) =>
    discriminator.reduce(
      (h, layer, i) => (i === 2 ? apply(h, layer) : tf.leakyRelu(apply(h, layer), 0.2)),
      x,
    );
  const loss = (logits, label) => tf.mean(sigmoidCrossEntropy(tf.fill([batch, 1], label), logits));
  let step = 0;
  return () => {
    step++;
    const losses = tf.tidy(() => {
      const z = random([batch, 100], step);
      const fake = generate(z);
      const d = train(discriminator, () => tf.add(loss(judge(images), 1), loss(judge(fake), 0)), step);
      const g = train(generator, () => loss(judge(generate(z)), 1), step);
      return tf.stack([d, g]);
    });
    losses.dataSync();
    losses.dispose();
  };
}

function dense(inputs, outputs, normalised = false) {
  const slot = (value) => ({
    value: tf.variable(value),
    first: tf.variable(tf.zerosLike(value)),
    second: tf.variable(tf.zerosLike(value)),
  });
  const layer = {
    weights: slot(tf.mul(random([inputs, outputs]), Math.sqrt(1 / inputs))),
    bias: slot(tf.zeros([outputs])),
  };
  return normalised ? { ...layer, gamma: slot(tf.ones([outputs])), beta: slot(tf.zeros([outputs])) } : layer;
}

/** @param {Record<string, { value: tf.Variable }>} layer its variables, each with Adam's two moments @returns {tf.Tensor2D} */
function apply(x, layer) {
  const { weights, bias, gamma, beta } = /** @type {Record<string, { value: any }>} */ (layer);
  const y = /** @type {tf.Tensor2D} */ (tf.add(tf.matMul(x, weights.value), bias.value));
  return gamma ? batchNormalize(y, gamma.value, beta.value, 1e-5).output : y;
}

function train(layers, loss, step) {
  const slots = layers.flatMap((layer) => Object.values(layer));
  const { value, grads } = tf.variableGrads(
    loss,
    slots.map((slot) => slot.value),
  );
  const stepSize = tf.scalar((2e-4 * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.5 ** step));
  const options = { beta1: 0.5, beta2: 0.999, epsilon: 1e-8 };
  for (const { value: parameter, first, second } of slots) {
    const updated = adamUpdate(parameter, first, second, grads[parameter.name], stepSize, options);
    [parameter, first, second].forEach((variable, i) => {
      variable.assign(updated[i]);
    });
  }
  return value;
}

/** The layers of the InfoGAN net at batch 64. */
function* convolutions() {
  const layers = { '28×28×1 → 14×14×64': [28, 1, 64], '14×14×64 → 7×7×128': [14, 64, 128] };
  for (const [name, [size, inputs, outputs]] of Object.entries(layers)) {
    const x = random([64, size, size, inputs]);
    const dy = random([64, size / 2, size / 2, outputs]);
    const filter = random([4, 4, inputs, outputs]);
    const attributes = { strides: [2, 2], pad: 'same', dataFormat: 'NHWC' };
    const kernel = (kernelName, tensors, more) => () =>
      tf.dispose(tf.engine().runKernel(kernelName, tensors, { ...attributes, ...more }));
    yield [`conv ${name}, forward`, kernel('Conv2D', { x, filter }, { dilations: [1, 1] })];
    yield [
      `conv ${name}, filter gradient`,
      kernel('Conv2DBackpropFilter', { x, dy }, { filterShape: filter.shape }),
    ];
    yield [
      `conv ${name}, input gradient`,
      kernel('Conv2DBackpropInput', { dy, filter }, { inputShape: x.shape }),
    ];
  }
}

function random(shape, step = 0) {
  return tf.tensor(normals(randomStream(1, 'bench', step), tf.util.sizeFromShape(shape)), shape);
}

main();
