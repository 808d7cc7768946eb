// What a page is made of besides its program: the model, what there is to see of its space, and how it was made. Written
// by `aigc export --to web`, read in the page.
import type { ImageShape, PixelRange } from '../dataset/image-set';
import type { Provenance } from '../images/provenance';

export interface PageData {
  readonly title: string;
  readonly model: PageModel;
  readonly space: Space;
  /** Test images in their places; none where the data could not be had. */
  readonly landmarks: Landmarks | undefined;
  readonly story: Story;
  /** What images that are saved say of themselves; undefined when nothing. */
  readonly provenance: Provenance | undefined;
}

export interface PageModel {
  readonly family: string;
  readonly summary: string;
  /** Training steps done. */
  readonly step: number;
  readonly image: ImageShape;
  readonly pixelMean: number;
  readonly pixelRange: PixelRange;
  readonly seed: number;
  /** The family's, completed. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly conditional: boolean;
  readonly encodes: boolean;
  readonly latentDim: number;
  readonly classCount: number;
  /** By label; empty where they are but numbers. */
  readonly classNames: readonly string[];
  /** The labels that it was trained on. */
  readonly classes: readonly number[];
  readonly lastWeights: boolean;
}

/** The latent space as a person can move in it. */
export interface Space {
  /** Where directions are measured from, [latentDim]. */
  readonly mean: readonly number[];
  /** The first changes most. */
  readonly directions: readonly Direction[];
  /** In words, where they come from. */
  readonly source: string;
}

export interface Direction {
  /** Of length 1, [latentDim]. */
  readonly axis: readonly number[];
  /** How far latents lie along it: a standard deviation. */
  readonly deviation: number;
  /** What it changes in an image: "slant", "width"; or "direction 3". */
  readonly name: string;
}

export interface Landmarks {
  readonly count: number;
  /** Base64 of [count, height, width, channels], bytes. */
  readonly pixels: string;
  /** Base64 of [count, latentDim], float32. */
  readonly latents: string;
  readonly labels: readonly number[] | undefined;
}

export interface Story {
  readonly version: string;
  /** Of the weights' file. */
  readonly sha256: string;
  /** How the page holds the weights, and what that changes. */
  readonly precision: { readonly name: string; readonly bytes: number; readonly largestDifference: number };
  readonly dataset: string;
  /** What trains it anew; absent where its run is not there. */
  readonly command: string | undefined;
  readonly backend: string | undefined;
  readonly papers: readonly { readonly title: string; readonly url: string }[];
  readonly parameters: Readonly<Record<string, number>>;
  /** Pictures of the same latents over the epochs, as data: addresses. */
  readonly film: readonly { readonly epoch: number; readonly image: string }[];
  readonly curves: readonly Curve[];
  readonly figures: readonly Figure[];
}

export interface Curve {
  readonly label: string;
  readonly unit: string;
  /** [epoch, value] */
  readonly points: readonly (readonly [number, number])[];
}

export interface Figure {
  readonly label: string;
  /** With its error and unit. */
  readonly value: string;
  readonly protocol: string;
}
