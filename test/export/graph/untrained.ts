// Small models with random weights, and inputs for what they do: for the tests of what they are exported to.
import * as tf from '@tensorflow/tfjs-core';
import { families, familyOptions } from '../../../src/models';
import type { Family } from '../../../src/models/family';
import { randomStream } from '../../../src/rng';
import type { SavedModel } from '../../../src/use/open-model';
import { linearVae } from '../../linear-vae';
import { variants } from '../../variants';

/** Neither square nor of a side that halves evenly. */
export const image = { height: 6, width: 5, channels: 2 };
export const classCount = 3;

/** Every family, two with other networks or codes than by default, and one from outside, by name: for `it.each`. */
export const exportedFamilies = [...families, ...variants.slice(-2), linearVae].map(
  (family) => [family.name, family] as const,
);

const small = {
  ...{ latentDim: 3, hiddenUnits: 6, channels: 2, codes: 4, codeDim: 3, levels: '3x2', hiddenChannels: 4 },
  ...{ priorChannels: 4, priorLayers: 2, drawSteps: 2 },
};

/** @returns normal numbers */
export function random(name: string, shape: readonly number[]): tf.Tensor {
  const stream = randomStream(1, name);
  const size = shape.reduce((product, extent) => product * extent, 1);
  const values = Float32Array.from({ length: size }, () => stream.normal());
  return tf.tensor(values, [...shape]);
}

/** The caller disposes the model. */
export function untrained(family: Family): SavedModel {
  const own = Object.entries(small).filter(([name]) => name in family.options);
  const options = familyOptions(family, {}, Object.fromEntries(own));
  const setting = { image, classCount, pixelMean: 0.3, seed: 2, options };
  const model = family.create(setting);
  for (const [name, variable] of model.variables)
    if (model.kinds.get(name)?.kind === 'statistic')
      tf.tidy(() => variable.assign(tf.add(tf.abs(random(name, variable.shape)), 0.1)));
  const manifest = {
    ...{ setting, step: 0, family: family.name, weights: { sha256: 'none' } },
    dataset: { name: 'small', fingerprint: 'none' },
  };
  return { model, family, options, classes: { count: classCount, absent: [] }, manifest } as never;
}

/** What the model itself gives for `count` images. */
export function expected({ model, family }: SavedModel, count: number) {
  const latent = random('latent', [count, model.latent.dimension]) as tf.Tensor2D;
  const images = tf.sigmoid(random('image', [count, ...Object.values(image)])) as tf.Tensor4D;
  const label = tf.tensor1d(
    Int32Array.from({ length: count }, (_, i) => (i + 1) % classCount),
    'int32',
  );
  const drawn = model.sample(latent, { labels: label });
  const seen = family.pixelRange === 'zero-one' ? images : tf.sub<tf.Tensor4D>(tf.mul(images, 2), 1);
  return {
    inputs: { latent, image: images, label },
    drawn,
    code: model.encode?.(seen, label),
    logVariance: model.posterior?.(seen, label).logVariance,
  };
}
