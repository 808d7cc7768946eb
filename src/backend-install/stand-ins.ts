// Empty libraries under the names of those of NVIDIA's that TensorFlow wants to open, and a training step never calls:
// without them it registers no GPU, and with them a build is 2 GB smaller.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { compileLibrary } from './compile';
import { standInFolder } from './layout';

/** What TensorFlow 2.21 opens before it registers a GPU, as far as it is there for Fourier transforms, solvers and sparse
 *  products. */
const standInNames: readonly string[] = ['libcufft.so.11', 'libcusolver.so.11', 'libcusparse.so.12'];

/** By which one tells a stand-in from the real thing. */
export const standInSymbol = 'aigcStandIn';

/** Compiles them into a build, where TensorFlow looks for them. */
export async function compileStandIns(compiler: string, build: string, signal: AbortSignal): Promise<void> {
  const folder = join(build, 'deps', 'nvidia', standInFolder, 'lib');
  await mkdir(folder, { recursive: true });
  const source = join(build, 'stand-in.cc');
  await writeFile(source, `extern "C" int ${standInSymbol}() { return 0; }\n`);
  for (const name of standInNames) {
    await compileLibrary(compiler, [source, `-Wl,-soname,${name}`, '-o', join(folder, name)], signal);
  }
}
