// `nll`: the negative log-likelihood of images, estimated by importance sampling.
import * as tf from '@tensorflow/tfjs-core';
import { gatherBatch, gatherLabels } from '../dataset/batches';
import type { ImageSet } from '../dataset/image-set';
import type { Density } from '../models/family';
import { normals, randomStream } from '../rng';
import { type ModelEvaluation, type ModelMetric, meanOf } from './metric';

/** Images, and samples of each, in one call of the model: 5,000 rows of its decoder. */
const imagesAtOnce = 20;
const samplesAtOnce = 250;

/**
 * −log p(x) ≈ −log 1/S Σ_s p(x, z_s) / q(z_s|x), z_s ~ q(z|x): Burda et al. 2015, section 5, arxiv.org/abs/1509.00519,
 * with S = 5,000. In expectation it is an upper bound of the NLL, tight as S grows.
 * Protocol: images of the test split in file order; for a likelihood of binary pixels each pixel is 1 where a uniform
 * number of the stream (seed, "evaluate/pixels", image) is below its grey level, once for all samples (dynamic
 * binarisation: Salakhutdinov & Murray 2008); ε from (seed, "evaluate/posterior", image); sums in float64.
 */
export const nll: ModelMetric = {
  of: 'model',
  name: 'nll',
  summary: 'negative log-likelihood by importance sampling, nats',
  figures: [{ name: 'nll', label: 'NLL', unit: 'nats', better: 'lower' }],
  slow: true,
  refusal: (model) => (model.density ? undefined : 'it has no encoder with a likelihood'),
  measure: async (evaluation) => {
    const { density } = evaluation.model;
    if (!density) throw new Error('nll of a model without a density');
    const values: number[] = [];
    for (let first = 0; first < evaluation.set.count; first += imagesAtOnce) {
      const count = Math.min(imagesAtOnce, evaluation.set.count - first);
      values.push(...(await logLikelihoods(evaluation, density, first, count)).map((value) => -value));
      evaluation.onProgress?.(first + count);
    }
    return { nll: meanOf(values) };
  },
};

/** log p(x) of `count` images from `first`. */
async function logLikelihoods(
  { family, model, set, samplesPerImage, seed }: ModelEvaluation,
  density: Density,
  first: number,
  count: number,
): Promise<number[]> {
  const { dimension } = model.latent;
  const indices = Uint32Array.from({ length: count }, (_, i) => first + i);
  const shown = density.binary ? binarised(set, indices, seed) : gatherBatch(set, indices, family.pixelRange);
  const classes = gatherLabels(set, indices);
  const images = tf.tensor4d(shown, [count, set.height, set.width, set.channels]);
  const labels = classes && tf.tensor1d(classes, 'int32');
  const streams = [...indices].map((index) => randomStream(seed, 'evaluate/posterior', index));
  const sums = [...indices].map(() => ({ largest: Number.NEGATIVE_INFINITY, sum: 0 }));
  for (let done = 0; done < samplesPerImage; done += samplesAtOnce) {
    const samples = Math.min(samplesAtOnce, samplesPerImage - done);
    const noise = new Float32Array(count * samples * dimension);
    for (const [i, stream] of streams.entries())
      noise.set(normals(stream, samples * dimension), i * samples * dimension);
    const logWeights = tf.tidy(() =>
      density.logWeights(images, tf.tensor3d(noise, [count, samples, dimension]), labels),
    );
    const values = await logWeights.data();
    logWeights.dispose();
    for (const [i, sum] of sums.entries())
      addExponentials(sum, values.subarray(i * samples, (i + 1) * samples) as Float32Array);
  }
  tf.dispose(labels ? [images, labels] : [images]);
  return sums.map(({ largest, sum }) => largest + Math.log(sum / samplesPerImage));
}

/** log Σ exp, continued over chunks: the sum is of exp(value − largest). */
function addExponentials(state: { largest: number; sum: number }, values: Float32Array): void {
  for (const value of values) {
    if (value > state.largest) {
      state.sum = state.sum * Math.exp(state.largest - value) + 1;
      state.largest = value;
    } else state.sum += Math.exp(value - state.largest);
  }
}

function binarised(set: ImageSet, indices: Uint32Array, seed: number): Float32Array {
  const grey = gatherBatch(set, indices, 'zero-one');
  const size = grey.length / indices.length;
  for (const [i, index] of indices.entries()) {
    const stream = randomStream(seed, 'evaluate/pixels', index);
    for (let j = i * size; j < (i + 1) * size; j++) grey[j] = stream.uniform() < (grey[j] as number) ? 1 : 0;
  }
  return grey;
}
