// Builds TensorFlow's addon in a folder of its own and puts it in use in one step, or leaves nothing.
import { readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { cacheFolder } from '../cache-folder';
import { BackendError } from '../errors';
import { fileError } from '../file-error';
import { makeFolder, writeFileAtomic } from '../files';
import {
  type CudaLibraries,
  cudaOf,
  findInstallation,
  type Installation,
  nativeFolder,
  type Pointer,
  platform,
  pointerPath,
} from '../tensor/native/location';
import type { ProbeReport } from '../tensor/probe';
import { compileAddons, requireCompiler } from './compile';
import { cudaPlatforms, cudaWheels } from './cuda-wheels';
import { requireSpace, spaceFor } from './disk';
import { downloadWheel } from './download';
import { type InstallPlan, type InstallRequest, planInstall } from './install-plan';
import { installJavaScript } from './javascript';
import { libraryNames, placeCuda, placeTensorFlow } from './layout';
import type { InstallContext } from './progress';
import { clearLeftovers, makeStaging, openStaging } from './staging';
import { compileStandIns } from './stand-ins';
import { takeSystemCuda } from './system-cuda';
import { probeInChild } from './try-backend';
import { hashFile, unpackWheel } from './unpack';

export interface InstallResult {
  readonly installation: Installation;
  /** Whether what was asked for was in place, and works. */
  readonly already: boolean;
  readonly report: ProbeReport;
}

/**
 * Installs TensorFlow into a cache folder, the user's when none is named. Doing it twice does it once.
 * @throws BackendError when something that it needs is missing, or a checksum is wrong
 */
export async function install(
  request: InstallRequest,
  context: InstallContext,
  cache: string = cacheFolder(),
): Promise<InstallResult> {
  const plan = planInstall(request);
  const present = await findWorking(plan, cache, context);
  if (present) return { ...present, already: true };
  const compiler = await requireCompiler();
  return putBuild(nativeFolder(cache), spaceFor(plan), context, async (build, staging) => {
    await fillBuild(plan, build, staging, context);
    context.progress.stage('Compiling the addon');
    await compileAddons(compiler, build, context.signal);
    if (plan.cuda === 'lean' || plan.cuda === 'system')
      await compileStandIns(compiler, build, context.signal);
    if (plan.cuda === 'system' && !context.forElsewhere) await takeSystemCuda(build, context.progress);
    await rm(join(build, 'deps', 'include'), { recursive: true });
    return toPointer(plan, basename(build));
  });
}

/**
 * Has a build filled in a staging folder, tries it, and puts it in use in one step; or leaves nothing.
 * @param folder of builds @param bytes that it takes at its fullest
 * @param fill puts all of it into `build`, a folder of `staging`
 */
export async function putBuild(
  folder: string,
  bytes: number,
  context: InstallContext,
  fill: (build: string, staging: string) => Promise<Pointer>,
): Promise<InstallResult> {
  await makeFolder(folder);
  await clearLeftovers(folder);
  await requireSpace(folder, bytes);
  const staging = await makeStaging(folder);
  try {
    const build = openStaging(staging);
    const pointer = await fill(build.path, staging);
    context.progress.stage('Checking that it works');
    const report = await verify(staging, build.folder, pointer);
    await putInUse(folder, build.path, pointer);
    return { installation: { ...pointer, path: join(folder, pointer.folder) }, already: false, report };
  } catch (error) {
    throw fileError(error, folder, 'write');
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Removes every build of this platform. @returns whether there was one */
export async function uninstall(): Promise<boolean> {
  const folder = nativeFolder();
  const present = findInstallation(folder) !== undefined;
  // First what makes it found: an interrupted removal leaves nothing that is half there and in use.
  await rm(pointerPath(folder), { force: true });
  await rm(folder, { recursive: true, force: true });
  return present;
}

/** One that is there, whole and as asked for. What it takes of the machine is looked for anew. */
async function findWorking(
  plan: InstallPlan,
  cache: string,
  { progress }: InstallContext,
): Promise<Omit<InstallResult, 'already'> | undefined> {
  const installation = findInstallation(nativeFolder(cache));
  const same =
    installation?.variant === plan.variant &&
    cudaOf(installation) === plan.cuda &&
    installation.tensorflow === plan.version &&
    installation.wheelSha256 === plan.sha256;
  if (!same) return undefined;
  if (plan.cuda === 'system') await takeSystemCuda(installation.path, progress);
  const report = await probeInChild('native', { AIGC_CACHE_DIR: cache });
  return report.works ? { installation, report } : undefined;
}

/** Puts TensorFlow's library, CUDA's where it is wanted, and the addon's sources in a build. */
async function fillBuild(
  plan: InstallPlan,
  build: string,
  staging: string,
  context: InstallContext,
): Promise<void> {
  const { progress, signal } = context;
  const wheel = plan.wheel ?? (await fetchTensorFlow(plan, staging, context));
  await unpackChecked(wheel, plan.sha256, build, placeTensorFlow, context);
  await rm(join(staging, 'download'), { recursive: true, force: true });
  const arrived: string[] = await readdir(join(build, 'deps', 'lib')).catch(() => []);
  const missing = libraryNames.find((name) => !arrived.includes(name));
  if (missing) {
    throw new BackendError(
      `Expected ${missing} in the wheel of TensorFlow ${plan.version}; it is not there.`,
      {
        hint: 'Take a version from 2.12 on.',
      },
    );
  }
  if (plan.cuda) await fillCuda(plan.version, plan.cuda, build, staging, context);
  progress.stage('Installing the addon’s sources');
  await installJavaScript(build, signal);
}

async function fetchTensorFlow(plan: InstallPlan, staging: string, context: InstallContext): Promise<string> {
  const requirement = `${plan.source.project}==${plan.version}`;
  context.progress.stage(`Downloading ${requirement}`);
  const folder = join(staging, 'download');
  return downloadWheel(requirement, plan.source.platforms, folder, plan.pin?.bytes, context);
}

async function fillCuda(
  version: string,
  cuda: CudaLibraries,
  build: string,
  staging: string,
  context: InstallContext,
): Promise<void> {
  for (const { requirement, sha256 } of cudaWheels(version, cuda)) {
    context.progress.stage(`Downloading ${requirement}`);
    const folder = join(staging, 'download');
    const wheel = await downloadWheel(requirement, cudaPlatforms, folder, undefined, context);
    await unpackChecked(wheel, sha256, build, placeCuda, context);
    await rm(folder, { recursive: true });
  }
}

/** Unpacks a wheel whose bytes are the expected ones. */
async function unpackChecked(
  wheel: string,
  sha256: string,
  build: string,
  place: (name: string) => string | undefined,
  context: InstallContext,
): Promise<void> {
  context.progress.stage('Checking the wheel');
  const found = await hashFile(wheel, context);
  if (found !== sha256) {
    throw new BackendError(`Expected a wheel with SHA-256 ${sha256}, got ${found}: ${wheel}`, {
      hint: 'The file is damaged, or not the one that aigc knows. For one that you trust, give --sha256.',
    });
  }
  context.progress.stage('Unpacking the library');
  await unpackWheel(wheel, build, place, context);
}

/** The staging folder is laid out as a cache folder, so that a child process finds the build in it. */
async function verify(staging: string, folder: string, pointer: Pointer): Promise<ProbeReport> {
  await writeFileAtomic(pointerPath(folder), JSON.stringify(pointer));
  const report = await probeInChild('native', { AIGC_CACHE_DIR: staging });
  if (report.works) return report;
  throw new BackendError(`TensorFlow was built but does not run: ${report.reason}`, {
    hint: report.remedy ?? 'Please report this with the output of `aigc backend doctor --json`.',
  });
}

/** From the rename of the pointer on, the new build is the one in use; those before it go. */
async function putInUse(folder: string, build: string, pointer: Pointer): Promise<void> {
  await rename(build, join(folder, pointer.folder));
  await writeFileAtomic(pointerPath(folder), `${JSON.stringify(pointer, null, 2)}\n`);
  for (const name of await readdir(folder)) {
    const isBuild = !name.startsWith('.') && name !== 'current.json' && name !== pointer.folder;
    if (isBuild) await rm(join(folder, name), { recursive: true, force: true });
  }
}

function toPointer(plan: InstallPlan, name: string): Pointer {
  return {
    format: 1,
    folder: name,
    tensorflow: plan.version,
    variant: plan.variant,
    platform,
    wheelSha256: plan.sha256,
    installedAt: new Date().toISOString(),
    ...(plan.cuda && { cuda: plan.cuda }),
  };
}
