// `aigc backend pack`: everything that a machine without a network needs, as compressed pieces and a manifest.
import { chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { install } from '../backend-install/install';
import type { InstallRequest } from '../backend-install/install-plan';
import type { InstallContext } from '../backend-install/progress';
import { DataError } from '../errors';
import { fileError } from '../file-error';
import { makeFolder, writeFileAtomic } from '../files';
import { readText } from '../read-file';
import { cudaOf, findInstallation, type Installation, platform } from '../tensor/native/location';
import { version } from '../version';
import { listContents, type PackSources } from './contents';
import { createGlibcWatch } from './glibc';
import { formatManifest, manifestName, type PackFacts, type Piece } from './manifest';
import { type SourceFile, writePieces } from './pieces';
import { findCompressor } from './xz';

export interface PackResult {
  readonly facts: PackFacts;
  readonly pieces: readonly Piece[];
}

/** The script that unpacks; `aigc backend install --from` runs it too. */
export const unpackScriptPath = join(__dirname, '..', '..', 'src', 'backend-pack', 'unpack.sh');

/**
 * The installed build where it is of the kind that is wanted, or else one that is made for this.
 * @param aside a folder for the latter; the caller removes it
 */
export async function buildFor(
  request: InstallRequest,
  aside: string,
  context: InstallContext,
): Promise<Installation> {
  const installed = findInstallation();
  if (installed?.variant === request.variant && cudaOf(installed) === cudaOf(request)) return installed;
  return (await install(request, { ...context, forElsewhere: true }, aside)).installation;
}

/**
 * Writes a pack into a folder that is not there yet, or empty; or leaves nothing.
 * @throws DataError when something is there
 */
export async function pack(
  out: string,
  { pieceBytes, level }: { readonly pieceBytes: number; readonly level: number },
  findSources: (aside: string) => Promise<PackSources>,
  { progress, signal }: InstallContext,
): Promise<PackResult> {
  await requireEmpty(out);
  const parent = dirname(resolve(out));
  await makeFolder(parent);
  const folder = await mkdtemp(join(parent, `.${basename(out)}-`));
  try {
    const aside = join(folder, '.build');
    const sources = await findSources(aside);
    const compress = await findCompressor(level, signal);
    const files = (await listContents(sources)).sort(byPath);
    const bytes = files.map((file) => file.bytes);
    const total = bytes.reduce((sum, size) => sum + size, 0);
    progress.stage(`Packing ${files.length} files`);
    const glibc = createGlibcWatch();
    const written = await writePieces(files, {
      pieceBytes,
      folder,
      compress,
      onBytes: (done) => progress.bytes(Math.min(done, total), total),
      onData: glibc.see,
    });
    const facts = factsOf(sources.installation, glibc.needed(), total, Math.max(...bytes));
    await writeFileAtomic(join(folder, 'unpack.sh'), readText(unpackScriptPath));
    await writeFileAtomic(join(folder, manifestName), formatManifest(facts, written.pieces, written.files));
    await rm(aside, { recursive: true, force: true });
    await chmod(folder, 0o755);
    await rename(folder, resolve(out));
    return { facts, pieces: written.pieces };
  } catch (error) {
    throw fileError(error, out, 'write');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function requireEmpty(out: string): Promise<void> {
  const names = await readdir(out).catch((error) => {
    if (error.code === 'ENOENT') return [];
    throw fileError(error, out, 'write');
  });
  if (names.length === 0) return;
  throw new DataError(`${out} is not empty.`, { hint: 'Name a new folder with --out.' });
}

/** By name, so that the same files give the same pieces. */
function byPath(a: SourceFile, b: SourceFile): number {
  return a.path < b.path ? -1 : 1;
}

function factsOf(
  { tensorflow, variant, cuda }: Installation,
  glibc: string | undefined,
  bytes: number,
  largest: number,
): PackFacts {
  return {
    aigc: version,
    node: process.version,
    platform,
    glibc: glibc ?? 'none',
    tensorflow,
    variant,
    cuda: cudaOf({ variant, cuda }) ?? 'none',
    bytes: String(bytes),
    largest: String(largest),
  };
}
