// `aigc data make`: draws a data set by code and writes it as a folder of IDX files.
import { rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { boolean, integer, text } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import { seedOption } from '../config/shared-options';
import { findOccupants } from '../dataset/folder';
import { writeSplit } from '../dataset/idx-writer';
import type { ImageSet } from '../dataset/image-set';
import { grouped } from '../dataset/summary';
import { didYouMean, UsageError } from '../errors';
import { fileError } from '../files';
import type { Output } from './command';

export const makeOptions = {
  count: integer({ description: 'training images', default: 10_000, min: 1, max: 1_000_000 }),
  testCount: integer({ description: 'test images, other ones', default: 0, min: 0, max: 1_000_000 }),
  seed: seedOption,
  out: text({ placeholder: 'DIR', description: 'the folder to write to', default: './my-digits' }),
  force: boolean({ description: 'replace the set in --out' }),
} as const;

/** With --force all of the older set goes: its test split too, and files that were unfolded. */
export async function makeSet(kind: string, flags: RawValues, output: Output): Promise<void> {
  if (kind !== 'digits') {
    throw new UsageError(`aigc data make cannot draw "${kind}".`, { hint: didYouMean(kind, ['digits']) });
  }
  const { count, testCount, seed, out, force } = resolveOptions(makeOptions, flags, {});
  const older = await findReplaceable(out, force ?? false);
  const { drawDigits } = await import('../dataset/digits/digits');
  output.progress(`Drawing ${grouped(count + testCount)} digits`);
  const all = drawDigits(count + testCount, seed);
  const files = await writeSplit(out, 'train', slice(all, 0, count));
  if (testCount > 0) files.push(...(await writeSplit(out, 't10k', slice(all, count, count + testCount))));
  const written = files.map((file) => basename(file));
  await remove(
    out,
    older.filter((name) => !written.includes(name)),
  );
  output.result(
    { event: 'data-set', name: out, seed, trainCount: count, testCount, files },
    `Wrote ${files.join(', ')}`,
  );
}

/** @returns the names of the files that the new set stands for */
async function findReplaceable(out: string, force: boolean): Promise<string[]> {
  const { own, others } = await findOccupants(out);
  if (others.length > 0) {
    throw new UsageError(`${out} already holds a data set of another name: ${others.join(', ')}.`, {
      hint: 'Choose another --out: one folder holds one set.',
    });
  }
  if (own.length > 0 && !force) {
    throw new UsageError(`${out} already holds a data set.`, {
      hint: 'Replace it with --force, or choose another --out.',
    });
  }
  return own;
}

async function remove(folder: string, names: readonly string[]): Promise<void> {
  for (const path of names.map((name) => join(folder, name))) {
    await rm(path, { force: true }).catch((error: unknown) => {
      throw fileError(error, path, 'write');
    });
  }
}

function slice(set: ImageSet, from: number, to: number): ImageSet {
  const size = set.height * set.width * set.channels;
  const labels = set.labels?.subarray(from, to);
  return { ...set, count: to - from, pixels: set.pixels.subarray(from * size, to * size), labels };
}
