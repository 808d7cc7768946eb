// `aigc data make`: makes a data set as a folder of IDX files, of the user's pictures, of digits drawn by code, or of others
// in a pile.
import { boolean, flagName, integer, type Options, text } from '../../config/option';
import { type RawValues, resolveOptions } from '../../config/resolve';
import { seedOption } from '../../config/shared-options';
import { findReplaceable, writeSet } from '../../dataset/set-writer';
import { pickImages } from '../../dataset/split';
import { didYouMean, UsageError } from '../../errors';
import type { Output } from '../../output';
import { grouped } from '../../words';
import { checkOut } from '../out';
import { makeFromData, picturesOptions } from './make-pictures';
import { makeStacked, stackedOptions } from './make-stacked';

export { picturesOptions, stackedOptions };

export const commonMakeOptions = {
  seed: seedOption,
  out: text({
    placeholder: 'DIR',
    description: 'the folder to write to (default: ./my-pictures, ./my-digits or ./stacked-mnist)',
  }),
  force: boolean({ description: 'replace the set in --out' }),
} as const;

/** Of the kinds that are drawn. */
export const digitsOptions = {
  count: integer({ description: 'training images', default: 10_000, min: 1, max: 1_000_000 }),
  testCount: integer({ description: 'test images, other ones', default: 0, min: 0, max: 1_000_000 }),
} as const;

const kinds = ['digits', 'stacked-mnist'] as const;

export async function makeSet(kind: string | undefined, flags: RawValues, output: Output): Promise<void> {
  if (kind === undefined && flags.from === undefined) {
    throw new UsageError('aigc data make needs --from DIR, or the KIND of data to draw.', {
      hint: `Make a set of your pictures: aigc data make --from DIR --size 32. The KINDs are ${kinds.join(' and ')}.`,
    });
  }
  if (kind !== undefined && !kinds.some((one) => one === kind)) {
    throw new UsageError(`aigc data make cannot draw "${kind}".`, { hint: didYouMean(kind, kinds) });
  }
  if (kind !== 'stacked-mnist') refuseFlags(stackedOptions, flags, 'goes with stacked-mnist alone');
  if (kind === undefined) {
    refuseFlags(digitsOptions, flags, `goes with ${kinds.join(' and ')}, not with --from`);
    const common = resolveOptions(commonMakeOptions, flags, {});
    return makeFromData(flags, { ...common, out: common.out ?? './my-pictures' }, output);
  }
  refuseFlags(picturesOptions, flags, `is for pictures, not for ${kind}`);
  return kind === 'digits' ? makeDigits(flags, output) : makeStackedDigits(flags, output);
}

function refuseFlags(options: Options, flags: RawValues, problem: string): void {
  const given = Object.keys(options).find((name) => flags[name] !== undefined);
  if (given === undefined) return;
  throw new UsageError(`${flagName(given)} ${problem}.`, { hint: 'See aigc data make --help.' });
}

async function makeDigits(flags: RawValues, output: Output): Promise<void> {
  const { seed, out = './my-digits', force = false } = resolveOptions(commonMakeOptions, flags, {});
  const { count, testCount } = resolveOptions(digitsOptions, flags, {});
  await checkOut(out, 'folder');
  const older = await findReplaceable(out, force);
  const { drawDigits } = await import('../../dataset/digits/digits');
  output.progress(`Drawing ${grouped(count + testCount)} digits`);
  const all = drawDigits(count + testCount, seed);
  const indices = Uint32Array.from({ length: count + testCount }, (_, index) => index);
  const train = pickImages(all, indices.subarray(0, count));
  const test = testCount > 0 ? pickImages(all, indices.subarray(count)) : undefined;
  const files = await writeSet(out, { train, test }, older);
  output.result(
    { event: 'data-set', name: out, seed, trainCount: count, testCount, files },
    `Wrote ${files.join(', ')}`,
  );
}

function makeStackedDigits(flags: RawValues, output: Output): Promise<void> {
  const { seed, out = './stacked-mnist', force = false } = resolveOptions(commonMakeOptions, flags, {});
  const counts = resolveOptions(digitsOptions, flags, {});
  return makeStacked({ ...counts, ...resolveOptions(stackedOptions, flags, {}), seed, out, force }, output);
}
