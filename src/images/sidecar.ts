// How a file was made, in a file of XMP beside it: for arrays and IDX, which have no room for it. By the name that
// darktable and digiKam give such files: samples.npy.xmp. It names the file's hash, so that it is taken for no other's.
import { writeFileAtomic } from '../files';
import { exists, hashOf } from '../read-file';
import { type Provenance, xmpPacket } from './provenance';
import { type FoundProvenance, readProvenance } from './xmp-reader';

export const sidecarPath = (file: string) => `${file}.xmp`;

export async function writeSidecar(file: string, provenance: Provenance): Promise<void> {
  await writeFileAtomic(sidecarPath(file), `${xmpPacket(provenance, await hashOf(file))}\n`);
}

/** @returns undefined when there is none, or none that says how a file was made
 *  @throws DataError when it cannot be read */
export async function readSidecar(
  file: string,
): Promise<(FoundProvenance & { readonly isOfAnother: boolean }) | undefined> {
  if (!(await exists(sidecarPath(file)))) return undefined;
  const found = await readProvenance(sidecarPath(file));
  const { fileSha256 } = found?.made ?? {};
  return found && { ...found, isOfAnother: fileSha256 !== undefined && fileSha256 !== (await hashOf(file)) };
}
