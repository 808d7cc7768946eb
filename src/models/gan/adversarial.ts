// The training step that every generator-and-discriminator pair shares.
import * as tf from '@tensorflow/tfjs-core';
import { type AdamSetting, createAdam } from '../adam';
import type { Losses, Model, StepInputs } from '../family';
import type { Mode } from '../layers';
import type { Parameters } from '../parameters';
import type { Objective } from './objectives';

/** A pair of networks. Their variables are in `parameters` under "generator." and "discriminator.". */
export interface Networks {
  readonly parameters: Parameters;
  readonly latentDim: number;
  /** [batch, latentDim] → [batch, height, width, channels] in [−1, 1] */
  generate(latents: tf.Tensor2D, mode: Mode): tf.Tensor4D;
  /** [batch, height, width, channels] in [−1, 1] → logits [batch, 1] */
  discriminate(images: tf.Tensor4D): tf.Tensor2D;
  /** Logits of real and of generated images: in one pass where the network allows it. */
  discriminatePair(real: tf.Tensor4D, fake: tf.Tensor4D): readonly [tf.Tensor2D, tf.Tensor2D];
}

interface Optimizers {
  readonly generator: AdamSetting;
  readonly discriminator: AdamSetting;
}

/** A model that trains the discriminator and then the generator once a step, on the same generated images. */
export function createAdversarialModel(
  networks: Networks,
  objective: Objective,
  settings: Optimizers,
): Model {
  const { parameters, latentDim } = networks;
  const generatorVariables = parameters.trainable('generator.');
  const discriminatorVariables = parameters.trainable('discriminator.');
  const generatorAdam = createAdam(parameters, 'generator.', settings.generator);
  const discriminatorAdam = createAdam(parameters, 'discriminator.', settings.discriminator);

  function trainDiscriminator(inputs: StepInputs, fake: tf.Tensor4D): tf.Scalar {
    const { value, grads } = tf.variableGrads(
      () => objective.discriminator(...networks.discriminatePair(inputs.images, fake)),
      discriminatorVariables,
    );
    discriminatorAdam.update(grads, scalar(inputs, 'discriminatorStepSize'));
    return value;
  }

  /** The discriminator trains inside the generator's tape: one forward pass of the generator serves both. Only
   *  the path from the generator's variables to its own loss is followed back, so neither trains the other. */
  function step(inputs: StepInputs): Losses {
    return tf.tidy(() => {
      let discriminatorLoss: tf.Scalar | undefined;
      const { value, grads } = tf.variableGrads(() => {
        const fake = networks.generate(inputs.noise.latents as tf.Tensor2D, 'train');
        discriminatorLoss = tf.keep(trainDiscriminator(inputs, fake));
        return objective.generator(networks.discriminate(fake));
      }, generatorVariables);
      generatorAdam.update(grads, scalar(inputs, 'generatorStepSize'));
      return { discriminator: discriminatorLoss as tf.Scalar, generator: value };
    });
  }

  return {
    variables: parameters.variables,
    parameterCounts: {
      generator: parameters.count('generator.'),
      discriminator: parameters.count('discriminator.'),
    },
    losses: [
      { name: 'generator', label: 'generator' },
      { name: 'discriminator', label: 'discriminator' },
    ],
    noise: (batchSize) => ({ latents: { shape: [batchSize, latentDim], distribution: 'normal' } }),
    scalars: (at) => ({
      generatorStepSize: generatorAdam.stepSize(at),
      discriminatorStepSize: discriminatorAdam.stepSize(at),
    }),
    step,
    sample: (latents) => tf.tidy(() => tf.mul(tf.add(networks.generate(latents, 'infer'), 1), 0.5)),
    latent: { dimension: latentDim, prior: 'normal' },
    dispose: () => parameters.dispose(),
  };
}

function scalar(inputs: StepInputs, name: string): tf.Scalar {
  const value = inputs.scalars[name];
  if (!value) throw new Error(`the step was not given ${name}`);
  return value;
}
