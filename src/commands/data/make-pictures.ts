// `aigc data make --from PATH`: pictures, or images of any other format, become a data set as a folder of IDX files.
import { commandLine, lastName } from '../../config/command-line';
import { boolean, choice, number, text } from '../../config/option';
import { type RawValues, resolveOptions } from '../../config/resolve';
import { formatAddress, parseAddress } from '../../dataset/address';
import { readData } from '../../dataset/door';
import type { AnySet, ImageSet } from '../../dataset/image-set';
import { brightening, pixelOddity } from '../../dataset/oddity';
import { describe } from '../../dataset/pictures/read';
import { reframed } from '../../dataset/readers/cells';
import type { FoundSet, FoundSplit } from '../../dataset/readers/reader';
import { carriedBySplits } from '../../dataset/set-provenance';
import { findReplaceable, writeSet } from '../../dataset/set-writer';
import { splitSet } from '../../dataset/split';
import { fits } from '../../images/frame';
import type { Output } from '../../output';
import { counted, grouped, imageKind } from '../../words';
import { said } from '../data-input';
import { checkOut } from '../out';

export const picturesOptions = {
  from: text({
    placeholder: 'PATH',
    description: 'pictures, in one folder or in one for each class, or images of any other format',
  }),
  size: text({
    placeholder: 'N|HxW',
    pattern: /^[1-9]\d{0,3}(?:x[1-9]\d{0,3})?$/,
    expected: 'a side such as 32, or height and width such as 32x48, of at most 9999 pixels',
    description: 'the size of the images, pixels',
    default: '32',
  }),
  tile: text({
    placeholder: 'N|HxW[+GAP]',
    pattern: /^[1-9]\d{0,3}(?:x[1-9]\d{0,3})?(?:\+\d{1,3})?$/,
    expected: 'a side such as 28, height and width such as 28x32, or with the pixels between them 28+2',
    description: 'each picture is a sheet of many images of this size, pixels',
  }),
  channels: choice(['auto', '1', '3'], {
    description: '1 is grey, 3 is colour; auto is colour when any picture is coloured',
    default: 'auto',
  }),
  fit: choice(fits, {
    description: 'how a picture of another shape fits: cut its edges, add bars, or stretch it',
    default: 'cover',
  }),
  background: text({
    placeholder: 'black|white|RRGGBB',
    pattern: /^(?:black|white|#?[0-9a-f]{6})$/i,
    expected: 'black, white or a colour such as ff8000',
    description: 'what is behind transparent pixels, and the bars of --fit contain',
    default: 'black',
  }),
  scale: number({
    description: 'multiply pixel values: 16 for 12 bits in 16-bit files, 255 for values of 0 and 1',
    default: 1,
    above: 0,
    max: 65_535,
  }),
  testShare: number({
    description: 'the share of each class that becomes the test split',
    default: 0.1,
    min: 0,
    max: 0.9,
  }),
  skipDamaged: boolean({ description: 'leave damaged pictures out, instead of refusing them' }),
} as const;

interface Destination {
  readonly seed: number;
  readonly out: string;
  readonly force: boolean | undefined;
}

export async function makeFromData(
  flags: RawValues,
  { seed, out, force = false }: Destination,
  output: Output,
): Promise<void> {
  const {
    from = '',
    size,
    tile,
    testShare,
    skipDamaged = false,
    ...how
  } = resolveOptions(picturesOptions, flags, {});
  await checkOut(out, 'folder');
  const older = await findReplaceable(out, force);
  const [height, width = height] = size.split('x').map(Number) as [number, number?];
  const background = how.background.replace(/^#?(?=[0-9a-f]{6}$)/i, '#').toLowerCase();
  const frame = { height, width, fit: how.fit, background, scale: how.scale };
  const onProgress = openProgress(output);
  const { channels } = how;
  const { path, options } = parseAddress(from);
  const address = formatAddress(path, { ...options, ...(tile !== undefined && { tile }) });
  const found = await readData(address, { frame, channels, skipDamaged, onProgress });
  const { damaged = [], classNames: classes } = said(output)(found);
  const isAsked = ['size', 'channels', 'fit', 'scale'].some((flag) => flags[flag] !== undefined);
  const asAsked = async ({ set: own, images }: FoundSplit<ImageSet>) => {
    if (found.framed || !isAsked) return own;
    const size = flags.size === undefined ? { height: own.height, width: own.width } : {};
    return reframed(own, { frame: { ...frame, ...size }, channels, skipDamaged, onProgress }, images);
  };
  const set = await asAsked(found.train);
  warnOfOddity(out, set, found, background, output);
  if (damaged.length > 0)
    output.warn(`left out ${counted(damaged.length, 'damaged picture')}: ${describe(damaged)}.`);
  const { train, test } = found.test
    ? { train: set, test: await asAsked(found.test) }
    : splitSet(set, testShare, seed);
  const { from: _from, ...own } = picturesOptions;
  const provenance = carriedBySplits(
    // A test split that is put aside here is of the same images.
    { train: found.train.provenance, test: (found.test ?? found.train).provenance },
    {
      command: commandLine(['aigc', 'data', 'make', '--from', lastName(from), '--seed', String(seed)], own, {
        ...{ size, tile, testShare, skipDamaged: skipDamaged || undefined },
        ...how,
      }),
      seed,
    },
  );
  const files = await writeSet(out, { train, test, classes, provenance }, older);
  const figures = { trainCount: train.count, testCount: test?.count ?? 0, damagedCount: damaged.length };
  const shape = { height: set.height, width: set.width, channels: set.channels };
  output.result({ event: 'data-set', name: out, seed, ...figures, ...shape, classes, files }, [
    summarise(train, test, classes),
    `Wrote ${files.join(', ')}`,
  ]);
}

/** Warns of images that are of one tone, with the flag that mends what is most often the cause. */
function warnOfOddity(
  out: string,
  set: AnySet,
  { head }: FoundSet,
  background: string,
  output: Output,
): void {
  const odd = pixelOddity(set);
  if (!odd) return;
  const other = odd.tone === 'dark' ? 'white' : 'black';
  const remedies: string[] = [];
  if (head?.hasAlpha && background !== other)
    remedies.push(`If parts are transparent: --background ${other}.`);
  else if (odd.brightest !== undefined) {
    // 12 bits of 16 end at 16 of 255; bits double.
    const doubled = 2 ** Math.floor(Math.log2(256 / Math.max(1, odd.brightest)));
    const scale = head?.is16Bit ? doubled : brightening(odd.brightest);
    remedies.push(`If their values end there: --scale ${scale}.`);
  }
  output.warn([`${out}: ${odd.problem}.`, ...remedies].join(' '));
}

/** A line at the start, and then one every few seconds. */
function openProgress(output: Output): (done: number, total: number) => void {
  const everyMs = 3000;
  let last = performance.now();
  let begun = false;
  return (done, total) => {
    const due = performance.now() - last > everyMs;
    if (begun && !due) return;
    output.progress(
      begun ? `Read ${grouped(done)} of ${grouped(total)} pictures` : `Reading ${counted(total, 'picture')}`,
    );
    last = performance.now();
    begun = true;
  };
}

function summarise(train: AnySet, test: AnySet | undefined, classes: readonly string[] | undefined) {
  const tests = test ? ` and ${counted(test.count, 'test image')}` : '';
  const count = classes?.length ?? train.classCount;
  const labels = count > 0 ? counted(count, 'class', 'classes') : 'no labels';
  return `${counted(train.count, 'training image')}${tests}, ${imageKind(train)}, ${labels}.`;
}
