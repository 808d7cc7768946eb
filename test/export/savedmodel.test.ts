// `aigc export --to savedmodel`: what TensorFlow draws is what the model draws. In Python the same was seen once
// (docs/export.md); here it is the native backend's TensorFlow.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { graphsOf } from '../../src/export/graph/functions';
import { type Functions, functionsOf } from '../../src/export/savedmodel/model';
import { families } from '../../src/models/index';
import { encodeSavedModel, savedModelTag } from '../../src/tensor/compile/saved-model';
import { startBackend } from '../../src/tensor/index';
import type { TensorFlowBackend } from '../../src/tensor/native/binding';
import { findInstallation } from '../../src/tensor/native/location';
import { printableLine } from '../../src/words';
import { linearVae } from '../linear-vae';
import { trainSmall } from '../small-models';
import { variants } from '../variants';
import { graphOf, operations } from './graph/operations';
import { expected, random, untrained } from './graph/untrained';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-savedmodel-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a function of a SavedModel. @returns its outputs by name */
function runFunction(functions: Functions, name: string, inputs: Readonly<Record<string, tf.Tensor>>) {
  const backend = tf.backend() as TensorFlowBackend;
  const { binding } = backend;
  const signature = functions.signatures.find((one) => one.name === name) as Functions['signatures'][number];
  const path = join(folder, 'model');
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'saved_model.pb'), encodeSavedModel(functions.nodes, functions.signatures));
  const model = binding.loadSavedModel(path, savedModelTag);
  try {
    const fed = signature.inputs.map((input) => inputs[input.name] as tf.Tensor);
    const found = binding.runSavedModel(
      model,
      backend.getInputTensorIds(fed),
      signature.inputs.map(({ tensor }) => tensor).join(),
      signature.outputs.map(({ tensor }) => tensor).join(),
    );
    return Object.fromEntries(
      signature.outputs.map((output, i) => [output.name, backend.createOutputTensor(found[i] as never)]),
    );
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

  it.each([...families, ...variants.slice(-1), linearVae].map((family) => [family.name, family] as const))(
    '%s draws and encodes the same, one image and five',
    (_, family) => {
      const saved = untrained(family);
      const functions = functionsOf(graphsOf(saved, false));
      for (const count of [1, 5]) {
        const { inputs, drawn, code } = expected(saved, count);
        expectSame(runFunction(functions, 'serving_default', inputs).image, drawn);
        if (code) expectSame(runFunction(functions, 'encoder', inputs).latent, code);
      }
      saved.model.dispose();
    },
  );

  // tfjs-node 4.22 has no prelu that runs.
  it.each(Object.entries(operations).filter(([name]) => name !== 'a slope for each channel'))(
    '%s',
    (_, compute) => {
      const image = tf.sigmoid(random('image', [3, 6, 5, 2])) as tf.Tensor4D;
      expectSame(runFunction(functionsOf([graphOf(compute)]), 'f', { image }).y, compute(image));
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
