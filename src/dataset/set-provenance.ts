// What the images of a set say of how they were made: in themselves, as pictures do, or in a file beside them.
import { DataError } from '../errors';
import { carriedOn, type SetProvenance, sumOf } from '../images/carried-provenance';
import type { Provenance } from '../images/provenance';
import { readSidecar, sidecarPath } from '../images/sidecar';
import type { FoundProvenance } from '../images/xmp-reader';
import type { Place } from './readers/place';
import type { FoundSet, FoundSplit } from './readers/reader';

/** The set with what lies beside its files, where its images say nothing themselves; with a warning where that is of
 *  another file, or cannot be read. */
export async function withSidecars(found: FoundSet, place: Place): Promise<FoundSet> {
  const warnings: string[] = [];
  const seen = new Map<string, FoundProvenance | undefined>();
  const beside = async (path: string) => {
    if (!seen.has(path)) seen.set(path, await sidecarOf(path, warnings));
    return seen.get(path);
  };
  const said = async (split: FoundSplit) => {
    const own = split.provenance ?? (await beside(split.images));
    const provenance = own ?? (place.kind === 'file' ? await beside(place.path) : undefined);
    return provenance ? { ...split, provenance } : split;
  };
  const train = await said(found.train);
  const test = found.test && (await said(found.test));
  return { ...found, train, test, warnings: [...(found.warnings ?? []), ...warnings] };
}

async function sidecarOf(path: string, warnings: string[]): Promise<FoundProvenance | undefined> {
  try {
    const beside = await readSidecar(path);
    if (!beside?.isOfAnother) return beside;
    warnings.push(
      `${sidecarPath(path)} is of another file: ${path} has changed since. It counts for nothing.`,
    );
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    warnings.push(`${error.message} What it says of ${path} is not known.`);
  }
  return undefined;
}

/** What is said of a set that a command makes of this one. */
export function carriedBySplits(
  { train, test }: SetProvenance,
  how: Pick<Provenance, 'command' | 'seed'>,
): SetProvenance<Provenance> {
  return { train: carriedOn(train, how), test: carriedOn(test, how) };
}

/** Of both splits together, for a file that holds them. */
export function carriedByBoth(
  { train, test }: SetProvenance,
  hasTest: boolean,
  how: Pick<Provenance, 'command' | 'seed'>,
): Provenance | undefined {
  return carriedOn(sumOf(hasTest ? [train, test] : [train]), how);
}
