// Pictures and data sets that a trained model is shown, in the form and of the shape that it knows.
import { dirname } from 'node:path';
import type { Options, OptionValues } from '../config/option';
import { defaultDataFolder } from '../dataset';
import type { DataSet, ImageSet } from '../dataset/image-set';
import { loadDataSet } from '../dataset/load';
import { DataError } from '../errors';
import { readPng } from '../images/png';
import type { Output } from '../output';
import { settleFolder } from '../replacement';
import type { SavedModel } from '../use/open-model';
import { imageKind } from '../words';
import { openDownloadDisplay } from './download-display';

export const isPicture = (path: string) => /\.png$/i.test(path);

/** Loads what `--data` or `--input` names, downloading it first if need be. */
export async function loadNamedData(name: string, output: Output): Promise<DataSet> {
  const display = openDownloadDisplay(output);
  const options = { dataFolder: defaultDataFolder, onProgress: display.onProgress };
  return loadDataSet(name, options).finally(display.stop);
}

/** One PNG as a set of one image. @param channels of the model: grey becomes colour for one that draws colour */
export async function readPicture(path: string, channels: number): Promise<ImageSet> {
  await settleFolder(dirname(path));
  const { height, width, ...read } = await readPng(path);
  const spread = read.channels === 1 && channels === 3;
  const pixels = spread
    ? Uint8Array.from({ length: height * width * 3 }, (_, i) => read.pixels[Math.floor(i / 3)] as number)
    : read.pixels;
  return {
    count: 1,
    height,
    width,
    channels: spread ? 3 : read.channels,
    pixels,
    labels: undefined,
    classCount: 0,
  };
}

/** The images as the family wants them. @throws DataError when they are of another shape than the model's */
export function preparedFor({ family, manifest }: SavedModel, set: ImageSet, source: string): ImageSet {
  const { image, seed, options } = manifest.setting;
  if (set.height !== image.height || set.width !== image.width || set.channels !== image.channels) {
    throw new DataError(
      `${source} is ${imageKind(set)}, expected ${imageKind(image)}, as the model draws them.`,
      {
        hint: 'Change the size of the picture, or take the data that the model was trained on.',
      },
    );
  }
  return family.preprocess?.(set, { seed, options: options as OptionValues<Options> }) ?? set;
}

/** @throws DataError when a label is of no class that the model knows */
export function checkLabels(labels: Uint8Array, classCount: number, source: string): void {
  const stranger = labels.find((label) => label >= classCount);
  if (stranger === undefined) return;
  throw new DataError(
    `${source} has the label ${stranger}; the model knows the classes 0 to ${classCount - 1}.`,
    {
      hint: 'Take the data that the model was trained on.',
    },
  );
}
