// Whether there is room for an install, asked before it begins.
import { statfs } from 'node:fs/promises';
import { BackendError } from '../errors';
import { fileSize } from '../words';
import { cudaBytes } from './cuda-wheels';
import type { InstallPlan } from './install-plan';

/** The library, the headers and the addon of a CPU build are 0.9 GB, of a CUDA build 1.3 GB. */
const unpackedBytes = { cpu: 1.0e9, cuda: 1.4e9 } as const;

/** Where aigc does not know a wheel. */
const usualWheelBytes = 6e8;

/** Bytes that an install needs at its fullest: pip may hold a wheel twice for a moment. */
export function spaceFor(plan: InstallPlan): number {
  const download = plan.wheel === undefined ? 2 * (plan.pin?.bytes ?? usualWheelBytes) : 0;
  const libraries = plan.cuda === undefined ? 0 : cudaBytes[plan.cuda];
  return download + unpackedBytes[plan.variant] + libraries;
}

/** @throws BackendError when the disk of `folder` has fewer than `bytes` free */
export async function requireSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  throw new BackendError(`The install needs ${fileSize(bytes)} in ${folder}; ${fileSize(free)} are free.`, {
    hint: 'Make room, or name a folder on another disk in AIGC_CACHE_DIR (and keep it set).',
  });
}
