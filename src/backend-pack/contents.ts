// What a machine without a network needs, as files: Node, aigc with its production modules, and the build of TensorFlow.
import { readdir, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { BackendError } from '../errors';
import { readJson } from '../json';
import { exists } from '../read-file';
import { type Installation, nativeFolder } from '../tensor/native/location';
import type { SourceFile } from './pieces';

export interface PackSources {
  /** The Node that will run it. */
  readonly node: string;
  /** The folder of aigc's package.json. */
  readonly root: string;
  readonly installation: Installation;
}

/** Of aigc's own package. */
const ownFolders = ['bin', 'dist', 'bench', 'data'];
const ownFiles = ['package.json', 'LICENSE', join('src', 'backend-pack', 'unpack.sh')];

/** What running needs nothing of. */
const leftOut = /(\.d\.[cm]?ts|\.map|\.tsbuildinfo|\.md|\.markdown)$/;

const launcher = `#!/bin/sh
# Starts the aigc of this folder, with the Node and the TensorFlow that lie beside it.
self=$(readlink -f "$0" 2>/dev/null || echo "$0")
here=$(cd "$(dirname "$self")/.." && pwd -P) || exit 1
AIGC_CACHE_DIR=\${AIGC_CACHE_DIR:-$here/cache}
export AIGC_CACHE_DIR
exec "$here/node/bin/node" "$here/APP/bin/aigc.js" "$@"
`;

/** @throws BackendError when a module of aigc's is not where it should be */
export async function listContents({ node, root, installation }: PackSources): Promise<SourceFile[]> {
  const packages = await productionPackages(root);
  const base = commonBase(root, packages);
  const place = (path: string) => join('app', relative(base, path));
  const own = await Promise.all(ownFolders.map((name) => filesOf(join(root, name), join(place(root), name))));
  const single = await Promise.all(ownFiles.map((name) => fileOf(join(root, name), join(place(root), name))));
  const modules = await Promise.all(packages.map((path) => filesOf(path, place(path))));
  const native = join('cache', relative(join(nativeFolder('/'), '..', '..'), nativeFolder('/')));
  const { path: build, ...pointer } = installation;
  return [
    written('bin/aigc', 0o755, launcher.replace('APP', place(root))),
    { path: 'node/bin/node', mode: 0o755, from: node, bytes: (await stat(node)).size },
    ...[...own, ...single, ...modules].flat().filter(({ path }) => !leftOut.test(path)),
    written(join(native, 'current.json'), 0o644, `${JSON.stringify(pointer, null, 2)}\n`),
    ...(await filesOf(build, join(native, installation.folder))),
  ];
}

/** A file that lies nowhere yet. */
function written(path: string, mode: number, text: string): SourceFile {
  const from = Buffer.from(text);
  return { path, mode, from, bytes: from.length };
}

/** The folders of all packages that aigc's own `dependencies` lead to, and those of theirs that are optional and there. */
async function productionPackages(root: string): Promise<string[]> {
  const found = new Set<string>();
  const visit = async (folder: string, isRoot: boolean) => {
    const { dependencies = {}, optionalDependencies = {} } = readJson(
      join(folder, 'package.json'),
    ) as Partial<Record<'dependencies' | 'optionalDependencies', Record<string, string>>>;
    // Of aigc's own optional ones, the addon of tfjs-node, the pack has a better one.
    const optional = isRoot ? [] : Object.keys(optionalDependencies);
    for (const name of [...Object.keys(dependencies), ...optional]) {
      const path = await findPackage(folder, name);
      if (path === undefined && optional.includes(name)) continue;
      if (path === undefined) throw missingPackage(name, folder);
      if (found.has(path)) continue;
      found.add(path);
      await visit(path, false);
    }
  };
  await visit(root, true);
  return [...found].sort();
}

/** As Node looks for it. */
async function findPackage(from: string, name: string): Promise<string | undefined> {
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, 'node_modules', name);
    if (await exists(join(path, 'package.json'))) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

function missingPackage(name: string, folder: string): BackendError {
  return new BackendError(`Expected the module ${name} of ${folder} in a node_modules; it is not there.`, {
    hint: 'Install aigc with npm, and pack from there.',
  });
}

/** The folder below which aigc and its packages keep their places to each other. */
function commonBase(root: string, packages: readonly string[]): string {
  let base = root;
  while (!packages.every((path) => path.startsWith(join(base, '/')))) base = dirname(base);
  return base;
}

/** The regular files below a folder, none when there is no such folder; links, and what belongs to packages inside, not. */
async function filesOf(folder: string, place: string): Promise<SourceFile[]> {
  if (!(await exists(folder))) return [];
  const entries = await readdir(folder, { withFileTypes: true });
  const nested = entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ name }) => !(name === 'node_modules' && !place.startsWith('cache')) && name !== '.bin')
    .map(async (entry) => {
      const [path, to] = [join(folder, entry.name), join(place, entry.name)];
      if (entry.isDirectory()) return filesOf(path, to);
      return entry.isFile() ? fileOf(path, to) : [];
    });
  return (await Promise.all(nested)).flat();
}

async function fileOf(path: string, place: string): Promise<SourceFile[]> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return [];
  const mode = (found.mode & 0o100) === 0 ? 0o644 : 0o755;
  return [{ path: place, mode, from: path, bytes: found.size }];
}
