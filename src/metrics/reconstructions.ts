// `reconstructions`: how near images come back that the model's own encoder and decoder were given.
import type { ImageShape } from '../dataset/image-set';
import { drawImages } from '../use/draw';
import { canEncode, encodeImages } from '../use/encode';
import { type Estimate, type Estimates, type ModelMetric, meanOf } from './metric';
import { structuralSimilarity } from './structural-similarity';

/** So small a mean squared error is nothing in 8 bits: PSNR goes to 100 dB and no further. */
const leastError = 1e-10;

/**
 * Of an image x in [0, 1] and what comes back of it, x̂: mse = mean (x − x̂)²; psnr = −10 log₁₀ of the mean mse, dB;
 * ssim = the mean of (2μμ̂ + c₁)(2σ_xx̂ + c₂) / ((μ² + μ̂² + c₁)(σ² + σ̂² + c₂)) over windows: Wang et al. 2004, eq. 13,
 * ece.uwaterloo.ca/~z70wang/publications/ssim.pdf.
 * Protocol: the whole test split; the posterior's mean, decoded with the averaged weights if there are such, rounded to 8
 * bits as pictures are; windows of 11×11 with a Gaussian of 1.5 pixels inside the image, smaller in small images, the
 * mean over channels. Standard errors are over images, of psnr by the delta method.
 */
export const reconstructions: ModelMetric = {
  of: 'model',
  name: 'reconstructions',
  summary: 'MSE, PSNR and SSIM of what comes back of encoded images',
  figures: [
    { name: 'mse', label: 'MSE', better: 'lower' },
    { name: 'psnr', label: 'PSNR', unit: 'dB', better: 'higher' },
    { name: 'ssim', label: 'SSIM', better: 'higher' },
  ],
  refusal: (model) => (canEncode(model) ? undefined : 'it has no encoder'),
  measure: async ({ family, model, set }) => {
    if (!canEncode(model)) throw new Error('reconstructions of a model without an encoder');
    const labels = family.conditional && set.labels ? Int32Array.from(set.labels) : undefined;
    const latents = await encodeImages(model, set, family.pixelRange, labels);
    const { pixels } = await drawImages(model, latents, { labels, lastWeights: false });
    return compareImages(set.pixels, pixels, set, set.count);
  },
};

/** @param first  [count, height, width, channels], bytes
 *  @param second the same */
export function compareImages(
  first: Uint8Array,
  second: Uint8Array,
  shape: ImageShape,
  count: number,
): Estimates {
  const size = first.length / count;
  const [errors, similarities] = [new Float64Array(count), new Float64Array(count)];
  for (let i = 0; i < count; i++) {
    const [x, y] = [first, second].map((set) => set.subarray(i * size, (i + 1) * size)) as [
      Uint8Array,
      Uint8Array,
    ];
    errors[i] = x.reduce((sum, byte, at) => sum + ((byte - (y[at] as number)) / 255) ** 2, 0) / size;
    similarities[i] = structuralSimilarity(x, y, shape);
  }
  const mse = meanOf(errors);
  return { mse, psnr: decibels(mse), ssim: meanOf(similarities) };
}

function decibels({ mean, standardError }: Estimate): Estimate {
  const least = Math.max(mean, leastError);
  return { mean: -10 * Math.log10(least), standardError: ((10 / Math.LN10) * standardError) / least };
}
