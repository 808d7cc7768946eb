// `modes`: how many of the thousand triples of digits samples of Stacked MNIST are of.
import type { ImageSet } from '../dataset/image-set';
import { firstImages } from '../dataset/split';
import { channelOf } from '../dataset/stacked';
import { withFixedBits } from '../tensor/fixed-bits';
import { type ClassifiedImages, classesOf, isClassified } from './classified';
import { type Classifier, digitClassifiers } from './features/feature-network';
import { type Estimates, meanOf, type SampleMetric } from './metric';

const digits = 10;
const modeCount = digits ** 3;
/** Training images by which the classifier is chosen. */
const probes = 200;

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

async function surest(networks: readonly Classifier[], images: Stack): Promise<Classifier> {
  const [first, ...others] = await Promise.all(
    networks.map(async (network) => ({ network, sureness: await surenessOf(network, images) })),
  );
  if (!first) throw new Error('aigc has come without its networks of digits');
  return others.reduce((best, one) => (one.sureness > best.sureness ? one : best), first).network;
}

async function surenessOf(network: Classifier, images: Stack): Promise<number> {
  const most: number[] = [];
  for (const channel of [0, 1, 2]) {
    const found = await classified(network, images, channel);
    for (const [i, digit] of classesOf(found).entries())
      most.push(found.probabilities[i * digits + digit] as number);
  }
  return meanOf(most).mean;
}

/** The mode of each image, 0 … 999: hundreds of the first channel, ones of the last. */
async function modesOf(network: Classifier, images: Stack): Promise<Uint16Array> {
  const modes = new Uint16Array(images.count);
  for (const channel of [0, 1, 2])
    for (const [i, digit] of classesOf(await classified(network, images, channel)).entries())
      modes[i] = (modes[i] as number) * digits + digit;
  return modes;
}

/** One channel of the images, with what the classifier makes of it. */
async function classified(
  { measure }: Classifier,
  images: Stack,
  channel: number,
): Promise<ClassifiedImages> {
  const { count, height, width } = images;
  const pixels = channelOf(images, channel);
  const measured = await measure({ count, height, width, channels: 1, pixels });
  if (!isClassified(measured)) throw new Error('a classifier of digits that gives no probabilities');
  return measured;
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
