// Encoder and decoder of one hidden layer each, with or without classes.
import * as tf from '@tensorflow/tfjs-core';
import { besideClasses, dense } from '../layers';
import { fanInUniform, type Parameters } from '../parameters';
import type { VariationalNetworks } from './variational';

interface Sizes {
  readonly hiddenUnits: number;
  readonly latentDim: number;
}

/** x → hidden, ReLU → μ and log σ²; z → hidden, ReLU → outputs. A class is a one-hot vector beside x, and beside z. */
export function createPerceptrons(
  parameters: Parameters,
  image: VariationalNetworks['image'],
  classCount: number,
  { hiddenUnits, latentDim }: Sizes,
): VariationalNetworks {
  const pixels = image.height * image.width * image.channels;
  const layer = (name: string, inputs: number, outputs: number) =>
    dense(parameters, name, { inputs, outputs, kernel: fanInUniform(inputs) });
  const encoder = layer('encoder.hidden', pixels + classCount, hiddenUnits);
  const mean = layer('encoder.mean', hiddenUnits, latentDim);
  const logVariance = layer('encoder.log-variance', hiddenUnits, latentDim);
  const decoder = layer('decoder.hidden', latentDim + classCount, hiddenUnits);
  const output = layer('decoder.output', hiddenUnits, pixels);
  return {
    parameters,
    image,
    classCount,
    encode: (x, classes) => {
      const h = tf.relu(encoder(besideClasses(x, classes))); // [batch, hidden]
      return { mean: mean(h), logVariance: logVariance(h) }; // [batch, latentDim] each
    },
    decode: (z, classes) => output(tf.relu(decoder(besideClasses(z, classes)))), // [batch, pixels]
  };
}
