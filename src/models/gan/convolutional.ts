// The convolutional generator and discriminator of InfoGAN, for images of any size, with or without classes.
import * as tf from '@tensorflow/tfjs-core';
import { leakyRelu } from '../../tensor/ops/leaky-relu';
import { averaged } from '../average';
import type { ModelSetting } from '../family';
import { batchNorm, convolution, dense, type Mode, trackedBatchNorm, transposedConvolution } from '../layers';
import { heNormal, type Initializer, Parameters } from '../parameters';
import { spectralNorm } from '../spectral-norm';
import { type Stage, stagesOf } from '../stages';
import type { Generate, Networks, Verdict } from './networks';
import type { Normalisation } from './objectives';

const slope = 0.2;
/** Radford et al. 2016, section 3: all weights start from N(0, 0.02²). */
const kernel: Initializer = { kind: 'normal', deviation: 0.02 };
const filter = { size: 4, stride: 2, kernel };

/** How the discriminator uses the classes: not at all, by an inner product with its features, by telling them. */
type ClassUse = 'none' | 'projection' | 'classifier';

interface ConvolutionalValues extends Width {
  readonly latentDim: number;
  readonly normalisation: Normalisation | undefined;
  readonly generatorNormalisation: 'batch' | 'none';
  readonly ema: number;
}

export function createConvolutionalNetworks(
  setting: ModelSetting<ConvolutionalValues>,
  use: ClassUse,
): Networks {
  const { seed, options } = setting;
  const parameters = new Parameters(seed);
  const classCount = use === 'none' ? 0 : setting.classCount;
  const normalisation = options.normalisation as Normalisation;
  const spectral = normalisation === 'spectral' ? spectralNorm(parameters) : undefined;
  const { latentDim, channels, hidden } = options;
  const normed = options.generatorNormalisation === 'batch';
  const shape = { image: setting.image, latentDim, classCount, channels, hidden };
  // Built in this order since version 0.1.0; the order is that of the variables in checkpoints.
  const discriminate = createDiscriminator(parameters, shape, { use, normalisation, spectral });
  const generate = createGenerator(parameters, shape, normed);
  return {
    parameters,
    latentDim: options.latentDim,
    classCount,
    classifies: use === 'classifier',
    generate,
    generateAverage: options.ema > 0 ? createGenerator(averaged(parameters), shape, normed) : undefined,
    discriminate,
    judgesTogether: normalisation !== 'batch',
    ...(spectral && { refresh: spectral.refresh }),
  };
}

interface Width {
  /** Of the first convolution's result, and the last transposed one's input; they double inwards. */
  readonly channels: number;
  /** Units of the dense layer between the convolutions and the latents or the verdict. With 0 there is none, and the
   *  convolutions go on to about 4 pixels, as in Radford et al. 2016, section 3. */
  readonly hidden: number;
}

interface Shape extends Width {
  readonly image: { readonly height: number; readonly width: number; readonly channels: number };
  readonly latentDim: number;
  readonly classCount: number;
}

const stagesWithin = ({ image, channels, hidden }: Shape) => stagesOf(image, channels, hidden > 0 ? 8 : 4);

/** G: z → FC 1024 → FC h/4·w/4·128 → 4×4 deconv 64, stride 2 → 4×4 deconv, stride 2, tanh; batch norm and ReLU
 *  between. A class is a one-hot vector beside z (Mirza & Osindero 2014, arxiv.org/abs/1411.1784). Without batch norm the
 *  weights before a ReLU start as He et al. have them: with those of DCGAN hardly anything would get through. */
function createGenerator(parameters: Parameters, shape: Shape, normed: boolean): Generate {
  const { latentDim, classCount, hidden } = shape;
  const stages = stagesWithin(shape);
  const smallest = stages[stages.length - 1] as Stage;
  const base = smallest.height * smallest.width * smallest.channels;
  const name = (layer: string) => `generator.${layer}`;

  const inputs = latentDim + classCount;
  const start = (fanIn: number) => (normed ? kernel : heNormal(fanIn));
  const norm = <T extends tf.Tensor2D | tf.Tensor4D>(layer: string, units: number) =>
    normed ? trackedBatchNorm<T>(parameters, name(layer), units) : (x: T) => x;
  const dense1 =
    hidden > 0
      ? dense(parameters, name('dense1'), { inputs, outputs: hidden, kernel: start(inputs) })
      : undefined;
  const norm1 = dense1 && norm<tf.Tensor2D>('norm1', hidden);
  const into = hidden || inputs;
  const dense2 = dense(parameters, name('dense2'), { inputs: into, outputs: base, kernel: start(into) });
  const norm2 = norm<tf.Tensor2D>('norm2', base);
  const upward = stages
    .slice(0, -1)
    .reverse()
    .map((to, i) => {
      const inputs = (stages[stages.length - 1 - i] as Stage).channels;
      const last = i === stages.length - 2;
      const apply = transposedConvolution(parameters, name(`deconv${i + 1}`), {
        ...filter,
        // Each pixel of the result is of size² / stride² of the filter's.
        kernel: last ? kernel : start((inputs * filter.size ** 2) / filter.stride ** 2),
        inputs,
        outputs: to.channels,
        to: [to.height, to.width],
      });
      return { apply, normalise: last ? undefined : norm<tf.Tensor4D>(`norm${i + 3}`, to.channels) };
    });

  return (latents: tf.Tensor2D, mode: Mode, classes: tf.Tensor2D | undefined): tf.Tensor4D => {
    const code = classCount > 0 ? tf.concat2d([latents, classes as tf.Tensor2D], 1) : latents;
    const a = dense1 && norm1 ? tf.relu(norm1(dense1(code), mode)) : code; // [batch, hidden]
    const b = tf.relu(norm2(dense2(a), mode)); // [batch, h/4 · w/4 · 128]
    const { height, width, channels } = smallest;
    let x = tf.reshape(b, [latents.shape[0], height, width, channels]) as tf.Tensor4D;
    for (const { apply, normalise } of upward) {
      x = apply(x); // [batch, 2h, 2w, channels / 2]
      if (normalise) x = tf.relu(normalise(x, mode));
    }
    return tf.tanh(x); // [batch, h, w, channels] in [−1, 1]
  };
}

interface DiscriminatorKind {
  readonly use: ClassUse;
  readonly normalisation: Normalisation;
  readonly spectral: ReturnType<typeof spectralNorm> | undefined;
}

/** D: 4×4 conv 64, stride 2 → 4×4 conv 128, stride 2 → FC 1024 → FC 1; leaky ReLU 0.2, batch norm, if any, but on the
 *  first. With classes, the logit gains the inner product of the last features with a vector of the class (Miyato &
 *  Koyama 2018, eq. 3, arxiv.org/abs/1802.05637), or a second head tells the class (Odena et al. 2017). */
function createDiscriminator(parameters: Parameters, shape: Shape, kind: DiscriminatorKind) {
  const { classCount, hidden } = shape;
  const { use, normalisation, spectral } = kind;
  const transform = spectral?.transform;
  const stages = stagesWithin(shape);
  const smallest = stages[stages.length - 1] as Stage;
  const flat = smallest.height * smallest.width * smallest.channels;
  const name = (layer: string) => `discriminator.${layer}`;
  const normed = normalisation === 'batch';

  const downward = stages.slice(1).map(({ channels: outputs }, i) => {
    const { channels: inputs } = stages[i] as Stage;
    return {
      apply: convolution(parameters, name(`conv${i + 1}`), { ...filter, inputs, outputs, transform }),
      normalise:
        normed && i > 0 ? batchNorm<tf.Tensor4D>(parameters, name(`norm${i + 1}`), outputs) : undefined,
    };
  });
  // The numbers go on from the convolutions: dense3 and norm3 after two of them.
  const next = stages.length;
  const last =
    hidden > 0
      ? dense(parameters, name(`dense${next}`), { inputs: flat, outputs: hidden, kernel, transform })
      : undefined;
  const lastNorm =
    last && normed ? batchNorm<tf.Tensor2D>(parameters, name(`norm${next}`), hidden) : undefined;
  const inputs = hidden || flat;
  const output = dense(parameters, name('output'), { inputs, outputs: 1, kernel, transform });
  const ofClass =
    use === 'none'
      ? undefined
      : dense(parameters, name('classes'), { inputs, outputs: classCount, kernel, transform });

  const activated = (rows: tf.Tensor2D) => leakyRelu(lastNorm ? lastNorm(rows) : rows, slope);

  return (images: tf.Tensor4D, classes: tf.Tensor2D | undefined): Verdict => {
    let x = images;
    for (const { apply, normalise } of downward) {
      const y = apply(x); // [batch, h/2, w/2, channels]
      x = leakyRelu(normalise ? normalise(y) : y, slope);
    }
    const rows = tf.reshape(x, [images.shape[0], flat]) as tf.Tensor2D;
    const features = last ? activated(last(rows)) : rows; // [batch, hidden]
    const logits = output(features); // [batch, 1]
    if (!ofClass) return { logits };
    const classLogits = ofClass(features); // [batch, classCount]
    if (use === 'classifier') return { logits, classLogits };
    const projection = tf.sum(tf.mul(classLogits, classes as tf.Tensor2D), 1, true);
    return { logits: tf.add(logits, projection) as tf.Tensor2D };
  };
}
