// Which files of the wheels a build takes, and where they go.

/** TensorFlow's C and C++ interface, and the part that it needs; the wheel's Python modules stay behind. */
export const libraryNames: readonly string[] =
  process.platform === 'darwin'
    ? ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib']
    : ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];

/** The headers that TensorFlow's C interface includes, of the 13,000 in the wheel. */
const headerFolders = ['tensorflow/c/', 'tensorflow/core/platform/', 'tsl/', 'xla/tsl/'];

/** Where a file of TensorFlow's wheel goes in a build; undefined leaves it out. */
export function placeTensorFlow(name: string): string | undefined {
  const [, inside] = /^tensorflow\/(.*)$/.exec(name) ?? [];
  if (inside === undefined) return undefined;
  if (libraryNames.includes(inside)) return `deps/lib/${inside}`;
  const [, header] = /^include\/(.*\.h)$/.exec(inside) ?? [];
  const wanted = header !== undefined && headerFolders.some((folder) => header.startsWith(folder));
  return wanted && isPlain(header) ? `deps/include/${header}` : undefined;
}

/** NVIDIA's libraries that neither TensorFlow nor those that it opens ask for. */
const unusedCuda = /^lib(nvblas|cufftw|cusolverMg|nvrtc(-builtins)?\.alt)\./;

/** Where a file of one of NVIDIA's wheels goes: beside lib/, where TensorFlow's library looks for it. */
export function placeCuda(name: string): string | undefined {
  const [, project = '', folder = '', file = ''] =
    /^nvidia\/(\w+)\/(lib|bin|nvvm\/libdevice)\/([^/]+)$/.exec(name) ?? [];
  const isLibrary = folder === 'lib' && /\.so(\.\d+)*$/.test(file) && !unusedCuda.test(file);
  const isTool = folder === 'bin' || file.endsWith('.bc');
  if (!(isLibrary || isTool) || !isPlain(name)) return undefined;
  return `deps/nvidia/${folder === 'lib' ? homeOf(project) : project}/${folder}/${file}`;
}

/** The folder, below a build's deps/nvidia, of libraries whose own TensorFlow does not search. */
export const standInFolder = 'cusparse';

/** libtensorflow_framework.so.2 opens cuSOLVER, but its RUNPATH has no folder of that name: one that it has serves. cuSOLVER
 *  finds from there what it needs itself, as both are as deep. */
function homeOf(project: string): string {
  return project === 'cusolver' ? standInFolder : project;
}

/** A path that stays below the folder that it is unpacked in. */
function isPlain(name: string): boolean {
  return !name.split('/').includes('..') && !name.includes('\\');
}
