// `elbo`: the evidence lower bound and its parts, as the model itself measures held-out images.
import * as tf from '@tensorflow/tfjs-core';
import { gatherBatch, gatherLabels } from '../dataset/batches';
import type { HeldOut, NoiseSpec } from '../models/family';
import { normals, randomStream, uniforms } from '../rng';
import { type ModelEvaluation, type ModelMetric, meanOf } from './metric';

const imagesAtOnce = 500;

/**
 * ELBO = E_q log p(x|z) − KL(q(z|x) ‖ p(z)), Kingma & Welling 2013, eq. 3, arxiv.org/abs/1312.6114, with what the
 * family counts beside it. Protocol: the test split in file order, one sample of z an image; noise from the streams
 * (seed, "evaluate/elbo/<noise>", batch of 500 images).
 */
export const elbo: ModelMetric = {
  of: 'model',
  name: 'elbo',
  summary: 'evidence lower bound, reconstruction and KL, nats',
  figures: [
    { name: 'elbo', label: 'ELBO', unit: 'nats', better: 'higher' },
    { name: 'reconstruction', label: 'reconstruction', unit: 'nats' },
    { name: 'kl', label: 'KL', unit: 'nats' },
    { name: 'prior', label: 'prior of the codes', unit: 'nats' },
    { name: 'perplexity', label: 'codes in use' },
  ],
  refusal: (model, figure = 'elbo') => {
    const names = model.heldOut?.figures.map(({ name }) => name) ?? [];
    if (!names.includes('elbo')) return 'it has no lower bound';
    return names.includes(figure) ? undefined : `its bound has no part of that name: ${names.join(', ')}`;
  },
  measure: async (evaluation) => {
    const { heldOut } = evaluation.model;
    if (!heldOut) throw new Error('elbo of a model without held-out figures');
    const values: Record<string, number[]> = {};
    for (let first = 0; first < evaluation.set.count; first += imagesAtOnce) {
      const figures = measureBatch(evaluation, heldOut, first);
      for (const [name, figure] of Object.entries(figures)) {
        values[name] = [...(values[name] ?? []), ...(await figure.data())];
        figure.dispose();
      }
    }
    return Object.fromEntries(Object.entries(values).map(([name, each]) => [name, meanOf(each)]));
  },
};

function measureBatch({ family, set, seed }: ModelEvaluation, heldOut: HeldOut, first: number) {
  const count = Math.min(imagesAtOnce, set.count - first);
  const indices = Uint32Array.from({ length: count }, (_, i) => first + i);
  return tf.tidy(() => {
    const { height, width, channels } = set;
    const images = tf.tensor4d(gatherBatch(set, indices, family.pixelRange), [
      count,
      height,
      width,
      channels,
    ]);
    const noise = Object.entries(heldOut.noise(count)).map(
      ([name, spec]) => [name, drawn(spec, seed, `evaluate/elbo/${name}`, first / imagesAtOnce)] as const,
    );
    const labels = gatherLabels(set, indices);
    return heldOut.measure(images, Object.fromEntries(noise), labels && tf.tensor1d(labels, 'int32'));
  });
}

function drawn({ shape, distribution }: NoiseSpec, seed: number, name: string, step: number): tf.Tensor {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const draw = distribution === 'normal' ? normals : uniforms;
  return tf.tensor(draw(randomStream(seed, name, step), count), [...shape]);
}
