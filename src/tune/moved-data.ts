// A search that goes on with its data in another place.
import { wholeName } from '../dataset';
import type { DataSet } from '../dataset/image-set';
import { DataError } from '../errors';
import { readRun, runFolder } from '../run/run-folder';
import type { TuneFolder, TuneRecord } from './tune-folder';

/** @throws DataError when it is not what the trials so far were trained on */
export async function withDataAt(record: TuneRecord, folder: TuneFolder, data: DataSet): Promise<TuneRecord> {
  const first = await readRun(runFolder(folder.trial(1)));
  const isSame = first === undefined || first.dataset.fingerprint === data.fingerprint;
  if (!isSame || data.train.count !== record.plan.trainCount) {
    throw new DataError(`${data.name} is not the data of the search in ${folder.path}.`, {
      hint: `It was ${record.plan.data}: name the same images, wherever they are now.`,
    });
  }
  return { ...record, plan: { ...record.plan, data: wholeName(data.name) } };
}
