// `aigc export --to onnx`: what ONNX Runtime draws is what the model draws.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type * as Ort from 'onnxruntime-web';
import { graphsOf } from '../../src/export/graph/functions';
import { trace } from '../../src/export/graph/trace';
import { onnxOf } from '../../src/export/onnx/model';
import { families } from '../../src/models/index';
import { nativeImport } from '../../src/native-import';
import { startBackend } from '../../src/tensor/index';
import { linearVae } from '../linear-vae';
import { expectPlainError, trainSmall } from '../small-models';
import { variants } from '../variants';
import { expected, random, untrained } from './graph/untrained';

let ort: typeof Ort;
let folder = '';

beforeAll(async () => {
  ort = (await nativeImport('onnxruntime-web')) as typeof Ort;
  ort.env.wasm.numThreads = 1;
  await startBackend('wasm');
  folder = mkdtempSync(join(tmpdir(), 'aigc-onnx-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a model on ONNX Runtime. @returns its outputs by name, flat */
async function runOnnx(bytes: Uint8Array, inputs: Readonly<Record<string, tf.Tensor>>) {
  const session = await ort.InferenceSession.create(bytes);
  const feeds = session.inputNames.map((name) => {
    const { dtype, shape } = inputs[name] as tf.Tensor;
    return [
      name,
      new ort.Tensor(dtype as 'float32', (inputs[name] as tf.Tensor).dataSync() as Float32Array, shape),
    ];
  });
  const found = await session.run(Object.fromEntries(feeds));
  await session.release();
  return Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, data as Float32Array]));
}

/** The largest difference of two arrays of one length. */
function difference(a: Float32Array | undefined, b: ArrayLike<number> | undefined): number {
  expect(a?.length).toBe(b?.length);
  return Math.max(...Array.from(a ?? [], (value, i) => Math.abs(value - (b?.[i] as number))));
}

it.each([...families, ...variants.slice(-1), linearVae].map((family) => [family.name, family] as const))(
  '%s draws and encodes the same, one image and five',
  async (_, family) => {
    const saved = untrained(family);
    const [draw, encode] = graphsOf(saved, false).map((graph) => onnxOf(graph, {}));
    for (const count of [1, 5]) {
      const { inputs, drawn, code } = expected(saved, count);
      const { image } = await runOnnx(draw as Uint8Array, inputs);
      expect(difference(image, drawn.dataSync())).toBeLessThan(1e-5);
      if (!code) continue;
      const { latent } = await runOnnx(encode as Uint8Array, inputs);
      expect(difference(latent, code.dataSync())).toBeLessThan(1e-5);
    }
    saved.model.dispose();
  },
);

type Compute = (x: tf.Tensor4D) => tf.Tensor;

/** What families of others may be made of, of images of 6 × 5 pixels and 2 channels. */
const operations: Readonly<Record<string, Compute>> = {
  pooling: (x) => tf.add(tf.maxPool(x, 2, 2, 'same'), tf.avgPool(x, 3, 2, 'same')),
  'nearest pixels': (x) => tf.image.resizeNearestNeighbor(x, [12, 10]),
  'pixels between': (x) => tf.image.resizeBilinear(x, [9, 7], false, true),
  'depthwise filters': (x) => tf.depthwiseConv2d(x, random('filter', [3, 3, 2, 2]) as tf.Tensor4D, 1, 'same'),
  'dilated filters': (x) =>
    tf.conv2d(x, random('filter', [2, 3, 2, 3]) as tf.Tensor4D, 1, 'same', 'NHWC', [2, 1]),
  'a stride beyond the filter': (x) =>
    tf.conv2dTranspose(x, random('filter', [2, 2, 3, 2]) as tf.Tensor4D, [x.shape[0], 17, 15, 3], 3, 'same'),
  'a fused activation': (x) =>
    tf.fused.conv2d({
      ...{ x, filter: random('filter', [3, 3, 2, 4]) as tf.Tensor4D, strides: 2, pad: 'same' },
      ...{ bias: random('bias', [4]), activation: 'leakyrelu', leakyreluAlpha: 0.3 },
    }),
  activations: (x) => tf.add(tf.elu(x), tf.add(tf.selu(x), tf.add(tf.relu6(tf.mul(x, 9)), tf.softplus(x)))),
  'a slope for each channel': (x) => tf.prelu(x, [0.1, 0.4]),
  sums: (x) => tf.add(tf.sum(x, [1, 2]), tf.mul(tf.max(x, [1, 2]), tf.mean(x, [1, 2]))),
  'means of channels': (x) => tf.sub(x, tf.mean(x, -1, true)),
  'softmax and cumulated': (x) => tf.cumsum(tf.softmax(x), 3),
  'a place found': (x) => tf.cast(tf.argMax(tf.reshape(x, [-1, 60]), 1), 'float32'),
  'parts together': (x) =>
    tf.stack(
      tf.split(x, [2, 3], 2).map((part) => tf.mean(part, 2)),
      1,
    ),
  choices: (x) => tf.where(tf.greater(x, 0.5), tf.square(x), tf.clipByValue(x, 0.1, 0.3)),
  'a filter of two axes beside images': (x) =>
    tf.mul(tf.conv2d(x, random('f', [1, 1, 2, 2]) as tf.Tensor4D, 1, 'same'), random('g', [5, 1])),
  moved: (x) =>
    tf.transpose(
      tf.pad(
        x,
        [
          [0, 0],
          [1, 2],
          [0, 1],
          [0, 0],
        ],
        0.5,
      ),
      [0, 3, 1, 2],
    ),
  tiled: (x) => tf.tile(tf.slice(x, [0, 1, 0, 0], [-1, 2, 5, 1]), [1, 2, 1, 3]),
  picked: (x) => tf.gather(x, tf.tensor1d([1, 0, 1], 'int32'), 2),
  'products of batches': (x) =>
    tf.matMul(tf.reshape(x, [-1, 6, 10]), tf.reshape(x, [-1, 6, 10]), true, false),
};

const graphOf = (compute: Compute) =>
  trace({
    ...{ name: 'f', description: '', subject: 'this model', weights: new Map(), outputs: { y: '' } },
    inputs: [{ name: 'image', description: '', shape: [{ perImage: 1 }, 6, 5, 2], dtype: 'float32' }],
    run: ({ image }) => ({ y: compute(image as tf.Tensor4D) }),
  });

it.each(Object.entries(operations))('%s', async (_, compute) => {
  const image = tf.sigmoid(random('image', [3, 6, 5, 2])) as tf.Tensor4D;
  const { y } = await runOnnx(onnxOf(graphOf(compute), {}), { image });
  expect(difference(y, compute(image).dataSync())).toBeLessThan(1e-5);
});

it('names what ONNX cannot say', () => {
  const graph = graphOf((x) =>
    tf.mirrorPad(
      x,
      [
        [0, 0],
        [1, 1],
        [1, 1],
        [0, 0],
      ],
      'reflect',
    ),
  );
  expect(() => onnxOf(graph, {})).toThrow(/--to onnx: the model computes MirrorPad/);
});

it('writes a folder of graphs that say what they are', async () => {
  const run = await trainSmall(folder, { cvae: ['--model', 'cvae', '--steps', '2'] });
  const words = ['export', '--checkpoint', 'cvae', '--to', 'onnx'];
  const { code, stdout, stderr } = await run(...words, '--out', 'graphs', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const files = ['decoder.onnx', 'encoder.onnx'];
  expect(JSON.parse(stdout)).toMatchObject({ event: 'export', to: 'onnx', out: 'graphs', files });
  expect(readdirSync(join(folder, 'graphs')).sort()).toEqual(files);
  const bytes = readFileSync(join(folder, 'graphs', 'decoder.onnx'));
  for (const text of ['trainedAlgorithmicMedia', '[N], the class of each image, 0 to 2', 'checkpointSha256'])
    expect(bytes.includes(text)).toBe(true);
  await run(...words, '--out', 'graphs', '--no-provenance');
  expect(readFileSync(join(folder, 'graphs', 'decoder.onnx')).includes('trainedAlgorithmic')).toBe(false);
  expectPlainError(await run(...words, '--out', 'cvae.onnx'), 2, /--to onnx writes a folder/);
  expectPlainError(await run(...words, '--out', 'cvae/run.json'), 3, /run\.json/);
});
