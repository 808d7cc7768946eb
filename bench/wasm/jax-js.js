// GFLOP/s of matrix products by jax-js on WebAssembly, the best of many: node jax-js.js FOLDER SHAPES. FOLDER has it installed.
const [folder, shapes] = process.argv.slice(2);
const { init, defaultDevice, jit, numpy } = require(require.resolve('@jax-js/jax', { paths: [folder] }));

const millisecondsEach = 400;

async function main() {
  await init('wasm');
  defaultDevice('wasm');
  const rates = [];
  for (const [, ...shape] of JSON.parse(shapes)) rates.push(await rateOf(...shape));
  console.log(JSON.stringify({ rates }));
  process.exit(0);
}

async function rateOf(rows, depth, columns, transposeA, transposeB) {
  const a = waves(transposeA ? [depth, rows] : [rows, depth]);
  const b = waves(transposeB ? [columns, depth] : [depth, columns]);
  const side = (array, transposed) => (transposed ? numpy.transpose(array) : array);
  const product = jit((x, y) => numpy.matmul(side(x, transposeA), side(y, transposeB)));
  let best = Number.POSITIVE_INFINITY;
  const end = performance.now() + millisecondsEach;
  while (performance.now() < end) {
    const start = performance.now();
    const result = await product(a.ref, b.ref).blockUntilReady();
    best = Math.min(best, performance.now() - start);
    result.dispose();
  }
  return (2 * rows * depth * columns) / (best * 1e6);
}

function waves(shape) {
  const values = Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(1.7 * i));
  return numpy.array(values).reshape(shape);
}

main();
