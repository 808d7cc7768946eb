// What the two networks of a pair minimise on one batch: the objective, the penalties, and the error in classes.
import * as tf from '@tensorflow/tfjs-core';
import { logSoftmax } from '../../tensor/ops/log-softmax';
import type { Networks, Verdict } from './networks';
import { objectives } from './objectives';
import type { CompletedValues } from './options';
import { type Critic, wassersteinPenalty, zeroCentredPenalty } from './penalties';
import { augmented, type Round } from './rounds';

export interface DiscriminatorLoss {
  readonly total: tf.Scalar;
  /** What of it is shown, kept. */
  readonly figures: Readonly<Record<string, tf.Scalar>>;
}

/** @param fake [batch, …], what the generator made of the round's latents, augmented, as `real` is */
export function discriminatorLoss(
  networks: Networks,
  values: CompletedValues,
  round: Round,
  real: tf.Tensor4D,
  fake: tf.Tensor4D,
): DiscriminatorLoss {
  const objective = objectives[values.loss];
  const [ofReal, ofFake] = judgePair(networks, real, fake, round.classes);
  const loss = objective.discriminator(ofReal.logits, ofFake.logits, networks.realTarget);
  const figures: Record<string, tf.Scalar> = { discriminator: tf.keep(loss) };
  const { terms, gradientNorm } = penalties(networks, values, round, real, fake);
  if (gradientNorm) figures.gradientNorm = tf.keep(gradientNorm);
  if (ofReal.classLogits && ofFake.classLogits) {
    const classes = round.classes as tf.Tensor2D;
    const ofClasses = classError(ofReal.classLogits, classes);
    figures.classifier = tf.keep(ofClasses);
    terms.push(ofClasses, classError(ofFake.classLogits, classes));
  }
  return { total: terms.reduce((sum, term) => tf.add(sum, term), loss), figures };
}

/** @param fake [batch, …], what the generator made of the round's latents, augmented */
export function generatorLoss(
  networks: Networks,
  values: CompletedValues,
  round: Round,
  fake: tf.Tensor4D,
): tf.Scalar {
  const objective = objectives[values.loss];
  const real = objective.comparesPairs
    ? networks.discriminate(augmented(round.real, values.augment, round.changeReal), round.classes).logits
    : undefined;
  const { logits, classLogits } = networks.discriminate(fake, round.classes);
  const loss = objective.generator(logits, real);
  return classLogits ? tf.add(loss, classError(classLogits, round.classes as tf.Tensor2D)) : loss;
}

/** In one pass where the networks allow it. */
function judgePair(
  networks: Networks,
  real: tf.Tensor4D,
  fake: tf.Tensor4D,
  classes: tf.Tensor2D | undefined,
): readonly [Verdict, Verdict] {
  if (!networks.judgesTogether)
    return [networks.discriminate(real, classes), networks.discriminate(fake, classes)];
  const both = networks.discriminate(
    tf.concat4d([real, fake], 0),
    classes && tf.concat2d([classes, classes], 0),
  );
  const [realLogits, fakeLogits] = tf.split(both.logits, 2) as [tf.Tensor2D, tf.Tensor2D];
  if (!both.classLogits) return [{ logits: realLogits }, { logits: fakeLogits }];
  const [realClasses, fakeClasses] = tf.split(both.classLogits, 2) as [tf.Tensor2D, tf.Tensor2D];
  return [
    { logits: realLogits, classLogits: realClasses },
    { logits: fakeLogits, classLogits: fakeClasses },
  ];
}

/** The penalties that the options ask for, times their weights. */
function penalties(
  networks: Networks,
  { gradientPenalty, r1, r2 }: CompletedValues,
  { classes, mix }: Round,
  real: tf.Tensor4D,
  fake: tf.Tensor4D,
) {
  const critic: Critic = (images) => networks.discriminate(images, classes).logits;
  const terms: tf.Scalar[] = [];
  const between = gradientPenalty > 0 ? wassersteinPenalty(critic, real, fake, mix as tf.Tensor) : undefined;
  if (between) terms.push(tf.mul(between.penalty, gradientPenalty));
  if (r1 > 0) terms.push(tf.mul(zeroCentredPenalty(critic, real), r1));
  if (r2 > 0) terms.push(tf.mul(zeroCentredPenalty(critic, fake), r2));
  return { terms, gradientNorm: between?.gradientNorm };
}

/** −E log p(class), in nats. @param classes one-hot */
function classError(logits: tf.Tensor2D, classes: tf.Tensor2D): tf.Scalar {
  return tf.neg(tf.mean(tf.sum(tf.mul(classes, logSoftmax(logits)), 1)));
}
