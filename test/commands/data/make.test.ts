// `aigc data make` where files are already: none of the user's goes without --force, and what --force leaves is one set.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { writeSplit } from '../../../src/dataset/idx-writer';
import { loadDataSet } from '../../../src/dataset/load';
import { splitFiles } from '../../../src/dataset/named-set';
import { runCli } from '../../cli';
import { scratchFolder } from '../../scratch';
import { rectangles } from '../../small-set';

const folder = scratchFolder();
const at = (...names: string[]) => join(folder(), ...names);
const make = (...words: string[]) =>
  runCli(['data', 'make', 'digits', '--count', '10', '--out', 'am', ...words], folder());
const load = () => loadDataSet(at('am'), { dataFolder: at('data') });

/** A set of other images in the folder that is made into. */
const writeOlder = () => writeSplit(at('am'), 'train', rectangles(6, 4, 4, 1));

it('replaces no file of its names, whatever else the folder holds', async () => {
  await writeOlder();
  writeFileSync(at('am', 'other-train-images-idx3-ubyte'), 'mine');
  const before = readFileSync(at('am', splitFiles.trainImages));
  for (const words of [[], ['--force']]) {
    const { code, stderr } = await make(...words);
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /holds a data set of another name: other-train-images-idx3-ubyte\.\n {2}Ch/,
      ),
    });
  }
  expect(readFileSync(at('am', splitFiles.trainImages))).toEqual(before);
  expect(readFileSync(at('am', 'other-train-images-idx3-ubyte'), 'utf8')).toBe('mine');
});

it('replaces no lone labels file, nor an unfolded one', async () => {
  await writeOlder();
  writeFileSync(at('am', 'train-labels-idx1-ubyte'), 'mine');
  expect(await make()).toMatchObject({ code: 2, stderr: expect.stringMatching(/--force/) });
  expect(readdirSync(at('am')).sort()).toEqual([splitFiles.trainImages, 'train-labels-idx1-ubyte']);
});

it('loses nothing where a folder bears the name of a file', async () => {
  await writeOlder();
  mkdirSync(at('am', 'train-labels-idx1-ubyte'));
  writeFileSync(at('am', 'train-labels-idx1-ubyte', 'x'), 'mine');
  const { code, stderr } = await make('--force');
  expect({ code, stderr }).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/-ubyte is a folder, and a file/),
  });
  expect(readdirSync(at('am')).sort()).toEqual(['train-images-idx3-ubyte.gz', 'train-labels-idx1-ubyte']);
  expect((await load()).train.count).toBe(6);
});

it('with --force leaves no unfolded twin, which loading would prefer', async () => {
  await writeOlder();
  const zipped = at('am', splitFiles.trainImages);
  writeFileSync(zipped.replace('.gz', ''), gunzipSync(readFileSync(zipped)));
  expect(await make('--force')).toMatchObject({ code: 0 });
  expect((await load()).train).toMatchObject({ count: 10, height: 28 });
});

it('with --force leaves nothing of the older test split, and what is no data', async () => {
  expect(await make('--test-count', '10')).toMatchObject({ code: 0 });
  expect((await load()).test?.count).toBe(10);
  writeFileSync(at('am', 'notes.txt'), 'mine');
  expect(await make('--force', '--seed', '2')).toMatchObject({ code: 0 });
  expect((await load()).test).toBeUndefined();
  expect(readdirSync(at('am')).sort()).toEqual(['notes.txt', splitFiles.trainImages, splitFiles.trainLabels]);
});
