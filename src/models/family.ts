// What a family of generative models is to the rest of aigc: a description, its options, and a model to train.
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D, Variable } from '@tensorflow/tfjs-core';
import type { Options, OptionValue, OptionValues } from '../config/option';
import type { ImageSet, ImageShape, PixelRange } from '../dataset/image-set';

export interface Paper {
  readonly title: string;
  readonly url: string;
}

/** A file outside of aigc that a family came from: its last name, and the hash of its bytes. */
export interface FamilyFile {
  readonly name: string;
  readonly sha256: string;
}

export interface Family<O extends Options = Options> {
  readonly name: string;
  /** One line for `aigc models`. */
  readonly summary: string;
  readonly papers: readonly Paper[];
  /** Everything a user may set; `batchSize` is among them. */
  readonly options: O;
  /** How long to train when neither --epochs nor --steps is given: so many epochs, and of a small set so many more as
   *  make `leastSteps` training steps. */
  readonly defaultEpochs: number;
  readonly leastSteps?: number;
  /** What of its options has another default for a set of few images. */
  readonly fewImages?: FewImages<OptionValues<O>>;
  /** Named sets of options that are known to give something. */
  readonly recipes?: readonly FamilyRecipe[];
  /** The pixel values its networks read and write. */
  readonly pixelRange: PixelRange;
  /** Whether it learns what each class looks like: then the data must have labels, and `sample` is given some. */
  readonly conditional?: boolean;
  /** Fills in the options that follow from others, such as learning rates from the loss. What comes out is what
   *  run.json and checkpoints hold; doing it again changes nothing. @throws UsageError when two exclude each other */
  complete?(options: OptionValues<O>): OptionValues<O>;
  /** How many batches a step reads, one after the other in `StepInputs`; 1 when left out. */
  batchesPerStep?(options: OptionValues<O>): number;
  /** What is done to every split before anything reads it, such as making each pixel 0 or 255 once and for all. Of a large
   *  set it is given some images at a time; `first` is the number of the first of these in the split. */
  preprocess?(
    set: ImageSet,
    setting: { readonly seed: number; readonly options: OptionValues<O>; readonly first?: number },
  ): ImageSet;
  /** What its figures in nats mean: "log-probability of …", for people who compare them. */
  figuresNote?(options: OptionValues<O>): string;
  /** Where it came from, of one that is none of aigc's own. */
  readonly file?: FamilyFile;
  /** Builds the networks with weights drawn from `setting.seed`. The caller disposes the model. */
  create(setting: ModelSetting<OptionValues<O>>): Model;
}

/** What `--recipe NAME` asks for; whatever else is asked for outranks it. */
export interface FamilyRecipe {
  readonly name: string;
  /** A sentence: what it is, and which figures it gave after how many minutes on what. */
  readonly summary: string;
  readonly papers: readonly Paper[];
  /** The family's own options, and how long to train: `epochs` or `steps`. */
  readonly options: Readonly<Record<string, OptionValue>>;
}

export interface FewImages<V> {
  /** Sets of fewer training images are such. */
  readonly below: number;
  readonly options: Partial<V>;
}

/** Images that one training step reads. @param options completed */
export function imagesOfStep(family: Family, options: OptionValues<Options>): number {
  return (options.batchSize as number) * (family.batchesPerStep?.(options) ?? 1);
}

/** The epochs of a run whose length nobody asked for. */
export function epochsByDefault({ defaultEpochs, leastSteps = 0 }: Family, stepsPerEpoch: number): number {
  return Math.max(defaultEpochs, Math.ceil(leastSteps / stepsPerEpoch));
}

/** What a model is built from; it is saved with every checkpoint, and rebuilds the model from it. */
export interface ModelSetting<V = Readonly<Record<string, unknown>>> {
  readonly image: ImageShape;
  /** 0 when the data has no labels. */
  readonly classCount: number;
  /** Mean pixel of the training set in [0, 1]. */
  readonly pixelMean: number;
  readonly seed: number;
  readonly options: V;
}

/** A tensor of random numbers that a step reads, drawn anew for each step. */
export interface NoiseSpec {
  readonly shape: readonly number[];
  readonly distribution: 'normal' | 'uniform';
}

/** Everything a training step reads, besides the model's own variables. All of it is declared, so that a
 *  recorded step can be fed with it. */
export interface StepInputs {
  /** [batch · batchesPerStep, height, width, channels] in the family's pixel range. */
  readonly images: Tensor4D;
  /** [batch · batchesPerStep], int32, when the data has labels. */
  readonly labels: Tensor1D | undefined;
  /** By the names in `Model.noise`. */
  readonly noise: Readonly<Record<string, Tensor>>;
  /** By the names that `Model.stepSizes` and `Model.scalars` give. */
  readonly scalars: Readonly<Record<string, Scalar>>;
}

export type Losses = Readonly<Record<string, Scalar>>;

/** How a loss is shown: its name in metrics.jsonl is its key. */
export interface LossSpec {
  readonly name: string;
  /** For progress lines: "generator", "ELBO". */
  readonly label: string;
  /** "nats" or nothing. */
  readonly unit?: string;
}

/** What the steppers train: a family's model, or another network. */
export interface Trainable {
  /** All that a checkpoint must hold, by name: weights, moving statistics, optimizer slots. */
  readonly variables: ReadonlyMap<string, Variable>;
  /** The losses of a step, in the order in which they are shown. */
  readonly losses: readonly LossSpec[];
  /** The random inputs of one step on a batch. Their shapes may change in the course of a run, their names not.
   *  @param step Infinity for those of the end of any run, which are the largest */
  noise(batchSize: number, step: number): Readonly<Record<string, NoiseSpec>>;
  /** What its optimizers multiply a direction by at a step, schedules included; a roll-back halves these. Computed in
   *  float64, from the step alone. */
  stepSizes(step: number): Readonly<Record<string, number>>;
  /** Other numbers that change with the step, such as a loss's weight. */
  scalars?(step: number): Readonly<Record<string, number>>;
  /**
   * One training step: updates the variables and returns the losses, kept, for the caller to dispose. Pure tensor
   * code: no host randomness, no reading of values, so that it can be recorded and compiled.
   */
  step(inputs: StepInputs): Losses;
}

/** What a variable is to those who keep models or start one from another. */
export type VariableKind =
  /** Trained by its gradient. */
  | { readonly kind: 'weight' }
  /** Followed by a step's own code: moving means, a codebook. */
  | { readonly kind: 'statistic' }
  /** The moving average of another variable. */
  | { readonly kind: 'average'; readonly of: string }
  /** What an optimizer remembers of a weight: nothing that a model draws with. */
  | { readonly kind: 'optimizer' };

export interface Model extends Trainable {
  /** Of each of `variables`, by name. */
  readonly kinds: ReadonlyMap<string, VariableKind>;
  readonly parameterCounts: Readonly<Record<string, number>>;
  /** Draws images. @param latents [count, latentDim] @returns [count, height, width, channels] in [0, 1] */
  sample(latents: Tensor2D, how?: SampleSetting): Tensor4D;
  /** Where a picture lies among the latents: the posterior's mean. Absent for models without an encoder.
   *  @param images [count, height, width, channels] in the family's pixel range
   *  @param labels [count], int32, of a conditional model
   *  @returns [count, latentDim], which `sample` takes */
  encode?(images: Tensor4D, labels?: Tensor1D): Tensor2D;
  /** Mean and log σ² of the latents of a picture, [count, latentDim] each, where its encoder tells a distribution; the
   *  mean is what `encode` gives. */
  posterior?(
    images: Tensor4D,
    labels?: Tensor1D,
  ): { readonly mean: Tensor2D; readonly logVariance: Tensor2D };
  /** `sample` in another way, of a model that draws one position after the other. */
  readonly passes?: Passes;
  /** What `sample` draws from. */
  readonly latent: { readonly dimension: number; readonly prior: 'normal' };
  /** Figures on held-out data, when the family has some. */
  readonly heldOut?: HeldOut;
  /** What tells a good checkpoint from a bad one. Absent for models that only their samples tell of. */
  readonly goal?: Goal;
  /** For the test likelihood by importance sampling, when the family has an encoder and a likelihood. */
  readonly density?: Density;
  dispose(): void;
}

/** What draws one position after the other, as passes over all of them: each reads what the one before it gave, and after n
 *  of them n positions are final. More arithmetic and less code than position by position: for formats in which one
 *  reads it. */
export interface Passes {
  readonly count: number;
  /** Of what is passed on, for each image; it begins as zeros. */
  readonly rows: number;
  readonly columns: number;
  /** @param state [batch · rows, columns] @param latents [batch, latentDim] @returns of the state's shape */
  next(state: Tensor2D, latents: Tensor2D): Tensor2D;
  /** @returns [batch, height, width, channels] in [0, 1] */
  finish(state: Tensor2D): Tensor4D;
}

/** What is drawn, besides the latents. */
export interface SampleSetting {
  /** [count], int32: the classes, for a conditional model. */
  readonly labels?: Tensor1D;
  /** [count, classCount]: how much of each class, in place of labels. Whole classes are one-hot. */
  readonly classShares?: Tensor2D;
  /** Use the weights of the last step even when the model keeps an average of them. */
  readonly lastWeights?: boolean;
}

/** A bound on the likelihood: more is better. */
export interface Goal {
  /** One of `heldOut.figures`. */
  readonly heldOut: LossSpec;
  /** The one of `losses` that stands for it where there are no test images. */
  readonly training: LossSpec;
}

/** Per-image figures on data that was not trained on, such as the ELBO. */
export interface HeldOut {
  readonly figures: readonly LossSpec[];
  noise(batchSize: number): Readonly<Record<string, NoiseSpec>>;
  /** @returns [batch] for each figure */
  measure(
    images: Tensor4D,
    noise: Readonly<Record<string, Tensor>>,
    labels?: Tensor1D,
  ): Readonly<Record<string, Tensor1D>>;
}

/** log p(x, z) − log q(z|x) at z ~ q(z|x): what estimates log p(x). */
export interface Density {
  /** Whether its likelihood is one of pixels that are 0 or 1: then the images that it is given are. */
  readonly binary: boolean;
  /** @param images  [batch, height, width, channels] in the family's pixel range
   *  @param epsilon ~ N(0, I), [batch, samples, latentDim]
   *  @param labels  [batch], int32, of a conditional model
   *  @returns [batch, samples], nats */
  logWeights(images: Tensor4D, epsilon: Tensor3D, labels?: Tensor1D): Tensor2D;
}

/** A family whose options are checked by the caller, as the registry holds them. */
export function defineFamily<O extends Options>(family: Family<O>): Family {
  return family as unknown as Family;
}
