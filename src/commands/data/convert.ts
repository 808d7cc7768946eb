// `aigc data convert`: a set of any format that aigc reads as IDX files, a NumPy archive or a folder of PNGs.
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { commandLine, lastName } from '../../config/command-line';
import { boolean, choice, text } from '../../config/option';
import { type RawValues, resolveOptions } from '../../config/resolve';
import { blocksOf, imageBytes, inMemory } from '../../dataset/blocks';
import type { AnySet, DataSet } from '../../dataset/image-set';
import { carriedByBoth, carriedBySplits } from '../../dataset/set-provenance';
import { findReplaceable, writeSet } from '../../dataset/set-writer';
import { UsageError } from '../../errors';
import { fileError } from '../../file-error';
import { makeFolder, writeFileAtomic } from '../../files';
import type { SetProvenance } from '../../images/carried-provenance';
import { encodeNpz } from '../../images/npz';
import { writePng } from '../../images/png';
import type { Provenance } from '../../images/provenance';
import { sidecarPath, writeSidecar } from '../../images/sidecar';
import type { Output } from '../../output';
import { exists } from '../../read-file';
import { grouped, imageKind } from '../../words';
import { loadNamedData } from '../data-input';
import { checkOut } from '../out';

export const convertOptions = {
  to: choice(['idx', 'npz', 'png'], {
    description:
      'IDX files, a NumPy archive, or PNGs in a folder for each split and class (default: npz when --out ends so, else idx)',
  }),
  out: text({ placeholder: 'PATH', description: 'what to write', default: './converted' }),
  force: boolean({ description: 'replace the set or the archive in --out' }),
} as const;

export async function convertData(path: string, flags: RawValues, output: Output): Promise<void> {
  const { out, force = false, to } = resolveOptions(convertOptions, flags, {});
  const format = to ?? (/\.npz$/i.test(out) ? 'npz' : 'idx');
  await checkOut(out, format === 'npz' ? 'file' : 'folder');
  const older = format === 'idx' ? await findReplaceable(out, force) : [];
  if (format !== 'idx' && (await exists(out)) && !(force && format === 'npz')) {
    throw new UsageError(`${out} is there already.`, {
      hint: format === 'npz' ? 'Replace it with --force, or choose another --out.' : 'Choose another --out.',
    });
  }
  const data = await loadNamedData(path, output);
  const { train, test, classNames: classes } = data;
  const how = {
    command: commandLine(['aigc', 'data', 'convert', lastName(path), '--to', format], {}, {}),
  };
  const provenance = carriedBySplits(data.provenance ?? {}, how);
  if (format === 'idx') await writeSet(out, { train, test, classes, provenance }, older);
  else if (format === 'npz') {
    await writeNpz(out, data);
    const both = carriedByBoth(data.provenance ?? {}, test !== undefined, how);
    if (both) await writeSidecar(out, both);
    else await rm(sidecarPath(out), { force: true });
  } else await writePictures(out, data, provenance);
  const counts = { trainCount: train.count, testCount: test?.count ?? 0 };
  output.result(
    { event: 'data-set', name: out, from: data.name, format, ...counts, fingerprint: data.fingerprint },
    [
      `${grouped(train.count)} training images${test ? ` and ${grouped(test.count)} test images` : ''}, ${imageKind(train)}`,
      `Wrote ${out}`,
    ],
  );
}

/** As Keras' mnist.npz: x_train, y_train, x_test, y_test. */
async function writeNpz(out: string, { train, test }: DataSet): Promise<void> {
  const arrays = [['train', train] as const, ...(test ? [['test', test] as const] : [])].flatMap(
    ([split, given]) => {
      const set = inMemory(given, 'Convert it to IDX files: leave --to out.');
      const axes = [set.count, set.height, set.width];
      const images = {
        name: `x_${split}`,
        values: set.pixels,
        shape: set.channels === 1 ? axes : [...axes, set.channels],
      };
      return set.labels ? [images, { name: `y_${split}`, values: set.labels, shape: [set.count] }] : [images];
    },
  );
  await makeFolder(dirname(out));
  await writeFileAtomic(out, await encodeNpz(arrays));
}

/** train/CLASS/00000.png; all of it, or nothing. */
async function writePictures(
  out: string,
  { train, test, classNames }: DataSet,
  provenance: SetProvenance<Provenance>,
): Promise<void> {
  await makeFolder(dirname(out));
  const draft = await mkdtemp(`${out.replace(/[/\\]+$/, '')}.aigc-new-`);
  try {
    await writeSplit(join(draft, 'train'), train, classNames, provenance.train);
    if (test) await writeSplit(join(draft, 'test'), test, classNames, provenance.test);
    await rename(draft, out);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw fileError(error, out, 'write');
  }
}

async function writeSplit(
  folder: string,
  set: AnySet,
  names: readonly string[] | undefined,
  provenance: Provenance | undefined,
): Promise<void> {
  const { count, labels, height, width, channels } = set;
  const size = imageBytes(set);
  const digits = String(count - 1).length;
  for (const { first, images } of blocksOf(set))
    for (let i = 0; i < images.count; i++) {
      const label = labels?.[first + i];
      const name = label === undefined ? undefined : (names?.[label] ?? String(label));
      const below = name === undefined ? folder : join(folder, name.replace(/[/\\:\0]/g, '-'));
      await makeFolder(below);
      const picture = { height, width, channels, pixels: images.pixels.subarray(i * size, (i + 1) * size) };
      await writePng(join(below, `${String(first + i).padStart(digits, '0')}.png`), picture, provenance);
    }
}
