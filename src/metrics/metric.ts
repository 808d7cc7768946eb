// What a metric is: a measurement of a trained model on held-out images, by a protocol that is written down.
import type { ImageSet } from '../dataset/image-set';
import type { Family, Model } from '../models/family';

export interface Evaluation {
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

export interface Figure {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  readonly mean: number;
  /** Standard error of the mean over the images. */
  readonly standardError: number;
}

export interface Metric {
  readonly name: string;
  readonly summary: string;
  /** Why it cannot be had of a model, in words; undefined when it can. */
  refusal(model: Model): string | undefined;
  measure(evaluation: Evaluation): Promise<readonly Figure[]>;
}

/** Mean and standard error of per-image values. */
export function meanOf(values: readonly number[]): { readonly mean: number; readonly standardError: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, standardError: Math.sqrt(squares / Math.max(1, values.length - 1) / values.length) };
}
