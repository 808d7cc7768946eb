// Waits for whoever is at work in a folder.
import { setTimeout as sleep } from 'node:timers/promises';
import { busy } from './lock';
import { findOwner, lives, lockTiming, type Owner, type Timing } from './lock-owner';

interface Waiting {
  readonly stopping: () => boolean;
  /** Told once, when there is somebody. */
  readonly onWait: (owner: Owner) => void;
  readonly timing?: Timing;
}

/**
 * Returns when nobody is known to be at work there, or `stopping`.
 * @throws BusyError when an owner lives and does nothing for the lock's limit, as one that was stopped
 */
export async function waitForOwner(
  folder: string,
  { stopping, onWait, timing = lockTiming }: Waiting,
): Promise<void> {
  let seen: Owner | undefined;
  let changed = performance.now();
  while (!stopping()) {
    const owner = findOwner(folder, timing);
    if (!owner) return;
    if (!seen) onWait(owner);
    if (owner.file !== seen?.file || owner.pulse !== seen.pulse) changed = performance.now();
    seen = owner;
    if (lives(owner) && performance.now() - changed > timing.limitMs) throw busy(owner, folder, timing);
    await sleep(timing.beatMs / 8);
  }
}
