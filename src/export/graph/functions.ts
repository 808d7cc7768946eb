// Which functions of a trained model leave as graphs, and what goes in and comes out of each.
import * as tf from '@tensorflow/tfjs-core';
import type { ImageShape } from '../../dataset/image-set';
import { findFeatureNetwork } from '../../metrics/features/feature-network';
import { featureCount } from '../../metrics/features/network';
import type { Passes } from '../../models/family';
import { canEncode } from '../../use/encode';
import type { SavedModel } from '../../use/open-model';
import type { Extent, Graph, GraphInput } from './graph';
import { type Traced, trace } from './trace';

const perImage: Extent = { perImage: 1 };

/** `generator`, or `decoder` and `encoder` of a model that has one. @throws DataError when one of them is no graph */
export function graphsOf(saved: SavedModel, lastWeights: boolean): [Graph, ...Graph[]] {
  return [drawingGraphOf(saved, lastWeights), ...encoderGraphOf(saved)];
}

/** Those, and the graph that measures where there is one. */
export async function allGraphsOf(saved: SavedModel, lastWeights: boolean): Promise<[Graph, ...Graph[]]> {
  const features = await featureGraph(saved);
  return [...graphsOf(saved, lastWeights), ...(features ? [features] : [])];
}

/** `generator`, or `decoder` of a model that has an encoder. */
export function drawingGraphOf(saved: SavedModel, lastWeights: boolean): Graph {
  return trace(drawing(saved, lastWeights));
}

/** `encoder`, of a model that has one. */
export function encoderGraphOf(saved: SavedModel): Graph[] {
  return encoding(saved).map(trace);
}

function drawing({ model, family, classes, manifest }: SavedModel, lastWeights: boolean): Traced {
  const { height, width, channels } = manifest.setting.image;
  const { dimension } = model.latent;
  const label = labelInput(family.conditional ? classes.count : 0);
  return {
    name: canEncode(model) ? 'decoder' : 'generator',
    description: `Images from latents: ${family.summary}.`,
    subject: `this ${family.name}`,
    weights: model.variables,
    inputs: [
      {
        name: 'latent',
        description: `[N, ${dimension}], numbers of the normal distribution N(0, 1)`,
        shape: [perImage, dimension],
        dtype: 'float32',
      },
      ...label,
    ],
    outputs: { image: `[N, ${height}, ${width}, ${channels}], in 0 to 1` },
    run: ({ latent, label: labels }) => ({
      image: model.sample(latent as tf.Tensor2D, {
        lastWeights,
        ...(labels && { labels: labels as tf.Tensor1D }),
      }),
    }),
  };
}

/** `generator` or `decoder` in parts, of a model that draws one position after the other: `next`, which is done so many
 *  times, and `finish`. */
export interface PassGraphs extends Pick<Passes, 'count' | 'rows' | 'columns'> {
  readonly next: Graph;
  readonly finish: Graph;
}

/** @returns undefined for models that draw at once */
export function passGraphsOf(saved: SavedModel): PassGraphs | undefined {
  const { passes } = saved.model;
  if (!passes) return undefined;
  const { rows, columns, count } = passes;
  const { inputs, outputs, subject, weights } = drawing(saved, false);
  const state = {
    name: 'state',
    description: '',
    shape: [{ perImage: rows }, columns],
    dtype: 'float32' as const,
  };
  const own = { subject, weights, description: '' };
  return {
    ...{ rows, columns, count },
    next: trace({
      ...{ ...own, name: 'next', inputs: [...inputs, state], outputs: { state: '' } },
      run: ({ state: given, latent }) => ({
        state: passes.next(given as tf.Tensor2D, latent as tf.Tensor2D),
      }),
    }),
    finish: trace({
      ...{ ...own, name: 'finish', inputs: [state], outputs },
      run: ({ state: given }) => ({ image: passes.finish(given as tf.Tensor2D) }),
    }),
  };
}

function encoding({ model, family, classes, manifest }: SavedModel): Traced[] {
  if (!canEncode(model)) return [];
  const { dimension } = model.latent;
  return [
    {
      name: 'encoder',
      description: `Latents of images: ${family.summary}.`,
      subject: `this ${family.name}`,
      weights: model.variables,
      inputs: [imageInput(manifest.setting.image), ...labelInput(family.conditional ? classes.count : 0)],
      outputs: {
        latent: `[N, ${dimension}], ${model.posterior ? 'the mean of the posterior' : 'what draws the image again'}`,
        ...(model.posterior && { log_variance: `[N, ${dimension}], of the posterior` }),
      },
      run: ({ image, label }) => {
        const images =
          family.pixelRange === 'zero-one'
            ? (image as tf.Tensor4D)
            : tf.sub<tf.Tensor4D>(tf.mul(image as tf.Tensor4D, 2), 1);
        const labels = label as tf.Tensor1D | undefined;
        if (!model.posterior) return { latent: model.encode(images, labels) };
        const { mean, logVariance } = model.posterior(images, labels);
        return { latent: mean, log_variance: logVariance };
      },
    },
  ];
}

/** The classifier that its images are measured with (docs/metrics.md); undefined where aigc has none of its data, nor the
 *  user's cache. */
async function featureGraph({ manifest }: SavedModel): Promise<Graph | undefined> {
  const { image, classCount } = manifest.setting;
  const { fingerprint } = manifest.dataset;
  const network = await findFeatureNetwork({ fingerprint, image, classCount });
  if (!network) return undefined;
  try {
    return trace({
      name: 'features',
      description: 'What aigc evaluate compares images by: a classifier and its last hidden layer.',
      subject: 'the feature network',
      weights: network.variables,
      inputs: [imageInput(image)],
      outputs: {
        features: `[N, ${featureCount}]`,
        probabilities: `[N, ${classCount}], of each class`,
      },
      run: ({ image: images }) => ({ ...network.classify(tf.sub(tf.mul(images as tf.Tensor4D, 2), 1)) }),
    });
  } finally {
    network.dispose();
  }
}

function imageInput({ height, width, channels }: ImageShape): Omit<GraphInput, 'kind'> {
  return {
    name: 'image',
    description: `[N, ${height}, ${width}, ${channels}], in 0 to 1`,
    shape: [perImage, height, width, channels],
    dtype: 'float32',
  };
}

function labelInput(classCount: number): Omit<GraphInput, 'kind'>[] {
  if (classCount === 0) return [];
  return [
    {
      name: 'label',
      description: `[N], the class of each image, 0 to ${classCount - 1}`,
      shape: [perImage],
      dtype: 'int32',
    },
  ];
}
