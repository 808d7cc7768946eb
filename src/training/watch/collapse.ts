// Mode collapse: figures that tell samples which look alike, or lack classes, from healthy ones, and the judgement.
import * as tf from '@tensorflow/tfjs-core';

/** Compared in pixels: no network to download, and in 28×28 greys near images are alike. */
export interface Pictures {
  /** [count, size] in [0, 1], flat. */
  readonly pixels: Float32Array;
  readonly count: number;
  /** Values in an image. */
  readonly size: number;
}

/** Real images, with what is the same at every comparison. */
export interface Reference extends Pictures {
  /** [count], when the set has labels. */
  readonly labels: Uint8Array | undefined;
  /** [count], the distance to each image's k-th nearest other one. */
  readonly radii: Float32Array;
  readonly distances: SelfDistances;
}

interface SelfDistances {
  /** Between two images, the mean over all pairs. */
  readonly pair: number;
  /** To the nearest other image, the median. */
  readonly nearest: number;
}

/** How samples compare with as many real images; 1 is as good as these, 0 is one image over and over. */
export interface CollapseFigures {
  /** Mean distance between two samples, of that between two real images. */
  readonly diversity: number;
  /** Median distance from a sample to the nearest other one, of that of as many real images: near 0 when samples are
   *  copies of a few, however far apart these are. */
  readonly separation: number;
  /** 1 less the energy distance between samples and real images, 2 E|x − y| − E|x − x'| − E|y − y'|, as a part of
   *  E|y − y'|: Székely & Rizzo 2013, eq. 2.5. 1 when both have one distribution; blur and collapse lower it. */
  readonly likeness: number;
  /** Real images with a sample among their near ones, of those that as many real images would give. */
  readonly coverage: number;
  /** Of the samples' classes, in nats; at most log(classes). When the set has classes to tell. */
  readonly labelEntropy?: number;
  /** The classes that should be there and are not. */
  readonly missingClasses?: readonly number[];
  /** How many should be there. */
  readonly expectedClasses?: number;
}

/** Naeem et al.'s k: arxiv.org/abs/2002.09797, section 4.1 and appendix. */
const neighbours = 5;

/** Measured on healthy and on collapsed models, with room to both sides: docs/watchdog.md. */
const leastDiversity = 0.25;
const leastSeparation = 0.15;
const mostMissing = 0.3;
/** A class is missing when it has less than this of its share of the samples: a nearest neighbour errs now and then. */
const missingShare = 0.2;
/** A class is expected when it should have so many of the samples: by chance it has none of 3 once in 20 times. */
const leastExpected = 3;

/** @param sampleCount how many samples it will be compared with */
export async function createReference(
  pictures: Pictures,
  labels: Uint8Array | undefined,
  sampleCount: number,
): Promise<Reference> {
  const { count } = pictures;
  const all = await distancesBetween(pictures, pictures);
  const radii = new Float32Array(count);
  for (let i = 0; i < count; i++) radii[i] = nearestOthers(all, count, i, count, neighbours).at(-1) ?? 0;
  return { ...pictures, labels, radii, distances: selfDistances(all, count, Math.min(count, sampleCount)) };
}

/** Compares samples with real images. */
export async function measureCollapse(reference: Reference, samples: Pictures): Promise<CollapseFigures> {
  const own = selfDistances(await distancesBetween(samples, samples), samples.count, samples.count);
  const cross = await distancesBetween(samples, reference); // [samples, real]
  return {
    diversity: ratio(own.pair, reference.distances.pair),
    separation: ratio(own.nearest, reference.distances.nearest),
    likeness: likeness(meanOf(cross), own.pair, reference.distances.pair),
    coverage: coverageOf(cross, samples.count, reference),
    ...classFigures(cross, samples.count, reference),
  };
}

/** @returns what is wrong, as half a sentence; undefined when nothing is */
export function judgeCollapse(figures: CollapseFigures): string | undefined {
  const { diversity, separation, missingClasses = [], expectedClasses = 0 } = figures;
  const percent = (share: number) => `${Math.round(100 * share)} %`;
  if (diversity < leastDiversity) {
    return `All samples look alike: two of them differ by ${percent(diversity)} of what two real images do`;
  }
  if (separation < leastSeparation) {
    return `The samples are copies of a few: a sample is as near to the next as ${percent(separation)} of what real images are`;
  }
  if (expectedClasses > 1 && missingClasses.length >= mostMissing * expectedClasses) {
    return `${missingClasses.length} of ${expectedClasses} classes missing (${missingClasses.join(', ')})`;
  }
  return undefined;
}

/**
 * Coverage, Naeem et al. 2020, arxiv.org/abs/2002.09797: the share of real images within whose k-th nearest real
 * neighbour a sample lies. Divided by its expectation for samples that are as the real images are (their section 3.3:
 * 1 − Π (N−1−i)/(N−1+M−i), i < k), because we have fewer samples M than real images N.
 */
function coverageOf(cross: Float32Array, sampleCount: number, { count, radii }: Reference): number {
  let covered = 0;
  for (let real = 0; real < count; real++) {
    for (let sample = 0; sample < sampleCount; sample++) {
      if ((cross[sample * count + real] as number) > (radii[real] as number)) continue;
      covered += 1;
      break;
    }
  }
  let none = 1;
  for (let i = 0; i < Math.min(neighbours, count - 1); i++)
    none *= (count - 1 - i) / (count - 1 + sampleCount - i);
  return ratio(covered / count, 1 - none);
}

/** Each sample has the class of its nearest real image. */
function classFigures(cross: Float32Array, sampleCount: number, { count, labels }: Reference) {
  if (!labels) return {};
  const shares = new Map<number, number>();
  for (const label of labels) shares.set(label, (shares.get(label) ?? 0) + 1 / count);
  const expected = [...shares.keys()].filter(
    (label) => (shares.get(label) as number) * sampleCount >= leastExpected,
  );
  if (expected.length < 2) return {};
  const drawn = new Map<number, number>();
  for (let sample = 0; sample < sampleCount; sample++) {
    const label = labels[indexOfLeast(cross.subarray(sample * count, (sample + 1) * count))] as number;
    drawn.set(label, (drawn.get(label) ?? 0) + 1);
  }
  const missing = expected.filter(
    (label) => (drawn.get(label) ?? 0) < missingShare * (shares.get(label) as number) * sampleCount,
  );
  const entropy = [...drawn.values()].reduce(
    (sum, n) => sum - (n / sampleCount) * Math.log(n / sampleCount),
    0,
  );
  return {
    labelEntropy: entropy,
    missingClasses: missing.sort((a, b) => a - b),
    expectedClasses: expected.length,
  };
}

/** Euclidean distances by one matrix product: |a|² + |b|² − 2ab. @returns [a.count, b.count], flat */
async function distancesBetween(a: Pictures, b: Pictures): Promise<Float32Array> {
  const result = tf.tidy(() => {
    const [left, right] = [a, b].map(({ pixels, count, size }) => tf.tensor2d(pixels, [count, size])) as [
      tf.Tensor2D,
      tf.Tensor2D,
    ];
    const squares = tf.add(
      tf.sum(tf.square(left), 1, true), // [a, 1]
      tf.reshape(tf.sum(tf.square(right), 1), [1, b.count]),
    );
    return tf.sqrt(tf.relu(tf.sub(squares, tf.mul(tf.matMul(left, tf.transpose(right)), 2))));
  });
  const values = (await result.data()) as Float32Array;
  result.dispose();
  return values;
}

/** @param all [count, count] @param used only the first so many images are compared */
function selfDistances(all: Float32Array, count: number, used: number): SelfDistances {
  let sum = 0;
  const nearest: number[] = [];
  for (let i = 0; i < used; i++) {
    for (let j = 0; j < used; j++) if (i !== j) sum += all[i * count + j] as number;
    nearest.push(nearestOthers(all, count, i, used, 1)[0] ?? 0);
  }
  nearest.sort((a, b) => a - b);
  return { pair: sum / Math.max(1, used * (used - 1)), nearest: nearest[Math.floor(used / 2)] ?? 0 };
}

/** The k smallest distances from image i to the first `used` others, in order. */
function nearestOthers(all: Float32Array, count: number, i: number, used: number, k: number): number[] {
  const least: number[] = [];
  for (let j = 0; j < used; j++) {
    const distance = all[i * count + j] as number;
    if (j === i || (least.length === k && distance >= (least[k - 1] as number))) continue;
    let at = least.length;
    while (at > 0 && (least[at - 1] as number) > distance) at -= 1;
    least.splice(at, 0, distance);
    if (least.length > k) least.pop();
  }
  return least;
}

function indexOfLeast(values: Float32Array): number {
  let least = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] as number) < (values[least] as number)) least = i;
  return least;
}

/** @param between mean distance from a sample to a real image; the others between two of one kind */
function likeness(between: number, samples: number, real: number): number {
  return real > 1e-6 ? 1 - (2 * between - samples - real) / real : 1;
}

function meanOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Nothing can be told of samples by real images that are all the same. */
function ratio(of: number, to: number): number {
  return to > 1e-6 ? of / to : 1;
}
