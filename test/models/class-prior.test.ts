import * as tf from '@tensorflow/tfjs-core';
import { Parameters } from '../../src/models/parameters';
import { withClassPrior } from '../../src/models/vae/class-prior';
import { klDivergence } from '../../src/models/vae/elbo';
import { startBackend } from '../../src/tensor';

const image = { height: 1, width: 1, channels: 1 };
const posterior = { mean: [0.5, -1], logVariance: [-0.3, 0.2] };
const prior = { mean: [2, -3], logVariance: [0.4, -1.1] };

beforeAll(() => startBackend('wasm'));

/** Class 1 of two has the prior above; the networks say the posterior above, and decode to their own z. */
function model() {
  const parameters = new Parameters(1);
  const networks = withClassPrior(
    {
      parameters,
      image,
      classCount: 2,
      encode: () => ({
        mean: tf.tensor2d([posterior.mean]),
        logVariance: tf.tensor2d([posterior.logVariance]),
      }),
      decode: (z) => tf.clone(z),
    },
    2,
  );
  const assign = (name: string, values: readonly number[]) =>
    parameters.variables.get(`decoder.prior.${name}`)?.assign(tf.tensor2d([[0, 0], [...values]]));
  assign('mean', prior.mean);
  assign('log-variance', prior.logVariance);
  return networks;
}

const second = () => tf.tensor2d([[0, 1]]);

it("draws from the class's own normal distribution", async () => {
  const z = await model()
    .decode(tf.tensor2d([[1, -2]]), second())
    .data();
  expect(z[0]).toBeCloseTo(2 + Math.exp(0.2), 5);
  expect(z[1]).toBeCloseTo(-3 - 2 * Math.exp(-0.55), 5);
});

it('has the KL divergence from that distribution', async () => {
  const kl = await klDivergence(model().encode(tf.zeros([1, 1]), second())).data();
  const expected = posterior.mean.reduce((sum, mean, i) => {
    const [q, p] = [posterior.logVariance[i] as number, prior.logVariance[i] as number];
    const shift = (mean - (prior.mean[i] as number)) ** 2;
    return sum + 0.5 * (p - q + (Math.exp(q) + shift) / Math.exp(p) - 1);
  }, 0);
  expect(kl[0]).toBeCloseTo(expected, 4);
});

it('is N(0, I) for every class at the start', async () => {
  const z = await model()
    .decode(tf.tensor2d([[1, -2]]), tf.tensor2d([[1, 0]]))
    .data();
  expect([...z]).toEqual([1, -2]);
});
