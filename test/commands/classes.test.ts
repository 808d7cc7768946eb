// Classes with names, and classes without an image: what is drawn of them, and what is said.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeClassNames } from '../../src/dataset/folder';
import { writeSplit } from '../../src/dataset/idx-writer';
import { readIdxLabels } from '../../src/dataset/readers/idx';
import { readCheckpoint } from '../../src/run/checkpoint';
import { type Finished, runCli } from '../cli';
import { expectPlainError } from '../small-models';
import { rectangles } from '../small-set';

let folder = '';
let trained: Finished;
const at = (...names: string[]) => join(folder, ...names);
const run = (...words: string[]) => runCli(words, folder, { AIGC_BACKEND: 'wasm' });
const sample = (...words: string[]) => run('sample', '--checkpoint', 'run', ...words);
const labelsOf = async (name: string) => [...(await readIdxLabels(at(name)))];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-classes-'));
  const set = rectangles(32, 8, 8, 1);
  const labels = Uint8Array.from({ length: 32 }, (_, i) => 1 + (i % 2)); // as EMNIST's letters begin at 1
  await writeSplit(at('set'), 'train', { ...set, labels, classCount: 3 });
  await writeClassNames(at('set'), ['none', 'cat', 'dog']);
  const words = ['--batch-size', '8', '--steps', '1', '--grid', '2x2', '--out', 'run'];
  trained = await run('train', '--model', 'cgan', '--data', 'set', ...words);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('says at the start of a run which classes have no image, and remembers it and the names', async () => {
  expect(trained).toMatchObject({ code: 0 });
  expect(trained.stderr).toMatch(/warning: .*set has no training image of class 0 none: not drawn\./);
  const { manifest } = await readCheckpoint(at('run', 'checkpoints', 'step-000001'));
  expect(manifest.classes).toEqual({ names: ['none', 'cat', 'dog'], absent: [0] });
});

it('draws the classes that there are images of, and says what is left out and which number is which name', async () => {
  const { stdout, stderr } = await sample('--count', '4', '--out', 'all.idx3-ubyte');
  expect(await labelsOf('all.idx1-ubyte')).toEqual([1, 2, 1, 2]);
  expect(stderr).toMatch(
    /warning: The model was trained on no image of class 0 none: not drawn unless --labels/,
  );
  expect(stdout).toMatch(/\nClasses: 1 cat, 2 dog\.\n/);
});

it('draws classes by name, without the data, and one without images when it is asked for by name', async () => {
  expect(
    (await sample('--count', '3', '--labels', 'dog,cat', '--out', 'named.idx3-ubyte')).stderr,
  ).not.toMatch(/warning/);
  expect(await labelsOf('named.idx1-ubyte')).toEqual([2, 1, 2]);
  const { stderr } = await sample('--count', '2', '--labels', 'none,1', '--out', 'absent.idx3-ubyte');
  expect(await labelsOf('absent.idx1-ubyte')).toEqual([0, 1]);
  expect(stderr).toMatch(
    /warning: The model was trained on no image of class 0 none: what it draws of it is chance/,
  );
  expectPlainError(await sample('--labels', 'dgo'), 2, /--labels dgo: there is no class "dgo"\./);
  expect((await sample('--labels', 'dgo')).stderr).toMatch(/Did you mean "dog"\?/);
});

it('writes the names beside a set that it draws', async () => {
  expect(await sample('--count', '4', '--out', 'drawn/train-images-idx3-ubyte.gz')).toMatchObject({
    code: 0,
  });
  const { stdout } = await run('data', 'inspect', 'drawn');
  expect(stdout).toMatch(/label 1 cat +2 /);
});

it('walks between classes by name, and in turn through those that it saw', async () => {
  const walk = (...words: string[]) => run('interpolate', '--checkpoint', 'run', '--steps', '3', ...words);
  const byName = await walk('--from', 'label:cat', '--to', 'label:dog');
  expect(byName).toMatchObject({ code: 0, stdout: expect.stringMatching(/\nClasses: 1 cat, 2 dog\.\n/) });
  expect((await walk()).stderr).toMatch(/no image of class 0 none: not drawn/);
  expect((await walk('--from', 'label:0')).stderr).toMatch(/no image of class 0 none: what it draws/);
  expectPlainError(await walk('--from', 'label:cow'), 2, /label:cow: there is no class "cow"/);
});

it('takes of each class that has images with --per-class, and keeps the names', async () => {
  const { code, stderr } = await run('data', 'subset', 'set', '--per-class', '3', '--out', 'some');
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/no image of class 0 none/),
  });
  expect((await run('data', 'inspect', 'some')).stdout).toMatch(/label 2 dog +3 /);
});

it('refuses test labels beyond the training labels, whoever reads them', async () => {
  const set = rectangles(8, 8, 8, 1);
  const split = (name: 'train' | 't10k', label: number) =>
    writeSplit(at('beyond'), name, { ...set, labels: new Uint8Array(8).fill(label), classCount: label + 1 });
  await split('train', 2);
  await split('t10k', 3);
  for (const words of [
    ['train', '--model', 'vae', '--out', 'never'],
    ['train', '--model', 'cvae', '--out', 'never'],
    ['evaluate', '--checkpoint', 'run'],
    ['tune', '--model', 'vae', '--trials', '1', '--out', 'never'],
  ])
    expectPlainError(
      await run(...words, '--data', 'beyond'),
      3,
      /has the label 3; the training labels go from 0 to 2\./,
    );
});
