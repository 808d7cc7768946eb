// `aigc backend install --from DIR`: TensorFlow out of a pack, for an aigc that is there.
import { rename, rmdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { type InstallResult, putBuild } from '../backend-install/install';
import type { InstallContext } from '../backend-install/progress';
import { takeSystemCuda } from '../backend-install/system-cuda';
import { BackendError, DataError } from '../errors';
import { runProgram } from '../process/program';
import { findInstallation, nativeFolder, platform } from '../tensor/native/location';
import { readFacts } from './manifest';
import { unpackScriptPath } from './pack';

/**
 * Puts the TensorFlow of a pack into the user's cache folder, or changes nothing.
 * @throws DataError that names the pieces that are missing or damaged; BackendError when it does not run here
 */
export async function installPack(from: string, context: InstallContext): Promise<InstallResult> {
  const facts = readFacts(from);
  if (facts.platform !== platform) {
    throw new BackendError(`The pack is for ${facts.platform}, this machine is ${platform}.`);
  }
  const bytes = Number(facts.bytes) + Number(facts.largest);
  return putBuild(nativeFolder(), bytes, context, async (build, staging) => {
    const unpacked = join(staging, 'unpacked');
    await unpack(resolve(from), unpacked, context);
    const installation = findInstallation(nativeFolder(join(unpacked, 'cache')));
    if (!installation) throw new DataError(`The pack in ${from} holds no TensorFlow.`);
    const { path, ...pointer } = installation;
    await rmdir(build);
    await rename(path, build);
    if (pointer.cuda === 'system') await takeSystemCuda(build, context.progress);
    return { ...pointer, folder: basename(build) };
  });
}

/** By the pack's own script, as this aigc has it. */
async function unpack(from: string, folder: string, { progress, signal }: InstallContext): Promise<void> {
  progress.stage('Unpacking');
  const words = [unpackScriptPath, '--pieces', from, '--only', folder];
  const outcome = await runProgram('sh', words, { signal, onLine: (line) => progress.stage(line) });
  if (outcome?.exitCode === 0) return;
  const message = (outcome?.stderr ?? 'there is no sh').trim().replace(/^unpack\.sh: /, '');
  const told = `The pack in ${from}: ${message}`;
  if (outcome?.exitCode === 3) throw new DataError(told, { hint: 'Nothing was installed.' });
  throw new BackendError(told, { hint: 'Nothing was installed.' });
}
