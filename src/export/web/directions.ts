// The directions of the latent space that change images most, and what each of them changes.
import { Matrix } from 'ml-matrix';
import { presentClasses } from '../../dataset/classes';
import type { ImageBytes } from '../../images/grid';
import type { Direction, Space } from '../../page/page-data';
import { columnMeans, decompose, outerProducts } from '../../stats/outer-products';
import { drawImages, latentsAt } from '../../use/draw';
import type { ExportJob } from '../target';
import { type Descriptions, describe } from './image-measures';

/** That a person can keep apart. */
const mostDirections = 6;
const drawnImages = 512;
/** Beside the first draw, which the grid shows. */
const drawSeed = 7;

/** From the latents of encoded images: their principal components. @param latents [count, latentDim], flat */
export async function directionsOfLatents(job: ExportJob, latents: Float32Array): Promise<Space> {
  const { dimension } = job.saved.model.latent;
  const mean = columnMeans(latents, dimension);
  const covariance = outerProducts(latents, mean, latents.length / dimension);
  const axes = principalAxes(covariance).map(({ axis, variance }) => ({
    axis,
    deviation: Math.sqrt(variance),
  }));
  return {
    mean: [...mean],
    directions: await named(job, axes),
    source: 'The sliders follow the directions in which encoded images differ most.',
  };
}

/**
 * From what the generator makes: the covariance C of latents with pixels says how pixels move with each latent, and the
 * principal axes of C Cᵀ are the latent directions that move them most, on average. For latents z ~ N(0, I), C is the mean
 * of the generator's derivative (Stein's lemma). After GANSpace, Härkönen et al. 2020, arxiv.org/abs/2004.02546, which
 * finds components of features and then the latents that go with them.
 */
export async function directionsOfDraws(job: ExportJob): Promise<Space> {
  const { model } = job.saved;
  const { dimension } = model.latent;
  const latents = latentsAt(model, drawSeed, 0, drawnImages);
  const labels = labelsInTurn(job, drawnImages);
  const images = await drawImages(model, latents, { labels, lastWeights: job.lastWeights });
  const pixels = centredPixels(images, labels);
  const moves = new Matrix(drawnImages, dimension);
  for (let i = 0; i < drawnImages; i++)
    for (let j = 0; j < dimension; j++) moves.set(i, j, (latents[i * dimension + j] as number) / drawnImages);
  const covariance = moves.transpose().mmul(pixels); // [latentDim, pixels]
  const axes = principalAxes(covariance.mmul(covariance.transpose())).map(({ axis }) => ({
    axis,
    deviation: 1,
  }));
  const mean = Array.from({ length: dimension }, () => 0);
  return {
    mean,
    directions: await named(job, axes),
    source: 'The sliders follow the directions that change its images most.',
  };
}

interface Axis {
  readonly axis: number[];
  readonly deviation: number;
}

/** The eigenvectors of a symmetric matrix with the largest eigenvalues. */
function principalAxes(symmetric: Matrix): { axis: number[]; variance: number }[] {
  const { values, vectors } = decompose(symmetric);
  return values
    .map((variance, k) => ({ axis: vectors.getColumn(k), variance }))
    .sort((a, b) => b.variance - a.variance)
    .slice(0, mostDirections)
    .filter(({ variance }, _, all) => variance > 1e-6 * (all[0]?.variance ?? 0));
}

function labelsInTurn({ saved }: ExportJob, count: number): Int32Array | undefined {
  if (!saved.family.conditional) return undefined;
  const classes = presentClasses(saved.classes);
  return Int32Array.from({ length: count }, (_, i) => classes[i % classes.length] as number);
}

/** Pixels without the mean of their class. */
function centredPixels({ count, pixels }: ImageBytes, labels: Int32Array | undefined): Matrix {
  const size = pixels.length / count;
  const matrix = new Matrix(count, size);
  const sums = new Map<number, { readonly sum: Float64Array; count: number }>();
  for (let i = 0; i < count; i++) {
    const label = labels?.[i] ?? 0;
    const own = sums.get(label) ?? { sum: new Float64Array(size), count: 0 };
    sums.set(label, own);
    own.count++;
    for (let p = 0; p < size; p++) own.sum[p] = (own.sum[p] as number) + (pixels[i * size + p] as number);
  }
  for (let i = 0; i < count; i++) {
    const own = sums.get(labels?.[i] ?? 0) as { sum: Float64Array; count: number };
    for (let p = 0; p < size; p++)
      matrix.set(i, p, ((pixels[i * size + p] as number) - (own.sum[p] as number) / own.count) / 255);
  }
  return matrix;
}

/** Images that a direction's name is found by, and how far to either side it is followed, standard deviations. */
const probes = 48;
const probeReach = 1.5;

/** Names each by what it changes most, and turns it so that more is to the right. */
async function named(job: ExportJob, axes: readonly Axis[]): Promise<Direction[]> {
  const { model } = job.saved;
  const { dimension } = model.latent;
  const labels = labelsInTurn(job, probes);
  const starts = latentsAt(model, drawSeed, 0, probes);
  const measure = async (axis: Axis | undefined, amount: number): Promise<Descriptions[]> => {
    const latents = Float32Array.from(starts, (value, i) => {
      const j = i % dimension;
      return value + (axis ? amount * axis.deviation * (axis.axis[j] as number) : 0);
    });
    return describe(await drawImages(model, latents, { labels, lastWeights: job.lastWeights }));
  };
  const natural = await measure(undefined, 0);
  const taken = new Set<string>();
  const directions: Direction[] = [];
  for (const [k, axis] of axes.entries()) {
    const effects = effectsOf(await measure(axis, -probeReach), await measure(axis, probeReach), natural);
    const best = effects.find(({ name }) => !taken.has(name));
    const isClear = best !== undefined && Math.abs(best.effect) > 0.5;
    if (isClear) taken.add(best.name);
    const sign = isClear && best.effect < 0 ? -1 : 1;
    directions.push({
      axis: axis.axis.map((value) => sign * value),
      deviation: axis.deviation,
      name: isClear ? best.name : `direction ${k + 1}`,
    });
  }
  return directions;
}

/** How much each measure rises from one end to the other, in standard deviations of it among images; the largest first. */
function effectsOf(
  low: readonly Descriptions[],
  high: readonly Descriptions[],
  natural: readonly Descriptions[],
) {
  return Object.keys(natural[0] ?? {})
    .map((name) => {
      const values = natural.map((each) => each[name] as number);
      const middle = mean(values);
      const deviation = Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
      const rise = mean(high.map((each, i) => (each[name] as number) - (low[i]?.[name] as number)));
      return { name, effect: deviation > 0 ? rise / deviation : 0 };
    })
    .sort((a, b) => Math.abs(b.effect) - Math.abs(a.effect));
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
