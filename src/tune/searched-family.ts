// The family of a search that is in a file outside of aigc: where the plan says it is, and that it is still the same.
import { basename, resolve } from 'node:path';
import { DataError } from '../errors';
import type { Family } from '../models/family';
import { shellWord } from '../words';
import type { TuneFolder, TunePlan, TuneRecord } from './tune-folder';

/** What a plan says of where its family is. @param word that named it */
export function placeOfFamily(family: Family, word: string): Pick<TunePlan, 'familyFile'> {
  if (!family.file) return {};
  return { familyFile: { path: resolve(word), sha256: family.file.sha256 } };
}

/**
 * The search with its family where the user says that it is now: nothing else of it is run by the trials.
 * @throws DataError when the file is no longer the one that the trials so far were trained with
 */
export function withFamilyAt(
  record: TuneRecord,
  folder: TuneFolder,
  family: Family,
  word: string,
): TuneRecord {
  const { familyFile, ...plan } = record.plan;
  const place = placeOfFamily(family, word);
  if (familyFile && place.familyFile && familyFile.sha256 !== place.familyFile.sha256) {
    throw new DataError(
      `${family.file?.name} has changed since the search in ${folder.path} began: its trials would not compare.`,
      { hint: 'Start another search with another --out, or name the file as it was with --model.' },
    );
  }
  const isSame = familyFile?.path === place.familyFile?.path;
  return isSame ? record : { ...record, plan: { ...plan, ...place } };
}

/** @throws DataError when it is in a file, which only the user may name */
export function checkFamilyIsOurs({ plan }: TuneRecord, folder: TuneFolder): void {
  if (!plan.familyFile) return;
  const { path, sha256 } = plan.familyFile;
  throw new DataError(
    `The search in ${folder.path} is of the family "${plan.model}", which is in a file of its own: ${basename(path)}, SHA-256 ${sha256}.`,
    {
      hint: `Name the file: --model ${shellWord(path)}. It is run, so take it only from where you trust.`,
    },
  );
}
