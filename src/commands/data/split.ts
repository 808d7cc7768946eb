// `aigc data split`: puts a share of a set's training images aside as its test split.
import { commandLine, lastName } from '../../config/command-line';
import { boolean, number, text } from '../../config/option';
import { type RawValues, resolveOptions } from '../../config/resolve';
import { seedOption } from '../../config/shared-options';
import { findReplaceable, writeSet } from '../../dataset/set-writer';
import { splitSet } from '../../dataset/split';
import { UsageError } from '../../errors';
import { carriedOn } from '../../images/carried-provenance';
import type { Output } from '../../output';
import { counted, grouped } from '../../words';
import { loadNamedData } from '../data-input';
import { checkOut } from '../out';

export const splitOptions = {
  testShare: number({
    description: 'the share of each class that becomes the test split',
    default: 0.1,
    above: 0,
    max: 0.9,
  }),
  seed: seedOption,
  out: text({ placeholder: 'DIR', description: 'the folder to write to', default: './my-split' }),
  force: boolean({ description: 'replace the set in --out' }),
} as const;

export async function splitData(path: string, flags: RawValues, output: Output): Promise<void> {
  const { testShare, seed, out, force = false } = resolveOptions(splitOptions, flags, {});
  await checkOut(out, 'folder');
  const older = await findReplaceable(out, force);
  const data = await loadNamedData(path, output);
  if (data.test) {
    throw new UsageError(`${data.name} has a test split already, of ${counted(data.test.count, 'image')}.`, {
      hint: 'Take it as it is: aigc data convert writes it elsewhere.',
    });
  }
  const { train, test } = splitSet(data.train, testShare, seed);
  if (test === undefined) {
    throw new UsageError(`--test-share ${testShare} of ${counted(data.train.count, 'image')} is none.`, {
      hint: 'Give a larger share.',
    });
  }
  const words = ['aigc', 'data', 'split', lastName(path), '--test-share', String(testShare)];
  const said = carriedOn(data.provenance?.train, {
    command: commandLine([...words, '--seed', String(seed)], {}, {}),
    seed,
  });
  const provenance = { train: said, test: said };
  const files = await writeSet(out, { train, test, classes: data.classNames, provenance }, older);
  const counts = { trainCount: train.count, testCount: test.count };
  output.result({ event: 'data-set', name: out, from: data.name, seed, ...counts, files }, [
    `${grouped(train.count)} training images and ${counted(test.count, 'test image')}`,
    `Wrote ${files.join(', ')}`,
  ]);
}
