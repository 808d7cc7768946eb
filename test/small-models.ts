// Models that were trained for a step or a few, for the tests of what is done with them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeSplit } from '../src/dataset/idx-writer';
import { type Finished, runCli } from './cli';
import { rectangles } from './small-set';

export const classCount = 3;

/** Writes a labelled set of 8 × 8 images to `set`, and trains a model on it into a folder of each name. */
export async function trainSmall(
  folder: string,
  models: Readonly<Record<string, readonly string[]>>,
): Promise<(...words: string[]) => Promise<Finished>> {
  // What is measured here is kept here: a later model of the same data would find the network in the user's cache.
  const environment = { AIGC_BACKEND: 'wasm', AIGC_CACHE_DIR: join(folder, 'cache') };
  const run = (...words: string[]) => runCli(words, folder, environment);
  mkdirSync(folder, { recursive: true });
  for (const [split, count] of [
    ['train', 192],
    ['t10k', 16],
  ] as const) {
    const set = rectangles(count, 8, 8, 1);
    const labels = Uint8Array.from({ length: count }, (_, i) => i % classCount);
    await writeSplit(join(folder, 'set'), split, { ...set, labels, classCount });
  }
  for (const [out, words] of Object.entries(models)) {
    const { code, stderr } = await run(
      ...['train', '--data', 'set', '--batch-size', '8', '--grid', '2x2', '--out', out, ...words],
    );
    if (code !== 0) throw new Error(stderr);
  }
  return run;
}

/** One line of error and one of hint, without a stack. */
export function expectPlainError({ code, stderr }: Finished, exitCode: number, message: RegExp): void {
  const told = stderr.trim().split('\n');
  const lines = told.filter((line) => !/^Backend:|^This [\w-]+ has no encoder: looking/.test(line));
  expect({ code, stderr }).toMatchObject({ code: exitCode });
  expect(lines[0]).toMatch(/^error: /);
  expect(lines[0]).toMatch(message);
  expect(lines).toHaveLength(2);
}
