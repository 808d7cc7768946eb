// `aigc export --to onnx`: what ONNX Runtime draws is what the model draws.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import type * as Ort from 'onnxruntime-web';
import { graphsOf } from '../../src/export/graph/functions';
import { onnxOf } from '../../src/export/onnx/model';
import { nativeImport } from '../../src/native-import';
import { startBackend } from '../../src/tensor/index';
import { expectPlainError, trainSmall } from '../small-models';
import { graphOf, mirrored, operations, someImages } from './graph/operations';
import { expected, exportedFamilies, untrained } from './graph/untrained';

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

it.each(exportedFamilies)('%s draws and encodes the same, one image and five', async (_, family) => {
  const saved = untrained(family);
  const [draw, encode] = graphsOf(saved, false).map((graph) => onnxOf(graph, {}));
  for (const count of [1, 5]) {
    const { inputs, drawn, code, logVariance } = expected(saved, count);
    const { image } = await runOnnx(draw as Uint8Array, inputs);
    expect(difference(image, drawn.dataSync())).toBeLessThan(1e-5);
    if (!code) continue;
    const { latent, log_variance } = await runOnnx(encode as Uint8Array, inputs);
    expect(difference(latent, code.dataSync())).toBeLessThan(1e-5);
    if (logVariance) expect(difference(log_variance, logVariance.dataSync())).toBeLessThan(1e-5);
  }
  saved.model.dispose();
});

it.each(Object.entries(operations))('%s', async (_, compute) => {
  const image = someImages();
  const { y } = await runOnnx(onnxOf(graphOf(compute), {}), { image });
  expect(difference(y, compute(image).dataSync())).toBeLessThan(1e-5);
});

it('names what ONNX cannot say', () => {
  expect(() => onnxOf(graphOf(mirrored), {})).toThrow(/--to onnx: the model computes MirrorPad/);
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
