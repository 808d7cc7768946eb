// A prior for each class, which a conditional VAE learns with its networks.
import * as tf from '@tensorflow/tfjs-core';
import { zeros } from '../parameters';
import type { VariationalNetworks } from './variational';

/**
 * p(z|y) = N(m_y, s_y²) of Sohn et al. 2015, eq. 4, with a mean and variance for each class. Written in u = (z − m_y)/s_y,
 * whose prior is N(0, I): KL and density ratios are the same in u as in z, so that all else stays as it is.
 * @param latentDim of the networks' z
 */
export function withClassPrior(networks: VariationalNetworks, latentDim: number): VariationalNetworks {
  const { parameters, classCount } = networks;
  const table = (name: string) =>
    parameters.add<tf.Rank.R2>(`decoder.prior.${name}`, [classCount, latentDim], zeros);
  const means = table('mean');
  const logVariances = table('log-variance');
  /** The rows of a table for one-hot classes: [batch, latentDim] */
  const rowsOf = (values: tf.Tensor2D, classes: tf.Tensor2D | undefined) =>
    tf.matMul(classes as tf.Tensor2D, values);
  return {
    ...networks,
    encode: (x, classes) => {
      const { mean, logVariance } = networks.encode(x, classes);
      const logVarianceOfClass = rowsOf(logVariances, classes);
      const shifted = tf.sub(mean, rowsOf(means, classes));
      return {
        mean: tf.mul(shifted, tf.exp(tf.mul(logVarianceOfClass, -0.5))),
        logVariance: tf.sub(logVariance, logVarianceOfClass),
      };
    },
    decode: (u, classes) => {
      const deviation = tf.exp(tf.mul(rowsOf(logVariances, classes), 0.5));
      return networks.decode(tf.add(rowsOf(means, classes), tf.mul(deviation, u)), classes);
    },
  };
}
