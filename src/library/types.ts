// The library's types: they name nothing of the rest, so that whoever imports 'aigc' needs no other package's types.

/** Images as bytes. */
export interface Images {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  /** 1, grey, or 3, RGB. */
  readonly channels: number;
  /** [count, height, width, channels], 0 … 255 */
  readonly pixels: Uint8Array;
}

/** Images of a data set. */
export interface LabelledImages extends Images {
  /** [count], where the set has labels. */
  readonly labels: Uint8Array | undefined;
}

export interface Data {
  readonly name: string;
  readonly train: LabelledImages;
  readonly test: LabelledImages | undefined;
  /** By label. */
  readonly classNames?: readonly string[] | undefined;
  /** SHA-256 of the training images and labels, hex. */
  readonly fingerprint: string;
}

export type BackendChoice = 'auto' | 'cuda' | 'native' | 'wasm' | 'cpu';

export interface OpenOptions {
  /** What computes. Default: AIGC_BACKEND, or the best that works. */
  readonly backend?: BackendChoice;
  /** Of wasm; all cores when left out. */
  readonly threads?: number;
  /** The file of a family from outside, as `--model ./my-family.js`. */
  readonly model?: string;
  /** Steps from noise to image, of a family that draws in steps. Default: those that it was trained with. */
  readonly drawSteps?: number;
  /** Told of damaged checkpoints that were passed over, and of what is seldom meant. */
  onWarning?(message: string): void;
}

export interface SampleOptions {
  /** Default 64. */
  readonly count?: number;
  /** Default 1. Image i of a seed is the same whatever the count, and that of `aigc sample`. */
  readonly seed?: number;
  /** Of a conditional model: the classes, in turn. Default: all that there were training images of. */
  readonly labels?: readonly number[];
  /** Latents beyond ±truncation are drawn again. */
  readonly truncation?: number;
  /** Use the weights of the last step, not their average. */
  readonly lastWeights?: boolean;
}

export interface DrawOptions {
  /** [count]; a conditional model needs them. */
  readonly labels?: ArrayLike<number>;
  readonly lastWeights?: boolean;
}

/** A trained model. `dispose` it when it is no longer needed. */
export interface OpenedModel {
  readonly family: string;
  /** Training steps of the checkpoint. */
  readonly step: number;
  /** The checkpoint's folder. */
  readonly checkpoint: string;
  readonly backend: string;
  /** Of the images that it draws. */
  readonly image: { readonly height: number; readonly width: number; readonly channels: number };
  readonly latentDim: number;
  /** Of its family, completed. */
  readonly options: Readonly<Record<string, number | string | boolean | undefined>>;
  /** What it was trained on. */
  readonly data: { readonly name: string; readonly fingerprint: string };
  /** 0 for a model that learns no classes. */
  readonly classCount: number;
  readonly classNames: readonly string[] | undefined;
  readonly canEncode: boolean;
  /** Draws images as `aigc sample` does. */
  sample(options?: SampleOptions): Promise<Images>;
  /** What `sample` draws its images from. @returns [count, latentDim], flat */
  latents(options?: Pick<SampleOptions, 'count' | 'seed' | 'truncation'>): Float32Array;
  /** Draws the images of some latents. @param latents [count, latentDim], flat */
  draw(latents: Float32Array, options?: DrawOptions): Promise<Images>;
  /** The latents of images of the model's size, of a model with an encoder. @returns [count, latentDim], flat */
  encode(images: Images, options?: Pick<DrawOptions, 'labels'>): Promise<Float32Array>;
  dispose(): void;
}

/** One thing that happened in a training: `event` says what. They are those of `aigc train --json`: docs/events.md. */
export interface TrainingEvent {
  /** 'start', 'step', 'epoch', 'grid', 'checkpoint', 'rollback', 'collapse', 'backend', 'note', 'warning' or 'end' among them. */
  readonly event: string;
  readonly step?: number;
  readonly epoch?: number;
  /** Of a step, or their mean over an epoch, by name. */
  readonly losses?: Readonly<Record<string, number>>;
  /** On the test split, of an epoch. */
  readonly heldOut?: Readonly<Record<string, number>>;
  readonly imagesPerSecond?: number;
  readonly message?: string;
  readonly [field: string]: unknown;
}

export interface TrainOptions {
  /** The family, or the file of one: './my-family.js'. Default: 'gan'. */
  readonly model?: string;
  /** A named set, a folder or a file. Default: MNIST where it can be had, else the built-in digits. */
  readonly data?: string;
  /** The run folder. */
  readonly out: string;
  /** Go on with the run that is there. */
  readonly resume?: boolean;
  /** Replace it. */
  readonly force?: boolean;
  readonly epochs?: number;
  readonly steps?: number;
  readonly seed?: number;
  readonly backend?: BackendChoice;
  /** Told of all that happens. What it throws ends the training, after which the run can be resumed. */
  onEvent?(event: TrainingEvent): void;
  /** Ends the training after the step in hand, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Every other option of `aigc train`, by its name in a configuration file: batchSize, latentDim, learningRate … */
  readonly [option: string]: unknown;
}

export interface TrainedRun {
  /** The run folder, which `openModel` takes. */
  readonly run: string;
  /** Training steps done. */
  readonly step: number;
  /** 'signal' when `signal` ended it. */
  readonly reason: 'finished' | 'early-stop' | 'time' | 'signal';
  /** The best checkpoint so far, `openModel(run + '/best')`. */
  readonly best?: { readonly step: number; readonly figure: string; readonly value: number };
}

/** What run.json says. */
export interface Run {
  readonly status: 'running' | 'finished' | 'stopped' | 'diverged' | 'collapsed';
  readonly step: number;
  readonly backend: string;
  readonly dataset: { readonly name: string; readonly fingerprint: string };
  /** The model's name and all options, completed. */
  readonly config: Readonly<Record<string, unknown>>;
  readonly best?: { readonly step: number; readonly figure: string; readonly value: number } | undefined;
  /** The error that ended it. */
  readonly problem?: string | undefined;
}

export interface PngOptions {
  /** Default: about square. */
  readonly rows?: number;
  readonly columns?: number;
  /** Each pixel becomes scale × scale. Default 1. */
  readonly scale?: number;
  /** Say in the file how a model drew the images, which are those that it gave: a copy of them says nothing. Default
   *  true. */
  readonly provenance?: boolean;
}

export interface FamilySummary {
  readonly name: string;
  readonly summary: string;
  readonly conditional: boolean;
  readonly options: readonly {
    readonly name: string;
    readonly description: string;
    /** Undefined when leaving it out means something of its own. */
    readonly default: number | string | boolean | undefined;
  }[];
}
