// `aigc data make stacked-mnist`: three digits as the channels of one image, a thousand modes.
import { commandLine, lastName } from '../../config/command-line';
import { type Options, text } from '../../config/option';
import type { DataSet } from '../../dataset/image-set';
import { shapeInWords } from '../../dataset/image-set';
import { resolveDefaultDataSet } from '../../dataset/load';
import { carriedBySplits } from '../../dataset/set-provenance';
import { findReplaceable, writeSet } from '../../dataset/set-writer';
import { stacked } from '../../dataset/stacked';
import { DataError } from '../../errors';
import type { Output } from '../../output';
import { grouped } from '../../words';
import { loadNamedData } from '../data-input';
import { openDownloadDisplay } from '../download-display';
import { checkOut } from '../out';

export const stackedOptions = {
  data: text({
    placeholder: 'NAME|DIR',
    description: 'the grey images to stack',
    why: 'without it: MNIST if it is on disk or can be downloaded, else the built-in digits',
  }),
} as const satisfies Options;

interface Stacking {
  readonly data: string | undefined;
  readonly count: number;
  readonly testCount: number;
  readonly seed: number;
  readonly out: string;
  readonly force: boolean;
}

/** @throws DataError for images in colour */
export async function makeStacked(asked: Stacking, output: Output): Promise<void> {
  const { count, testCount, seed, out, force } = asked;
  await checkOut(out, 'folder');
  const older = await findReplaceable(out, force);
  const source = await loadSource(asked.data, output);
  const { name, train } = source;
  if (train.channels !== 1) {
    throw new DataError(`${name} holds images of ${shapeInWords(train)}, expected grey ones to stack.`, {
      hint: 'Name others with --data, or make them grey: aigc data make --from PATH --channels 1.',
    });
  }
  output.progress(`Stacking ${grouped(count + testCount)} times three images of ${name}`);
  const command = commandLine(
    ['aigc', 'data', 'make', 'stacked-mnist', '--seed', String(seed)],
    { ...stackedOptions },
    { data: lastName(name) },
  );
  const { provenance = {} } = source;
  const set = {
    train: stacked(train, count, seed, 'stacked/train'),
    test: testCount > 0 ? stacked(source.test ?? train, testCount, seed, 'stacked/test') : undefined,
    provenance: carriedBySplits(source.test ? provenance : { ...provenance, test: provenance.train }, {
      command,
      seed,
    }),
  };
  const files = await writeSet(out, set, older);
  output.result(
    { event: 'data-set', name: out, from: name, seed, trainCount: count, testCount, files },
    `Wrote ${files.join(', ')}`,
  );
}

/** What was named, or MNIST, or the built-in digits: then with a line that says so. */
async function loadSource(name: string | undefined, output: Output): Promise<DataSet> {
  if (name !== undefined) return loadNamedData(name, output);
  const display = openDownloadDisplay(output);
  const found = await resolveDefaultDataSet({ onProgress: display.onProgress }).finally(display.stop);
  if (found.fallback) output.warn(found.reason);
  else output.progress(`Data: ${found.reason}`);
  return found.dataSet;
}
