// `aigc sample --nearest`: each sample beside the training image that is nearest to it, with the distance.
import { dirname } from 'node:path';
import type { AnySet, ImageShape } from '../dataset/image-set';
import { pickImages } from '../dataset/split';
import { UsageError } from '../errors';
import { makeFolder } from '../files';
import {
  composeGrid,
  drawImage,
  type GridLayout,
  gridExtent,
  type ImageBytes,
  type Raster,
  viewingScale,
} from '../images/grid';
import { writePng } from '../images/png';
import { drawFigure, glyphHeight } from '../images/small-figures';
import type { Output } from '../output';
import { median } from '../stats/median';
import { preparedFor } from '../use/inputs';
import { findNearest, type NearestImages } from '../use/nearest';
import type { SavedModel } from '../use/open-model';
import type { Layout } from '../use/sample';
import { loadNamedData } from './data-input';
import { allOf, type Format } from './sample-format';

/** Pixels between the two of a pair, and above the distance. */
const seam = 2;
const pairGap = 6;

/** @throws UsageError for what is no single picture */
export function checkNearestOut(out: string): void {
  if (/\.png$/i.test(out)) return;
  throw new UsageError(`--nearest draws pairs of images: --out ${out} must be a .png.`, {
    hint: 'For example: --nearest --out nearest.png. The distances are also in what --json says.',
  });
}

function pairShape({ height, width, channels }: ImageShape) {
  const scale = viewingScale(height);
  const textHeight = glyphHeight * scale + 2 * seam;
  return { scale, height: height * scale + textHeight, width: 2 * width * scale + seam, channels };
}

const asGrid = (layout: Layout): GridLayout => ({ ...layout, gap: pairGap });

/**
 * Finds the nearest training images and draws the pairs.
 * @param data what to look in, the model's own training data when left out
 */
export function nearestFormat(data: string | undefined, saved: SavedModel, output: Output): Format {
  return {
    extent: (image, layout) => gridExtent(pairShape(image), asGrid(layout)),
    write: async (out, { images: drawn, layout, provenance }) => {
      const images = await allOf(drawn);
      const { train, test } = await trainingImages(data, saved, output);
      const found = await findNearest(images, train, test);
      const raster = composeGrid(pairs(images, train, found), asGrid(layout));
      await makeFolder(dirname(out));
      await writePng(out, raster, provenance && { ...provenance, source: 'compositeSynthetic' });
      return { files: [out], ...report(found, train) };
    },
  };
}

async function trainingImages(data: string | undefined, saved: SavedModel, output: Output) {
  const { dataset } = saved.manifest;
  const loaded = await loadNamedData(data ?? dataset.name, output, data === undefined ? '--data' : undefined);
  if (loaded.fingerprint !== dataset.fingerprint)
    output.warn(
      `${loaded.name} is not what the model was trained on (${dataset.name}), or has changed since.`,
    );
  const prepared = (set: AnySet) => preparedFor(saved, set, loaded.name);
  return { train: prepared(loaded.train), test: loaded.test && prepared(loaded.test) };
}

/** Pairs as images of their own: the sample, the training image, and the distance below. */
function pairs(samples: ImageBytes, train: AnySet, { nearest }: NearestImages): ImageBytes {
  const { scale, ...shape } = pairShape(samples);
  const size = shape.height * shape.width * shape.channels;
  const pixels = new Uint8Array(samples.count * size);
  const found = pickImages(
    train,
    nearest.map(({ index }) => index),
  );
  for (const [i, { distance }] of nearest.entries()) {
    const pair: Raster = { ...shape, pixels: pixels.subarray(i * size, (i + 1) * size) };
    drawImage(pair, samples, i, 0, 0, scale);
    drawImage(pair, found, i, 0, samples.width * scale + seam, scale);
    drawFigure(pair, distance.toFixed(2), samples.height * scale + seam, 0, scale);
  }
  return { ...shape, count: samples.count, pixels };
}

function report({ nearest, unseenDistances }: NearestImages, { labels }: AnySet) {
  const distances = nearest.map(({ distance }) => distance);
  const middle = median(distances);
  const unseen = unseenDistances && median(unseenDistances);
  const smallest = Math.min(...distances).toFixed(2);
  const beside = unseen === undefined ? '' : `; of test images the median is ${unseen.toFixed(2)}`;
  return {
    event: {
      nearest: nearest.map(({ index, distance }) => ({
        index,
        distance,
        ...(labels && { label: labels[index] }),
      })),
      medianDistance: middle,
      ...(unseen !== undefined && { testMedianDistance: unseen }),
    },
    says: `To the nearest training image: median distance ${middle.toFixed(2)}, smallest ${smallest}${beside} (Euclidean, pixels from 0 to 1).`,
  };
}
