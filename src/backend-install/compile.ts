// Compiles the addon against TensorFlow's library. Its two C++ files need no make, Python or node-gyp: one call of the
// compiler each, with Node-API's headers, so the result runs on every Node that aigc supports.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BackendError } from '../errors';
import { findProgram, requireSuccess, runProgram } from '../process/program';
import { bindingPath, packagePath, processAddonPath } from '../tensor/native/location';
import { libraryNames } from './layout';
import { processAddonSource } from './process-addon';

const common = ['-O2', '-std=c++17', '-fPIC', '-shared', '-DNAPI_VERSION=8'];

/** Our addon keeps a thread, whose code must stay mapped. */
const staysMapped: readonly string[] = process.platform === 'darwin' ? [] : ['-pthread', '-Wl,-z,nodelete'];

/** Node's own symbols are found in the program that loads the addon. */
const linkerWords: readonly string[] = process.platform === 'darwin' ? ['-undefined', 'dynamic_lookup'] : [];

/** @returns the C++ compiler @throws BackendError that names the package to install */
export async function requireCompiler(): Promise<string> {
  const compiler = await findProgram([process.env.CXX, 'c++', 'g++', 'clang++']);
  if (compiler) return compiler;
  throw new BackendError('Expected a C++ compiler; found none of c++, g++, clang++.', {
    hint:
      process.platform === 'darwin'
        ? 'Install it with `xcode-select --install`.'
        : 'Install it (Debian, Ubuntu: `apt install g++`; Fedora: `dnf install gcc-c++`), or name it in CXX.',
  });
}

/**
 * Compiles a build's two addons: the binding, and the one for what Node cannot do to its process.
 * @param build holds deps/ and node_modules/ already
 */
export async function compileAddons(compiler: string, build: string, signal: AbortSignal): Promise<void> {
  const headers = join(build, 'node_modules', 'node-api-headers', 'include');
  const processAddon = join(build, 'process.cc');
  await writeFile(processAddon, processAddonSource);
  const libraries = join(build, 'deps', 'lib');
  const origin = process.platform === 'darwin' ? '@loader_path' : '$ORIGIN';
  const source = join(packagePath(build), 'binding');
  await compileLibrary(
    compiler,
    [processAddon, '-I', headers, '-o', processAddonPath(build), ...staysMapped],
    signal,
  );
  await compileLibrary(
    compiler,
    [
      ...[join(source, 'tfjs_backend.cc'), join(source, 'tfjs_binding.cc')],
      ...['-I', headers, '-I', join(build, 'deps', 'include'), '-o', bindingPath(build)],
      ...libraryNames.map((name) => join(libraries, name)),
      `-Wl,-rpath,${origin}/deps/lib`,
    ],
    signal,
  );
}

/** Compiles C++ to a shared library. @param words sources, and what else it needs */
export async function compileLibrary(
  compiler: string,
  words: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const outcome = await runProgram(compiler, [...common, ...linkerWords, ...words], { signal });
  requireSuccess(
    outcome,
    `Compiling the addon with ${compiler}`,
    'It needs a compiler of C++17: g++ 8, clang 7 or newer.',
  );
}
