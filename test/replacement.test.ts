// Files that are replaced as one, stopped at every change of a file: by kills, and by what lies in the way.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatOf } from '../src/commands/sample-format';
import { findReplaceable, writeSet } from '../src/dataset/set-writer';
import { DataError } from '../src/errors';
import { writeFileAtomic } from '../src/files';
import { readSidecar } from '../src/images/sidecar';
import { replaceFiles, settleFolder } from '../src/replacement';
import { exampleProvenance } from './example-provenance';
import { loadInMemory } from './in-memory';
import { scratchFolder } from './scratch';
import { rectangles } from './small-set';
import { stopEverywhere } from './stopped';

jest.setTimeout(180_000); // Each file is flushed to the disk, some hundred times.

const folder = scratchFolder();
const at = (...names: string[]) => join(folder(), ...names);

const old = { a: 'old', b: 'old', c: 'old', notes: 'mine' };
const young = { a: 'new', b: 'new', d: 'new', notes: 'mine' };

function contents(path: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(path)
      .filter((name) => !name.startsWith('.aigc-'))
      .map((name) => [name, readFileSync(join(path, name), 'utf8')]),
  );
}

function begin(path: string, files: Readonly<Record<string, string>>): void {
  rmSync(path, { recursive: true, force: true });
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
}

const replace = (path: string) =>
  replaceFiles(path, ['c'], async (draft) => {
    for (const name of ['a', 'b', 'd']) await writeFileAtomic(join(draft, name), 'new');
  });

it('leaves all the old files or all the new ones, wherever it is killed, and wherever the next reader is', async () => {
  const outcomes = new Set<boolean>();
  const changes = await stopEverywhere(
    () => begin(at('set'), old),
    () => replace(at('set')),
    async (where) => {
      rmSync(at('cut'), { recursive: true, force: true });
      cpSync(at('set'), at('cut'), { recursive: true });
      await settleFolder(at('set'));
      const found = contents(at('set'));
      const isNew = 'd' in found;
      expect({ where, found }).toEqual({ where, found: isNew ? young : old });
      outcomes.add(isNew);
      const isUnderWay = readdirSync(at('cut')).some((name) => name.startsWith('.aigc-swap'));
      if (!isUnderWay || !where.startsWith('before')) return;
      await stopEverywhere(
        () => {
          rmSync(at('set'), { recursive: true });
          cpSync(at('cut'), at('set'), { recursive: true });
        },
        () => settleFolder(at('set')),
        async (again) => {
          await settleFolder(at('set'));
          expect({ where, again, found: contents(at('set')) }).toEqual({ where, again, found });
        },
      );
      await replace(at('set')); // What was left goes with the next one.
      expect({ where, names: readdirSync(at('set')).sort() }).toEqual({
        where,
        names: ['a', 'b', 'd', 'notes'],
      });
    },
  );
  expect(outcomes).toEqual(new Set([false, true]));
  expect(changes).toBeGreaterThan(10);
});

it('leaves a whole set, old or new, of every kill of `data make --force`', async () => {
  const [first, second] = [labelled(6, 1), labelled(9, 2)];
  await writeSet(at('old'), { train: first, test: labelled(3, 1), classes: ['none', 'one'] }, []);
  const oldSet = await loadInMemory(at('old'), { dataFolder: at('data') });
  await stopEverywhere(
    () => {
      rmSync(at('set'), { recursive: true, force: true });
      cpSync(at('old'), at('set'), { recursive: true });
    },
    async () => writeSet(at('set'), { train: second }, await findReplaceable(at('set'), true)),
    async (where) => {
      const { train, test } = await loadInMemory(at('set'), { dataFolder: at('data') });
      const found = {
        where,
        labels: train.labels,
        test: test?.count,
        names: readdirSync(at('set')).includes('classes.json'),
      };
      if (train.count === 9)
        expect(found).toEqual({ where, labels: second.labels, test: undefined, names: false });
      else expect(found).toEqual({ where, labels: oldSet.train.labels, test: 3, names: true });
    },
  );
});

it.each(['train-images-idx3-ubyte', 'train-images-idx3-ubyte.gz'])(
  'never leaves images beside labels of others where `sample --out d/%s` is killed',
  async (name) => {
    const format = formatOf(at('d', name));
    const draw = (label: number) => {
      const set = labelled(4, label);
      const layout = { rows: 2, columns: 2 };
      return format.write(at('d', name), {
        images: { ...set, blocks: [set] },
        layout,
        classes: { labels: set.labels },
        provenance: name.endsWith('.gz') ? undefined : exampleProvenance,
      });
    };
    await draw(3);
    cpSync(at('d'), at('older'), { recursive: true });
    await stopEverywhere(
      () => {
        rmSync(at('d'), { recursive: true, force: true });
        cpSync(at('older'), at('d'), { recursive: true });
      },
      () => draw(7),
      async (where) => {
        const { train } = await loadInMemory(at('d'), { dataFolder: at('data') });
        expect({ where, label: train.labels?.[0] }).toEqual({ where, label: train.pixels[0] });
        expect((await readSidecar(at('d', name)))?.isOfAnother ?? false).toBe(false);
      },
    );
  },
);

it('never leaves a folder of pictures of two draws', async () => {
  const format = formatOf(at('pictures/'));
  const draw = (label: number) =>
    format.write(at('pictures'), {
      images: { ...labelled(3, label), blocks: [labelled(3, label)] },
      layout: { rows: 1, columns: 3 },
      classes: undefined,
      provenance: exampleProvenance,
    });
  await draw(3);
  const before = contents(at('pictures'));
  await draw(7);
  const after = contents(at('pictures'));
  await stopEverywhere(
    () => begin(at('pictures'), before),
    async () => {
      await draw(7);
    },
    async (where) => {
      await settleFolder(at('pictures'));
      const found = contents(at('pictures'));
      expect({ where, found }).toEqual({
        where,
        found: found['000000.png'] === before['000000.png'] ? before : after,
      });
    },
  );
});

it('refuses a folder that bears the name of a file, and leaves all as it was', async () => {
  begin(at('set'), old);
  mkdirSync(at('set', 'd'));
  writeFileSync(at('set', 'd', 'mine'), 'mine');
  await expect(replace(at('set'))).rejects.toThrow(DataError);
  await expect(replace(at('set'))).rejects.toThrow(/d is a folder, and a file is to have its name/);
  expect(readdirSync(at('set')).sort()).toEqual(['a', 'b', 'c', 'd', 'notes']);
  expect(readdirSync(at('set', 'd'))).toEqual(['mine']);
});

it('puts back what it has moved when the disk refuses half-way', async () => {
  begin(at('set'), old);
  const refusing = jest.requireActual<typeof import('node:fs/promises')>('node:fs/promises');
  const { rename } = refusing;
  const spy = jest.spyOn(refusing, 'rename').mockImplementation(async (from, to) => {
    if (String(from) === at('set', 'b')) throw Object.assign(new Error('refused'), { code: 'EPERM' });
    return rename(from, to);
  });
  await expect(replace(at('set'))).rejects.toThrow(/Cannot write .*set: not permitted \(EPERM\)/);
  spy.mockRestore();
  expect(contents(at('set'))).toEqual(old);
  expect(readdirSync(at('set')).filter((name) => name.startsWith('.'))).toEqual([]);
});

/** Images whose every pixel is the label that they all have. */
function labelled(count: number, label: number) {
  const set = rectangles(count, 4, 4, 1);
  return {
    ...set,
    pixels: set.pixels.map(() => label),
    labels: new Uint8Array(count).fill(label),
    classCount: label + 1,
  };
}
