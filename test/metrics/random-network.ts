// A network with random weights, for tests of metrics that want features and class probabilities.
import type { ImageSet } from '../../src/dataset/image-set';
import type { MeasuredImages } from '../../src/metrics/metric';
import { normals, randomStream } from '../../src/rng';

const featureCount = 32;
const sharpness = 0.05;

/** Rectified random sums of the pixels, and how near each image is to the mean image of each class of `labelled`. */
export function measured(set: ImageSet, labelled: ImageSet): MeasuredImages {
  const size = set.pixels.length / set.count;
  const weights = normals(randomStream(2, 'test/network'), featureCount * size);
  const means = classMeans(labelled);
  const features = new Float32Array(set.count * featureCount);
  const probabilities = new Float32Array(set.count * means.length);
  for (let i = 0; i < set.count; i++) {
    const image = set.pixels.subarray(i * size, (i + 1) * size);
    for (let j = 0; j < featureCount; j++) {
      const row = weights.subarray(j * size, (j + 1) * size);
      features[i * featureCount + j] = Math.max(
        0,
        row.reduce((sum, w, k) => sum + w * (image[k] as number), 0) / 255,
      );
    }
    const logits = means.map((mean) => (-sharpness * squaredDistance(image, mean)) / 255 ** 2);
    const exponentials = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
    const sum = exponentials.reduce((total, value) => total + value, 0);
    probabilities.set(
      exponentials.map((value) => value / sum),
      i * means.length,
    );
  }
  return { ...set, features, featureCount, probabilities, classCount: means.length };
}

function classMeans({ pixels, count, labels, classCount }: ImageSet): Float64Array[] {
  const size = pixels.length / count;
  const means = Array.from({ length: classCount }, () => new Float64Array(size));
  const counts = new Float64Array(classCount);
  for (const label of labels ?? []) (counts[label] as number)++;
  for (let at = 0; at < pixels.length; at++) {
    const label = labels?.[Math.floor(at / size)] as number;
    const mean = means[label] as Float64Array;
    (mean[at % size] as number) += (pixels[at] as number) / (counts[label] as number);
  }
  return means;
}

function squaredDistance(image: Uint8Array, mean: Float64Array): number {
  return mean.reduce((sum, value, k) => sum + (value - (image[k] as number)) ** 2, 0);
}
