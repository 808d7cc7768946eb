// Pictures and data sets that a trained model is shown, in the form and of the shape that it knows.
import { readData } from '../dataset/door';
import type { DataSet, ImageSet } from '../dataset/image-set';
import { loadDataSet, loadRememberedSet } from '../dataset/load';
import { pickImages } from '../dataset/split';
import { tellByName } from '../images/picture-kind';
import type { Output } from '../output';
import { openDownloadDisplay } from './download-display';

export const isPicture = (path: string) => tellByName(path) === 'readable';

/** Loads what `--data` or `--input` names, downloading it first if need be.
 *  @param flag of these, when it was not given and the name is the checkpoint's */
export async function loadNamedData(name: string, output: Output, flag?: string): Promise<DataSet> {
  const display = openDownloadDisplay(output);
  const options = { onProgress: display.onProgress };
  const load = flag === undefined ? loadDataSet(name, options) : loadRememberedSet(name, flag, options);
  return load.then(said(output)).finally(display.stop);
}

/** What there is to say of data as it was read. */
export function said(output: Output): <T extends Pick<DataSet, 'notes' | 'warnings'>>(data: T) => T {
  return (data) => {
    for (const note of data.notes ?? []) output.progress(note);
    for (const warning of data.warnings ?? []) output.warn(warning);
    return data;
  };
}

/** One picture as a set of one image. @param channels of the model: grey becomes colour for one that draws colour */
export async function readPicture(path: string, channels: number): Promise<ImageSet> {
  const { set } = (await readData(path, { channels: channels === 3 ? '3' : 'auto' })).train;
  return pickImages(set, [0]);
}
