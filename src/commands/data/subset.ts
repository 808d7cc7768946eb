// `aigc data subset`: some of the training images of a set, as a set of its own with the same test split.
import { commandLine, lastName } from '../../config/command-line';
import { boolean, integer, number, text } from '../../config/option';
import { type RawValues, resolveOptions } from '../../config/resolve';
import { seedOption } from '../../config/shared-options';
import { changed } from '../../dataset/blocks';
import { classesOf, classList } from '../../dataset/classes';
import type { AnySet, DataSet } from '../../dataset/image-set';
import { carriedBySplits } from '../../dataset/set-provenance';
import { findReplaceable, writeSet } from '../../dataset/set-writer';
import { indicesByLabel, partOf } from '../../dataset/split';
import { UsageError } from '../../errors';
import type { Output } from '../../output';
import { permutation, randomStream } from '../../rng';
import { grouped } from '../../words';
import { loadNamedData } from '../data-input';
import { checkOut } from '../out';

export const subsetOptions = {
  count: integer({ description: 'images in all, whatever their labels', min: 1 }),
  perClass: integer({ description: 'images of each label', min: 1 }),
  scale: number({
    description: 'multiply the pixels: 255 for those of 0 and 1; without --count all images',
    above: 0,
    max: 255,
  }),
  seed: seedOption,
  out: text({ placeholder: 'DIR', description: 'the folder to write to', default: './my-subset' }),
  force: boolean({ description: 'replace the set in --out' }),
} as const;

/** A larger subset of the same seed holds the smaller one. */
export async function drawSubset(source: string, flags: RawValues, output: Output): Promise<void> {
  const { count, perClass, scale, seed, out, force = false } = resolveOptions(subsetOptions, flags, {});
  if ((count === undefined && perClass === undefined && scale === undefined) || (count && perClass)) {
    throw new UsageError('aigc data subset needs --count or --per-class, one of them.', {
      hint: 'For 100 images of each label: --per-class 100.',
    });
  }
  await checkOut(out, 'folder');
  const older = await findReplaceable(out, force);
  const loaded = await loadNamedData(source, output);
  const { name, train: whole, classNames } = loaded;
  if (perClass !== undefined) warnOfAbsentClasses(loaded, output);
  const drawn = perClass ? drawEach(whole, perClass, seed, name) : count && drawAny(whole, count, seed);
  const train = brighter(drawn ? partOf(whole, drawn) : whole, scale);
  const test = loaded.test && brighter(loaded.test, scale);
  const { out: _out, force: _force, seed: _seed, ...own } = subsetOptions;
  const words = ['aigc', 'data', 'subset', lastName(source)];
  const command = commandLine([...words, '--seed', String(seed)], own, { count, perClass, scale });
  const provenance = carriedBySplits(loaded.provenance ?? {}, { command, seed });
  const files = await writeSet(out, { train, test, classes: classNames, provenance }, older);
  output.result(
    {
      event: 'data-set',
      name: out,
      from: name,
      seed,
      trainCount: train.count,
      testCount: test?.count ?? 0,
      files,
    },
    [
      `${grouped(train.count)} of the ${grouped(whole.count)} training images of ${name}`,
      `Wrote ${files.join(', ')}`,
    ],
  );
}

function drawAny(set: AnySet, count: number, seed: number): Uint32Array {
  if (count > set.count) {
    throw new UsageError(`--count ${count} is more than the ${grouped(set.count)} training images.`, {
      hint: 'Ask for fewer.',
    });
  }
  return permutation(randomStream(seed, 'subset'), set.count).subarray(0, count);
}

/** @param scale what pixels are multiplied by, up to 255 */
function brighter(set: AnySet, scale: number | undefined): AnySet {
  if (scale === undefined) return set;
  return changed(set, (images) => ({
    ...images,
    pixels: images.pixels.map((value) => Math.min(255, Math.round(scale * value))),
  }));
}

function warnOfAbsentClasses(data: DataSet, output: Output): void {
  const classes = classesOf(data);
  if (classes.absent.length > 0)
    output.warn(`${data.name} has no image of ${classList(classes.absent, classes)}.`);
}

/** In an order in which labels alternate, so that a reader of the first images has some of each. */
function drawEach(set: AnySet, perClass: number, seed: number, name: string): number[] {
  if (set.labels === undefined) {
    throw new UsageError(`${name} has no labels, which --per-class needs.`, { hint: 'Use --count.' });
  }
  const drawn = indicesByLabel(set).flatMap((indices, label) => {
    if (indices.length === 0) return [];
    if (indices.length < perClass) {
      throw new UsageError(
        `--per-class ${perClass} is more than the ${grouped(indices.length)} images of label ${label}.`,
        { hint: 'Ask for fewer.' },
      );
    }
    const order = permutation(randomStream(seed, 'subset', label), indices.length).subarray(0, perClass);
    return [Array.from(order, (place) => indices[place] as number)];
  });
  return Array.from({ length: perClass }, (_, i) => drawn.map((indices) => indices[i] as number)).flat();
}
