// The convolutional encoder and decoder of conv-vae, beta-vae and cvae, for images of any size.
import * as tf from '@tensorflow/tfjs-core';
import { besideClasses, convolution, dense, transposedConvolution } from '../layers';
import { fanInUniform, type Parameters } from '../parameters';
import { type Stage, stagesOf } from '../stages';
import type { VariationalNetworks } from './variational';

const hiddenUnits = 256;

/** 4×4 conv 32, stride 2 → 4×4 conv 64, stride 2 → FC 256 → μ and log σ², and back by transposed convolutions; ReLU
 *  between. More convolutions for larger images. After Higgins et al. 2017, table 1 (two layers of 32 and 64 there too,
 *  for 64 pixels). A class is a one-hot vector beside what the encoder's FC reads, and beside z. */
export function createConvolutions(
  parameters: Parameters,
  image: VariationalNetworks['image'],
  classCount: number,
  latentDim: number,
): VariationalNetworks {
  const stages = stagesOf(image, 32);
  const smallest = stages[stages.length - 1] as Stage;
  const flat = smallest.height * smallest.width * smallest.channels;
  const pixels = image.height * image.width * image.channels;
  const layer = (name: string, inputs: number, outputs: number) =>
    dense(parameters, name, { inputs, outputs, kernel: fanInUniform(inputs) });
  const filter = { size: 4, stride: 2 };

  const downward = stages.slice(1).map(({ channels: outputs }, i) => {
    const { channels: inputs } = stages[i] as Stage;
    const kernel = fanInUniform(16 * inputs);
    return convolution(parameters, `encoder.conv${i + 1}`, { ...filter, inputs, outputs, kernel });
  });
  const hidden = layer('encoder.hidden', flat + classCount, hiddenUnits);
  const mean = layer('encoder.mean', hiddenUnits, latentDim);
  const logVariance = layer('encoder.log-variance', hiddenUnits, latentDim);
  const expand = layer('decoder.hidden', latentDim + classCount, hiddenUnits);
  const spread = layer('decoder.spread', hiddenUnits, flat);
  const upward = stages
    .slice(0, -1)
    .reverse()
    .map((to, i) => {
      const { channels: inputs } = stages[stages.length - 1 - i] as Stage;
      return transposedConvolution(parameters, `decoder.deconv${i + 1}`, {
        ...filter,
        inputs,
        outputs: to.channels,
        to: [to.height, to.width],
        kernel: fanInUniform(4 * inputs), // Each output reads 2×2 inputs.
      });
    });

  return {
    parameters,
    image,
    classCount,
    encode: (rows, classes) => {
      let x = tf.reshape(rows, [rows.shape[0], image.height, image.width, image.channels]) as tf.Tensor4D;
      for (const conv of downward) x = tf.relu(conv(x)); // [batch, h/2, w/2, channels]
      const read = tf.reshape(x, [rows.shape[0], flat]) as tf.Tensor2D;
      const h = tf.relu(hidden(besideClasses(read, classes))); // [batch, 256]
      return { mean: mean(h), logVariance: logVariance(h) }; // [batch, latentDim] each
    },
    decode: (z, classes) => {
      const h = tf.relu(spread(tf.relu(expand(besideClasses(z, classes))))); // [batch, flat]
      const { height, width, channels } = smallest;
      let x = tf.reshape(h, [z.shape[0], height, width, channels]) as tf.Tensor4D;
      upward.forEach((deconv, i) => {
        x = deconv(i === 0 ? x : tf.relu(x)); // [batch, 2h, 2w, channels]
      });
      return tf.reshape(x, [z.shape[0], pixels]) as tf.Tensor2D;
    },
  };
}
