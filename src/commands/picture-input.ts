// Pictures and data sets that a trained model is shown, in the form and of the shape that it knows.
import { dirname } from 'node:path';
import { defaultDataFolder } from '../dataset';
import type { DataSet, ImageSet } from '../dataset/image-set';
import { loadDataSet, loadRememberedSet } from '../dataset/load';
import { readPicture as readRaster } from '../images/picture';
import type { Output } from '../output';
import { settleFolder } from '../replacement';
import { openDownloadDisplay } from './download-display';

export const isPicture = (path: string) => /\.png$/i.test(path);

/** Loads what `--data` or `--input` names, downloading it first if need be.
 *  @param flag of these, when it was not given and the name is the checkpoint's */
export async function loadNamedData(name: string, output: Output, flag?: string): Promise<DataSet> {
  const display = openDownloadDisplay(output);
  const options = { dataFolder: defaultDataFolder, onProgress: display.onProgress };
  const load = flag === undefined ? loadDataSet(name, options) : loadRememberedSet(name, flag, options);
  return load.finally(display.stop);
}

/** One PNG as a set of one image. @param channels of the model: grey becomes colour for one that draws colour */
export async function readPicture(path: string, channels: number): Promise<ImageSet> {
  await settleFolder(dirname(path));
  const { height, width, ...read } = await readRaster(path);
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
