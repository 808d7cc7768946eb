// The grids that a run drew after its epochs: the same latents each time.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunFolder } from '../run/run-folder';

export interface EpochGrid {
  readonly epoch: number;
  readonly path: string;
}

/** In the order of their epochs; none when there are none. */
export async function epochGrids({ samples }: RunFolder): Promise<EpochGrid[]> {
  const names = await readdir(samples).catch(() => []);
  return names
    .flatMap((name) => {
      const epoch = /^epoch-(\d{1,9})\.png$/.exec(name)?.[1];
      return epoch === undefined ? [] : [{ path: join(samples, name), epoch: Number(epoch) }];
    })
    .sort((a, b) => a.epoch - b.epoch);
}

/** At most so many, evenly spread, the first and the last among them. */
export function spread<T>(items: readonly T[], most: number): T[] {
  if (items.length <= most) return [...items];
  return Array.from(
    { length: most },
    (_, i) => items[Math.round((i * (items.length - 1)) / (most - 1))] as T,
  );
}
