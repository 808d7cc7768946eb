// What an NVIDIA GPU would be used with: the card and its driver, the CUDA libraries that TensorFlow opens, XLA's tools.
import { existsSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type CudaLibrary, cudaLibraries } from '../backend-install/cuda-libraries';
import { standInFolder } from '../backend-install/layout';
import { standInSymbol } from '../backend-install/stand-ins';
import { tryLibrary } from '../backend-install/try-library';
import { readText } from '../read-file';
import { cudaPath, type Installation } from '../tensor/native/location';
import { type Card, findCards } from './card';

export type LibraryState = 'works' | 'stand-in' | 'missing' | 'broken';

export interface LibraryReport {
  readonly title: string;
  readonly name: string;
  readonly state: LibraryState;
  readonly path?: string | undefined;
  readonly version?: string | undefined;
  /** What the system says when it does not open. */
  readonly reason?: string | undefined;
  readonly remedy?: string | undefined;
}

export interface CudaReport {
  /** Undefined when no driver answers. */
  readonly cards: readonly Card[] | undefined;
  /** Empty for a build without CUDA. */
  readonly libraries: readonly LibraryReport[];
  /** The programs and files that XLA looks for, and where; undefined is not there. */
  readonly xla: Readonly<Record<string, string | undefined>> | undefined;
}

export async function reportCuda(installation: Installation | undefined): Promise<CudaReport> {
  const build = installation?.variant === 'cuda' ? installation : undefined;
  const cards = await findCards();
  if (!build) return { cards, libraries: [], xla: undefined };
  const libraries: LibraryReport[] = [];
  for (const library of cudaLibraries) libraries.push(await inspect(build, library));
  return { cards, libraries, xla: findTools(cudaPath(build.path)) };
}

async function inspect(build: Installation, library: CudaLibrary): Promise<LibraryReport> {
  const { title, name, ask, folder } = library;
  const inside = [folder, standInFolder]
    .map((each) => join(build.path, 'deps', 'nvidia', each, 'lib', name))
    .find((path) => existsSync(path));
  const trial = await tryLibrary(build.path, inside ?? name, ask);
  const path = inside && realpathSync(inside);
  if (trial.opens) {
    const state = path && isStandIn(path) ? 'stand-in' : 'works';
    return { title, name, state, path, version: trial.version };
  }
  const state = inside === undefined ? 'missing' : 'broken';
  return { title, name, state, path, reason: trial.reason, remedy: remedyOf(build, library, trial.reason) };
}

/** The real ones are megabytes. */
function isStandIn(path: string): boolean {
  return statSync(path).size < 2 ** 17 && readText(path).includes(standInSymbol);
}

function remedyOf({ cuda = 'whole' }: Installation, { name, wheel }: CudaLibrary, reason: string): string {
  const [, needed] = /^(lib[^:]+): cannot open shared object file/.exec(reason) ?? [];
  if (needed === 'libz.so.1') return 'It needs zlib (Debian, Ubuntu: `apt install zlib1g`).';
  if (cuda === 'system' && needed !== name) {
    return `Get what it needs (\`pip install ${wheel}\`), then \`aigc backend install --cuda --use-system-cuda\`.`;
  }
  const flags = { whole: '', lean: ' --lean', system: ' --use-system-cuda' }[cuda];
  return `Run \`aigc backend install --uninstall\` and \`aigc backend install --cuda${flags}\`, or bring \`pip install ${wheel}\`'s folder in LD_LIBRARY_PATH.`;
}

function findTools(folder: string): Readonly<Record<string, string | undefined>> {
  const found = (path: string) => (existsSync(path) ? path : undefined);
  return {
    ptxas: found(join(folder, 'bin', 'ptxas')),
    libdevice: found(join(folder, 'nvvm', 'libdevice', 'libdevice.10.bc')),
  };
}

/** The report as lines for a person. */
export function describeCuda({ cards, libraries, xla }: CudaReport): string[] {
  const lines = (cards ?? []).flatMap((card) => [
    `${card.name}: compute capability ${card.capability ?? 'unknown'}, driver ${card.driver}, ${card.memory}`,
    ...(card.note ? [`  ${card.note}`] : []),
  ]);
  for (const { title, name, state, path, version, reason, remedy } of libraries) {
    if (state === 'works') lines.push(`${title} ${version ?? ''}: ${path ?? name}`.replace(' :', ':'));
    else if (state === 'stand-in') lines.push(`${title}: a stand-in; no training step calls it`);
    else
      lines.push(
        `${title} (${name}) ${state === 'missing' ? 'is missing' : `does not open: ${reason}`}`,
        `  ${remedy}`,
      );
  }
  const lacking = Object.entries(xla ?? {}).filter(([, path]) => path === undefined);
  if (lacking.length > 0) {
    const names = lacking.map(([name]) => name).join(' and ');
    lines.push(`XLA finds no ${names}: --compile xla will fail; the default, graph, needs neither`);
  } else if (xla) lines.push(`XLA: ptxas and libdevice in ${xla.ptxas?.replace(/\/bin\/ptxas$/, '')}`);
  return lines;
}
