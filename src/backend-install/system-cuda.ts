// cuBLAS and cuDNN of the machine, put under the names that TensorFlow opens, after a trial that each opens: those of CUDA 12,
// and of CUDA 13, whose functions are called the same.
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { BackendError } from '../errors';
import { parseJson } from '../json';
import { runProgram } from '../process/program';
import { cudaLibraries } from './cuda-libraries';
import type { InstallProgress } from './progress';
import { tryLibrary } from './try-library';

/** What is taken together: the libraries of one folder whose names match, and the ones that are also given another name. */
interface Part {
  readonly title: string;
  /** The folder below a build's deps/nvidia. */
  readonly folder: string;
  readonly files: RegExp;
  /** As they may be called here, best first: CUDA 12 before 13. */
  readonly versions: readonly string[];
  readonly names: readonly string[];
  readonly remedy: string;
  readonly isNeeded: boolean;
}

const parts: readonly Part[] = [
  {
    title: 'cuBLAS 12 or 13',
    folder: 'cublas',
    files: /^libcublas(Lt)?\.so\.(12|13)$/,
    versions: ['12', '13'],
    names: ['libcublas.so', 'libcublasLt.so'],
    remedy: 'nvidia-cublas-cu12',
    isNeeded: true,
  },
  {
    title: 'cuDNN 9',
    folder: 'cudnn',
    files: /^libcudnn(_\w+)?\.so\.9$/,
    versions: ['9'],
    names: ['libcudnn.so'],
    remedy: 'nvidia-cudnn-cu12',
    isNeeded: true,
  },
  // cuDNN compiles some of its kernels with it, and does without where it is missing.
  {
    title: 'NVRTC 12 or 13',
    folder: 'cuda_nvrtc',
    files: /^libnvrtc(-builtins)?\.so\.1[23](\.\d+)?$/,
    versions: ['12', '13'],
    names: ['libnvrtc.so'],
    remedy: 'nvidia-cuda-nvrtc-cu12',
    isNeeded: false,
  },
];

/**
 * Links them into a build, in place of those that were linked before.
 * @throws BackendError that names what was not found, where it was looked for, and what opens not
 */
export async function takeSystemCuda(build: string, progress: InstallProgress): Promise<void> {
  progress.stage('Looking for CUDA libraries');
  const folders = await cudaFolders();
  for (const part of parts) {
    const failures: string[] = [];
    const taken = await takeFirst(build, part, folders, failures);
    if (taken !== undefined) progress.stage(`Taking ${part.title.split(' ')[0]} from ${taken}`);
    else if (part.isNeeded) throw notFound(part, folders, failures);
  }
}

async function takeFirst(
  build: string,
  part: Part,
  folders: readonly string[],
  failures: string[],
): Promise<string | undefined> {
  const here = join(build, 'deps', 'nvidia', part.folder, 'lib');
  for (const version of part.versions) {
    for (const folder of folders) {
      if (!part.names.every((name) => existsSync(join(folder, `${name}.${version}`)))) continue;
      await link(part, version, folder, here);
      const problem = await problemOf(build, part, here);
      if (problem === undefined) return folder;
      failures.push(problem);
    }
  }
  await rm(here, { recursive: true, force: true });
  return undefined;
}

/** Under their own names, by which they find each other, and under those that TensorFlow knows. */
async function link(part: Part, version: string, folder: string, here: string): Promise<void> {
  await rm(here, { recursive: true, force: true });
  await mkdir(here, { recursive: true });
  for (const file of readdirSync(folder).filter((name) => part.files.test(name))) {
    await symlink(join(folder, file), join(here, file));
  }
  const [known] = part.versions;
  if (version === known) return;
  for (const name of part.names) {
    await rm(join(here, `${name}.${known}`), { force: true });
    await symlink(join(folder, `${name}.${version}`), join(here, `${name}.${known}`));
  }
}

/** What hinders a library that is linked, or undefined when it opens. */
async function problemOf(build: string, part: Part, here: string): Promise<string | undefined> {
  for (const { name, ask } of cudaLibraries.filter(({ folder }) => folder === part.folder)) {
    const trial = await tryLibrary(build, join(here, name), ask);
    if (!trial.opens) return trial.reason;
  }
  return undefined;
}

function notFound(
  { title, remedy }: Part,
  folders: readonly string[],
  failures: readonly string[],
): BackendError {
  const searched = folders.length > 0 ? folders.join(', ') : 'no folder that there is';
  const why = failures.length > 0 ? `${failures.join('; ')}` : `looked in ${searched}`;
  return new BackendError(`Expected ${title} on this machine: ${why}.`, {
    hint: `Name its folder in LD_LIBRARY_PATH, or get it with \`pip install ${remedy}\`; or leave --use-system-cuda out.`,
  });
}

/** Where CUDA's libraries usually are, those that the user named first. */
async function cudaFolders(env: NodeJS.ProcessEnv = process.env): Promise<string[]> {
  const named = (env.LD_LIBRARY_PATH ?? '').split(':').filter((folder) => folder.startsWith('/'));
  const toolkits = [
    env.CUDA_HOME,
    env.CUDA_PATH,
    ...versionsOf('/usr/local', /^cuda/),
    ...versionsOf('/opt', /^cuda/),
  ];
  const ofToolkits = toolkits.flatMap((toolkit) =>
    toolkit ? [join(toolkit, 'lib64'), join(toolkit, 'targets', 'x86_64-linux', 'lib')] : [],
  );
  const ofConda = env.CONDA_PREFIX ? [join(env.CONDA_PREFIX, 'lib')] : [];
  const ofPython = (await pythonFolders()).flatMap((site) =>
    versionsOf(join(site, 'nvidia'), /^\w+$/).map((wheel) => join(wheel, 'lib')),
  );
  const ofSystem = ['/usr/lib/x86_64-linux-gnu', '/usr/lib64', '/lib64'];
  const all = [...named, ...ofConda, ...ofToolkits, ...ofPython, ...ofSystem];
  return [...new Set(all)].filter((folder) => existsSync(folder));
}

/** The folders in `parent` of such names, the newest version first. */
function versionsOf(parent: string, pattern: RegExp): string[] {
  const names = existsSync(parent) ? readdirSync(parent).filter((name) => pattern.test(name)) : [];
  return names.sort((a, b) => b.localeCompare(a, 'en', { numeric: true })).map((name) => join(parent, name));
}

/** Where the Python in use keeps its packages. */
async function pythonFolders(): Promise<string[]> {
  const ask =
    'import json, sys; print(json.dumps([path for path in sys.path if path.endswith("-packages")]))';
  for (const python of [process.env.PYTHON, 'python3', 'python']) {
    const outcome = python ? await runProgram(python, ['-c', ask]) : undefined;
    if (outcome?.exitCode === 0) return parseJson(outcome.stdout) as string[];
  }
  return [];
}
