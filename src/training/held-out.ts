// Figures on the test split, which training never sees.
import * as tf from '@tensorflow/tfjs-core';
import { gatherBatch, gatherLabels } from '../dataset/batches';
import type { DataSet } from '../dataset/image-set';
import type { Family, Model } from '../models/family';
import type { Figures } from '../run/events';
import { drawNoise, noiseTensors } from './stepper';

interface Measured {
  readonly family: Family;
  readonly model: Model;
  readonly data: DataSet;
  readonly seed: number;
}

const batchSize = 500;

/**
 * The mean of each held-out figure over the whole test split.
 * @param epoch from 1; the noise is drawn from its own stream for each epoch
 * @returns undefined when the family has no such figures or the data no test split
 */
export async function measureHeldOut(run: Measured, epoch: number): Promise<Figures | undefined> {
  const { heldOut } = run.model;
  const set = run.data.test;
  if (!heldOut || !set) return undefined;
  const sums: Record<string, number> = {};
  const batches = Math.ceil(set.count / batchSize);
  for (let batch = 0; batch < batches; batch++) {
    const first = batch * batchSize;
    const indices = Uint32Array.from({ length: Math.min(batchSize, set.count - first) }, (_, i) => first + i);
    const specs = heldOut.noise(indices.length);
    const noise = drawNoise(specs, run.seed, 'held-out', epoch * batches + batch);
    const figures = tf.tidy(() => {
      const images = tf.tensor4d(gatherBatch(set, indices, run.family.pixelRange), [
        indices.length,
        set.height,
        set.width,
        set.channels,
      ]);
      const labels = gatherLabels(set, indices);
      return heldOut.measure(images, noiseTensors(noise, specs), labels && tf.tensor1d(labels, 'int32'));
    });
    for (const [name, values] of Object.entries(figures)) {
      let sum = sums[name] ?? 0;
      for (const value of await values.data()) sum += value;
      sums[name] = sum;
      values.dispose();
    }
  }
  return Object.fromEntries(Object.entries(sums).map(([name, sum]) => [name, sum / set.count]));
}
