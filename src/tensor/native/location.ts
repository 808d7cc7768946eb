// Where an installed TensorFlow lives: the user's cache folder, and the pointer to the build in use.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../../cache-folder';
import { readJson } from '../../json';

const pointerSchema = z.object({
  format: z.literal(1),
  /** The folder of the build in use, beside this file. */
  folder: z.string().regex(/^[\w.+-]+$/),
  tensorflow: z.string(),
  variant: z.enum(['cpu', 'cuda']),
  platform: z.string(),
  /** SHA-256 of the Python wheel that the library came from. */
  wheelSha256: z.string(),
  installedAt: z.string(),
  /** Where a CUDA build has NVIDIA's libraries from; those of before had them all. */
  cuda: z.enum(['whole', 'lean', 'system']).optional(),
});

export type Pointer = z.infer<typeof pointerSchema>;

/** `whole`: all of NVIDIA's libraries. `lean`: those that a step calls, and stand-ins for the rest. `system`: lean, with
 *  cuBLAS and cuDNN of the machine. */
export type CudaLibraries = NonNullable<Pointer['cuda']>;

/** Which a build has, or is to have; undefined of one for the CPU. */
export function cudaOf({ variant, cuda }: CudaChoice): CudaLibraries | undefined {
  return variant === 'cuda' ? (cuda ?? 'whole') : undefined;
}

interface CudaChoice {
  readonly variant: Pointer['variant'];
  readonly cuda?: CudaLibraries | undefined;
}

/** A TensorFlow that `aigc backend install` built. */
export interface Installation extends Pointer {
  /** Absolute path of the build. */
  readonly path: string;
}

/** `linux-x64`, `darwin-arm64`, …: builds of other platforms in a shared home folder are not ours to load. */
export const platform = `${process.platform}-${process.arch}`;

/** Holds the builds and the pointer, one such folder for each platform. */
export function nativeFolder(cache: string = cacheFolder()): string {
  return join(cache, 'native', platform);
}

export function pointerPath(folder: string): string {
  return join(folder, 'current.json');
}

/** The build that the pointer names, or undefined when there is none that is whole. */
export function findInstallation(folder: string = nativeFolder()): Installation | undefined {
  const pointer = readPointer(pointerPath(folder));
  if (pointer === undefined || pointer.platform !== platform) return undefined;
  const path = join(folder, pointer.folder);
  const isWhole = existsSync(bindingPath(path)) && existsSync(processAddonPath(path));
  return isWhole ? { ...pointer, path } : undefined;
}

/** The compiled addon inside a build. */
export function bindingPath(build: string): string {
  return join(build, 'tfjs_binding.node');
}

/** The small addon inside a build that turns stderr aside and keeps signals away from TensorFlow. */
export function processAddonPath(build: string): string {
  return join(build, 'process.node');
}

/** CUDA's compiler tools inside a build with CUDA; XLA runs them. */
export function cudaPath(build: string): string {
  return join(build, 'deps', 'nvidia', 'cuda_nvcc');
}

/** The JavaScript side of the addon inside a build. */
export function packagePath(build: string): string {
  return join(build, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
}

function readPointer(path: string): Pointer | undefined {
  try {
    return pointerSchema.parse(readJson(path));
  } catch {
    return undefined; // No install, or one by a version of aigc that is not born yet: the same to us.
  }
}
