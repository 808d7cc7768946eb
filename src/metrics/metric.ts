// What a metric is: a measurement by a protocol that is written down, of a model or of the images that it draws.
import type { AnySet, ImageSet, ImageShape } from '../dataset/image-set';
import type { Family, Model } from '../models/family';
import type { Teacher } from './features/teacher';

export type Metric = ModelMetric | SampleMetric;

interface Described {
  readonly name: string;
  /** One line for --help. */
  readonly summary: string;
  /** Every figure that it may give, so that flags that name one are checked before work starts. */
  readonly figures: readonly FigureSpec[];
  /** It is what samples are judged by where a model has no goal of its own: of its figures the first. */
  readonly judgesSamples?: true;
  /** Takes minutes: measured only when it is named. */
  readonly slow?: boolean;
}

export interface FigureSpec {
  /** Unique among all metrics; its name in JSON, --fail-if and `aigc tune`. */
  readonly name: string;
  /** For tables: "FID". */
  readonly label: string;
  /** "nats", or nothing. */
  readonly unit?: string;
  /** Where there is a better side. */
  readonly better?: 'lower' | 'higher';
}

export interface Estimate {
  readonly mean: number;
  /** Of the mean over images, or over resamples where the figure is not a mean; the metric says which. */
  readonly standardError: number;
}

/** By figure name. */
export type Estimates = Readonly<Record<string, Estimate>>;

/** Measures what a model says of held-out images. */
export interface ModelMetric extends Described {
  readonly of: 'model';
  /** Why it cannot be had of a model, or one figure of it, in words; undefined when it can. */
  refusal(model: Model, figure?: string): string | undefined;
  measure(evaluation: ModelEvaluation): Promise<Estimates>;
}

export interface ModelEvaluation {
  readonly family: Family;
  readonly model: Model;
  /** The images to measure on, in the order of their file. */
  readonly set: ImageSet;
  readonly samplesPerImage: number;
  /** Of every random stream of the protocol: the same for everybody, unless a second opinion is wanted. */
  readonly seed: number;
  /** Called now and then with the images done. */
  readonly onProgress?: (done: number) => void;
}

/** Measures images, wherever they come from. Real ones are measured by it too: they are its floor or ceiling. */
export interface SampleMetric extends Described {
  readonly of: 'samples';
  /** What it looks at: features, of a network or of a file; classes, of a classifier, where there is one; or pixels alone. */
  readonly reads: 'features' | 'classes' | 'pixels';
  /** Whether training images in the place of samples say what a perfect generator would get. */
  readonly hasRealFloor: boolean;
  /** Why it cannot be had of such images, in words; undefined when it can. */
  refusal?(prospect: Prospect): string | undefined;
  measure(evaluation: SampleEvaluation): Promise<Estimates>;
  /** The same of samples that are not in memory together, where a few passes over them do. */
  measureAll?(evaluation: StreamEvaluation): Promise<Estimates>;
}

/** What is known of an evaluation before anything is drawn or measured. */
export interface Prospect {
  readonly sampleCount: number;
  /** Where their features come from. */
  readonly features: FeatureSource;
  /** Whether there are training images beside those that samples are held against. */
  readonly hasTraining: boolean;
  /** Whether samples, and the images that they are held against, come with their classes. */
  readonly hasLabels: boolean;
  /** Of the samples, and of what they are held against. */
  readonly image: ImageShape;
}

/** Whose features images are compared in: of a network and by what it was taught, or of somebody else's, from a file. */
export type FeatureSource = Teacher | 'file';

export interface SampleEvaluation {
  /** What is measured. */
  readonly samples: MeasuredImages;
  /** What it is held against: the test split, or what stands for it. */
  readonly test: MeasuredImages;
  /** The training split. */
  readonly train: AnySet;
  /** Of every random stream of the protocol. */
  readonly seed: number;
}

/** All samples, where `SampleEvaluation` has some of them. */
export interface StreamEvaluation {
  readonly samples: MeasuredStream;
  readonly test: MeasuredImages;
}

/** What the feature network says of more images than memory should hold. */
export interface MeasuredStream {
  readonly count: number;
  readonly featureCount: number;
  readonly classCount: number;
  /** All of them, in order, some at a time; as often as need be. */
  blocks(): Iterable<MeasuredFeatures>;
}

/** Of some images, as `MeasuredImages` has it. */
export type MeasuredFeatures = Pick<
  MeasuredImages,
  'count' | 'features' | 'featureCount' | 'probabilities' | 'classCount'
>;

/** Images with what the feature network says of them. */
export interface MeasuredImages extends ImageShape {
  readonly count: number;
  /** [count, height, width, channels], bytes */
  readonly pixels: Uint8Array;
  /** [count, featureCount], row by row: the network's last hidden layer */
  readonly features: Float32Array;
  readonly featureCount: number;
  /** [count, classCount], row by row: p(y|x) of the network; absent for features that come from a file */
  readonly probabilities?: Float32Array;
  readonly classCount: number;
  /** [count], their classes, where they are known: of real images, of what a model was told to draw, of a file with labels */
  readonly labels?: ArrayLike<number> | undefined;
}

/** Mean and standard error of per-image values. */
export function meanOf(values: ArrayLike<number>): Estimate {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] as number;
  const mean = sum / values.length;
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += ((values[i] as number) - mean) ** 2;
  return { mean, standardError: Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) };
}
