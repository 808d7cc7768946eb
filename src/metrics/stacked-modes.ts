// `modes`: how many of the thousand triples of digits samples of Stacked MNIST are of.
import * as tf from '@tensorflow/tfjs-core';
import type { ImageSet } from '../dataset/image-set';
import { firstImages } from '../dataset/split';
import { channelOf } from '../dataset/stacked';
import { withFixedBits } from '../tensor/fixed-bits';
import { digitClassifiers } from './features/feature-network';
import type { FeatureNetwork } from './features/network';
import { type Estimates, meanOf, type SampleMetric } from './metric';

const digits = 10;
const modeCount = digits ** 3;
/** Training images by which the classifier is chosen, and images that it looks at together. */
const probes = 200;
const batch = 500;

/**
 * A classifier of grey digits looks at each channel; a sample is of the mode of the three digits that it finds most probable.
 * modesCovered = #{modes of at least one sample}; modesKl = KL(p ‖ uniform) = log 1000 + Σ p log p in nats, p the shares of
 * the modes. Metz et al. 2017, section 3.3, arxiv.org/abs/1611.02163; Lin et al. 2018 (PacGAN), section 4.1,
 * arxiv.org/abs/1712.04086. Published figures are of 25,600 or 26,000 samples: --sample-count 26000.
 * Departs in the classifier: of the networks of digits that come with aigc, MNIST's and the drawn ones', that which is surer of
 * 200 training images. The standard error of the count is that of draws from p, which lies below it; both figures of real
 * images stand beside them, whose KL is above 0 since samples are finite: about 500 / N.
 */
export const stackedModes: SampleMetric = {
  of: 'samples',
  reads: 'pixels',
  slow: true,
  hasRealFloor: true,
  name: 'modes',
  summary: 'modes of Stacked MNIST that are drawn, and how evenly',
  figures: [
    { name: 'modesCovered', label: 'modes covered', better: 'higher' },
    { name: 'modesKl', label: 'KL of modes', unit: 'nats', better: 'lower' },
  ],
  refusal: ({ image: { height, width, channels } }) =>
    height === 28 && width === 28 && channels === 3
      ? undefined
      : 'it counts triples of digits, images of 28×28×3: aigc data make stacked-mnist',
  measure: async ({ samples, train }) => {
    const networks = await digitClassifiers();
    try {
      const network = await surest(networks, firstImages(train, probes));
      return modeFigures(await withFixedBits(() => modesOf(network, samples)));
    } finally {
      for (const network of networks) network.dispose();
    }
  },
};

type Stack = Pick<ImageSet, 'count' | 'height' | 'width' | 'pixels'>;

async function surest(networks: readonly FeatureNetwork[], images: Stack): Promise<FeatureNetwork> {
  const [first, ...others] = await Promise.all(
    networks.map(async (network) => ({ network, sureness: await surenessOf(network, images) })),
  );
  if (!first) throw new Error('aigc has come without its networks of digits');
  return others.reduce((best, one) => (one.sureness > best.sureness ? one : best), first).network;
}

async function surenessOf(network: FeatureNetwork, images: Stack): Promise<number> {
  const most: number[] = [];
  for (const channel of [0, 1, 2])
    for await (const probabilities of classified(network, images, channel))
      for (let row = 0; row < probabilities.length; row += digits)
        most.push(Math.max(...probabilities.subarray(row, row + digits)));
  return meanOf(most).mean;
}

/** The mode of each image, 0 … 999: hundreds of the first channel, ones of the last. */
async function modesOf(network: FeatureNetwork, images: Stack): Promise<Uint16Array> {
  const modes = new Uint16Array(images.count);
  for (const channel of [0, 1, 2]) {
    let image = 0;
    for await (const probabilities of classified(network, images, channel)) {
      for (let row = 0; row < probabilities.length; row += digits) {
        const found = probabilities.subarray(row, row + digits);
        modes[image] = (modes[image] as number) * digits + found.indexOf(Math.max(...found));
        image++;
      }
    }
  }
  return modes;
}

/** p(y|x) of one channel, some images at a time: [images · 10] */
async function* classified(network: FeatureNetwork, images: Stack, channel: number) {
  const { count, height, width } = images;
  const size = height * width;
  const grey = channelOf(images, channel);
  for (let first = 0; first < count; first += batch) {
    const few = Math.min(batch, count - first);
    const values = Float32Array.from(grey.subarray(first * size, (first + few) * size), (v) => v / 127.5 - 1);
    const probabilities = tf.tidy(() => {
      const found = network.classify(tf.tensor4d(values, [few, height, width, 1]));
      return found.probabilities as tf.Tensor2D;
    });
    yield (await probabilities.data()) as Float32Array;
    probabilities.dispose();
  }
}

/** @param modes of each sample, 0 … 999 */
export function modeFigures(modes: ArrayLike<number>): Estimates {
  const counts = new Float64Array(modeCount);
  for (let i = 0; i < modes.length; i++) (counts[modes[i] as number] as number) += 1;
  const n = modes.length;
  let [covered, chance, sum, squares] = [0, 0, 0, 0];
  for (const count of counts) {
    if (count === 0) continue;
    const share = count / n;
    const absent = (1 - share) ** n; // that another draw of n samples has none of it
    covered++;
    chance += absent * (1 - absent);
    sum += share * Math.log(share);
    squares += share * Math.log(share) ** 2;
  }
  return {
    modesCovered: { mean: covered, standardError: Math.sqrt(chance) },
    modesKl: {
      mean: Math.max(0, Math.log(modeCount) + sum),
      standardError: Math.sqrt(Math.max(0, squares - sum ** 2) / n),
    },
  };
}
