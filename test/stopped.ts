// Stops work for good at one of its changes of files, as SIGKILL would, but without a process of its own: the call that
// is reached never returns.
import fs from 'node:fs/promises';
import { join } from 'node:path';

/** before the change, after it, or, of what removes folders, in the midst. */
export type Moment = 'before' | 'half' | 'after';

const changing = ['mkdir', 'mkdtemp', 'open', 'rename', 'rm', 'rmdir'] as const;

/** @param at which change, from 1 @returns whether it was reached */
export async function stopAt(at: number, moment: Moment, work: () => Promise<unknown>): Promise<boolean> {
  const calls = fs as unknown as Record<string, (...words: unknown[]) => Promise<unknown>>;
  const originals = Object.fromEntries(changing.map((name) => [name, calls[name] as (typeof calls)[string]]));
  const restore = () => Object.assign(calls, originals);
  let seen = 0;
  try {
    return await new Promise<boolean>((resolve, reject) => {
      const stop = () => {
        restore();
        resolve(true);
        return new Promise(() => undefined);
      };
      for (const [name, original] of Object.entries(originals))
        calls[name] = async (...words) => {
          const reads = name === 'open' && words[1] === 'r';
          const hit = !reads && ++seen === at;
          if (hit && moment === 'before') return stop();
          if (hit && moment === 'half' && name === 'rm') {
            const [first] = await fs.readdir(words[0] as string).catch(() => []);
            if (first) await originals.rm?.(join(words[0] as string, first), { recursive: true });
            return stop();
          }
          if (!hit) return original(...words);
          const result = await original(...words).catch(() => undefined); // Refused or not, it has been tried.
          if (name === 'open') await (result as fs.FileHandle | undefined)?.close();
          return stop();
        };
      work().then(() => resolve(false), reject);
    });
  } finally {
    restore();
  }
}

/** Tries each moment of each change until the work ends by itself. @param begin makes things as they were */
export async function stopEverywhere(
  begin: () => Promise<unknown> | unknown,
  work: () => Promise<unknown>,
  check: (where: string) => Promise<unknown>,
): Promise<number> {
  for (let at = 1; ; at++) {
    for (const moment of ['before', 'half', 'after'] as const) {
      await begin();
      const stopped = await stopAt(at, moment, work);
      await check(stopped ? `${moment} change ${at}` : 'at the end');
      if (!stopped) return at - 1;
    }
  }
}
