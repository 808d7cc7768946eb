import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { planBatches } from '../../../src/dataset/batches';
import { familyOptions, findFamily } from '../../../src/models';
import { configureWasm, wasm } from '../../../src/tensor/wasm';
import { controlBytes, controlOver, runJob } from '../../../src/tensor/wasm/crew';
import { engineOf } from '../../../src/tensor/wasm/engine';
import { usableCores } from '../../../src/tensor/wasm/node-threads';
import { createEagerStepper, gatherInputs } from '../../../src/training/stepper';
import { runCli } from '../../cli';
import { scratchFolder } from '../../scratch';
import { rectangles, writeDigits } from '../../small-set';
import { weightsOf } from '../../weights';

const folder = scratchFolder();

afterEach(() => configureWasm({ threads: undefined, relaxedSimd: true }));

/** The SHA-256 of the weights in a run's last checkpoint. */
function weightsHash(out: string): string {
  const checkpoints = join(folder(), out, 'checkpoints');
  const last = readdirSync(checkpoints).sort().at(-1) as string;
  return JSON.parse(readFileSync(join(checkpoints, last, 'manifest.json'), 'utf8')).weights.sha256;
}

test('trains to the same weights with 1, 2 and 3 threads, and when these change in between', async () => {
  await writeDigits(join(folder(), 'set'));
  const train = async (out: string, threads: number, ...words: string[]) => {
    const all = ['train', '--out', out, '--threads', `${threads}`, ...words];
    expect(await runCli(all, folder(), { AIGC_BACKEND: 'wasm' })).toMatchObject({ code: 0 });
    expect(engineOf(tf.engine().backend as unknown as BackendWasm).threads).toBe(threads);
  };
  const fresh = ['--model', 'gan', '--data', 'set', '--batch-size', '40', '--grid', '2x2'];
  for (const threads of [1, 2, 3]) await train(`with-${threads}`, threads, ...fresh, '--steps', '3');
  await train('changed', 3, ...fresh, '--steps', '2');
  await train('changed', 2, '--resume', '--steps', '3');
  const hashes = ['with-1', 'with-2', 'with-3', 'changed'].map(weightsHash);
  expect(hashes).toEqual(Array(4).fill(hashes[0]));
}, 60_000);

test.each([true, false])(
  'takes the same steps of a dcgan with 1, 2 and 3 threads, relaxed SIMD %s',
  async (relaxedSimd) => {
    const weights: Record<string, string>[] = [];
    for (const threads of [1, 2, 3]) {
      configureWasm({ threads, relaxedSimd });
      await wasm.start();
      weights.push(await stepDcgan());
    }
    expect(weights[1]).toEqual(weights[0]);
    expect(weights[2]).toEqual(weights[0]);
  },
  60_000,
);

/** Two steps of a small batch. @returns the weights' hashes */
async function stepDcgan(): Promise<Record<string, string>> {
  const family = findFamily('dcgan');
  // Of 28×28 most of the time would go on drawing 6 M first weights.
  const set = rectangles(16, 16, 16, 1);
  const options = familyOptions(family, {}, { batchSize: 8 });
  const image = { height: set.height, width: set.width, channels: set.channels };
  const model = family.create({ image, classCount: 0, pixelMean: 0.1, seed: 1, options });
  const stepper = createEagerStepper(model, set, 8);
  const source = { model, set, plan: planBatches(set.count, 8, 1), range: family.pixelRange, seed: 1 };
  for (let step = 0; step < 2; step++) await stepper.run(gatherInputs(source, step), false);
  const weights = await weightsOf(model);
  model.dispose();
  return weights;
}

test('makes the error of a task that of the job, whichever thread had it', async () => {
  configureWasm({ threads: 3 });
  await wasm.start();
  const engine = engineOf(tf.engine().backend as unknown as BackendWasm);
  const noProgram = [999, 64, 1, 0];
  expect(() => engine.run('loop', 64, noProgram)).toThrow(/undefined/);
  // And works on.
  expect(tf.tidy(() => tf.sum(tf.matMul(tf.ones([300, 300]), tf.ones([300, 300]))).dataSync()[0])).toBe(
    2.7e7,
  );
});

test('does each task of a job once, and says what one of them threw', () => {
  const control = controlOver(new SharedArrayBuffer(controlBytes));
  const done: number[] = [];
  runJob(control, 7, 5, [3, 4], (job, numbers, task) => {
    done.push(job * 100 + (numbers[0] as number) * 10 + task);
  });
  expect(done).toEqual([730, 731, 732, 733, 734]);
  const fail = () =>
    runJob(control, 0, 3, [], (_job, _numbers, task) => {
      done.push(task);
      if (task === 1) throw new RangeError('no such thing');
    });
  expect(fail).toThrow(/no such thing/);
  expect(done.slice(5)).toEqual([0, 1, 2]);
});

test('takes at least one core, and no more than there are', () => {
  expect(usableCores()).toBeGreaterThanOrEqual(1);
  expect(usableCores()).toBeLessThanOrEqual(availableParallelism());
});
