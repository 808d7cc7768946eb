// `aigc export --to savedmodel`: what TensorFlow draws is what the model draws. In Python the same was seen once
// (docs/export.md); here it is the native backend's TensorFlow.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { graphsOf } from '../../src/export/graph/functions';
import { type Functions, functionsOf } from '../../src/export/savedmodel/model';
import { encodeSavedModel, savedModelTag } from '../../src/tensor/compile/saved-model';
import { startBackend } from '../../src/tensor/index';
import type { TensorFlowBackend } from '../../src/tensor/native/binding';
import { findInstallation } from '../../src/tensor/native/location';
import { printableLine } from '../../src/words';
import { trainSmall } from '../small-models';
import { graphOf, operations, someImages } from './graph/operations';
import { expected, exportedFamilies, untrained } from './graph/untrained';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-savedmodel-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** Loads a SavedModel, for `use` to call its functions: by name, from inputs to outputs by name. */
function withLoaded(
  { nodes, signatures }: Functions,
  use: (call: (name: string, inputs: Tensors) => Tensors) => void,
): void {
  const backend = tf.backend() as TensorFlowBackend;
  const { binding } = backend;
  const path = join(folder, 'model');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'saved_model.pb'), encodeSavedModel(nodes, signatures));
  const model = binding.loadSavedModel(path, savedModelTag);
  try {
    use((name, given) => {
      const { inputs, outputs } = signatures.find(
        (one) => one.name === name,
      ) as Functions['signatures'][number];
      const found = binding.runSavedModel(
        model,
        backend.getInputTensorIds(inputs.map((input) => given[input.name] as tf.Tensor)),
        inputs.map(({ tensor }) => tensor).join(),
        outputs.map(({ tensor }) => tensor).join(),
      );
      return Object.fromEntries(
        outputs.map((output, i) => [output.name, backend.createOutputTensor(found[i] as never)]),
      );
    });
  } finally {
    binding.deleteSavedModel(model);
  }
}

function expectSame(found: tf.Tensor | undefined, own: tf.Tensor): void {
  expect(found?.shape).toEqual(own.shape);
  const difference = tf.max(tf.abs(tf.sub(found as tf.Tensor, own))).dataSync()[0];
  expect(difference).toBeLessThan(1e-5);
}

// Skipped where `aigc backend install` has not been run.
(findInstallation() ? describe : describe.skip)('in TensorFlow', () => {
  beforeAll(() => startBackend('native'));

  it.each(exportedFamilies)('%s draws and encodes the same, one image and five', (_, family) => {
    const saved = untrained(family);
    withLoaded(functionsOf(graphsOf(saved, false)), (call) => {
      for (const count of [1, 5]) {
        const { inputs, drawn, code } = expected(saved, count);
        expectSame(call('serving_default', inputs).image, drawn);
        if (code) expectSame(call('encoder', inputs).latent, code);
      }
    });
    saved.model.dispose();
  });

  // tfjs-node 4.22 has no prelu that runs.
  it.each(Object.entries(operations).filter(([name]) => name !== 'a slope for each channel'))(
    '%s',
    (_, compute) => {
      const image = someImages();
      withLoaded(functionsOf([graphOf(compute)]), (call) =>
        expectSame(call('f', { image }).y, compute(image)),
      );
    },
  );
});

it('names what it cannot say in TensorFlow', async () => {
  await startBackend('cpu');
  const graph = graphOf((image) => tf.reverse(image, 1));
  expect(() => functionsOf([graph])).toThrow(/--to savedmodel: the model computes Reverse/);
});

it('writes a folder that says what it is, whatever its data is called', async () => {
  const hostile = 'set",\n"family": "<script>';
  const run = await trainSmall(folder, {});
  cpSync(join(folder, 'set'), join(folder, hostile), { recursive: true });
  const train = [
    'train',
    '--model',
    'vae',
    '--hidden-units',
    '8',
    '--data',
    `./${hostile}`,
    '--batch-size',
    '8',
    '--grid',
    '2x2',
  ];
  expect(await run(...train, '--steps', '2', '--out', 'vae')).toMatchObject({ code: 0 });
  const words = ['export', '--checkpoint', 'vae', '--to', 'savedmodel', '--out', 'saved'];
  const { code, stdout, stderr } = await run(...words, '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ to: 'savedmodel', signatures: ['decoder', 'encoder'] });
  expect(readdirSync(join(folder, 'saved')).sort()).toEqual(['aigc.json', 'saved_model.pb']);
  const said = () => JSON.parse(readFileSync(join(folder, 'saved', 'aigc.json'), 'utf8'));
  expect(said()).toMatchObject({ family: 'vae', data: printableLine(hostile), image: '8x8x1' });
  const bytes = readFileSync(join(folder, 'saved', 'saved_model.pb'));
  for (const text of ['serving_default', 'decoder/latent:0', 'tensorflow/serving/predict'])
    expect(bytes.includes(text)).toBe(true);
  await run(...words, '--no-provenance');
  expect(said().data).toBeUndefined();
});
