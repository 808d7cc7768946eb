import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../src/errors';
import { fileError } from '../src/file-error';
import { makeFolder, sweepTemporaries, writeFileAtomic } from '../src/files';
import { scratchFolder } from './scratch';
import { mayMount, withDisk } from './small-disk';

const folder = scratchFolder();

async function failure(promise: Promise<unknown>): Promise<DataError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).hint).toBeTruthy();
  return error as DataError;
}

it('replaces a file whole, from text, bytes or parts, and leaves nothing beside it', async () => {
  const path = join(folder(), 'a');
  await writeFileAtomic(path, 'text');
  expect(readFileSync(path, 'utf8')).toBe('text');
  await writeFileAtomic(path, Uint8Array.of(1, 2));
  await writeFileAtomic(path, [Uint8Array.of(3), new Uint8Array(0), Uint8Array.of(4, 5)]);
  expect([...readFileSync(path)]).toEqual([3, 4, 5]);
  expect(readdirSync(folder())).toEqual(['a']);
});

it('keeps the old file when the new one fails half way', async () => {
  const path = join(folder(), 'a');
  writeFileSync(path, 'old');
  function* parts() {
    yield Uint8Array.of(1);
    throw new Error('half way');
  }
  await expect(writeFileAtomic(path, parts())).rejects.toThrow('half way');
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder())).toEqual(['a']);
});

it('says what is in the way', async () => {
  expect((await failure(writeFileAtomic(join(folder(), 'no', 'a'), 'x'))).message).toMatch(
    /its folder does not exist/,
  );
  mkdirSync(join(folder(), 'sub'));
  expect((await failure(writeFileAtomic(join(folder(), 'sub'), 'x'))).message).toMatch(
    /a folder, expected a file/,
  );
  writeFileSync(join(folder(), 'file'), '');
  expect((await failure(writeFileAtomic(join(folder(), 'file', 'a'), 'x'))).message).toMatch(
    /a file, expected a folder/,
  );
  expect((await failure(makeFolder(join(folder(), 'file')))).message).toMatch(
    /a file is there, expected a folder/,
  );
  expect(readdirSync(folder()).sort()).toEqual(['file', 'sub']);
});

it.each([
  ['ENOSPC', /disk is full/],
  ['EACCES', /permission denied/],
  ['EROFS', /read-only/],
  ['EIO', /i\/o error/],
])('explains %s', (code, message) => {
  const error = fileError(Object.assign(new Error('i/o error'), { code }), '/x/y', 'write') as DataError;
  expect(error).toBeInstanceOf(DataError);
  expect(error.message).toMatch(message);
  expect(error.message).toContain('/x/y');
  expect(error.hint).toBeTruthy();
});

it('leaves errors alone that are not the system’s', () => {
  const bug = new TypeError('ours');
  expect(fileError(bug, 'a', 'read')).toBe(bug);
});

(mayMount ? it : it.skip)('leaves the old file and no half of the new one on a full disk', async () => {
  const disk = join(folder(), 'disk');
  await withDisk(disk, 'size=64k', async () => {
    const path = join(disk, 'a');
    await writeFileAtomic(path, 'old');
    expect((await failure(writeFileAtomic(path, new Uint8Array(200_000)))).message).toMatch(/disk is full/);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(disk)).toEqual(['a']);
  });
});

it('sweeps the temporaries of killed writers, and nothing else', async () => {
  const kept = ['.hidden', '.notes.tmp', 'a.123.tmp', 'run.json'];
  for (const name of [...kept, '.run.json.123.tmp', '.epoch-0001.png.123-4.tmp'])
    writeFileSync(join(folder(), name), '');
  for (const name of ['.step-9.123.tmp', '.step-9.123.old.tmp'])
    mkdirSync(join(folder(), name, 'sub'), { recursive: true });
  await sweepTemporaries(folder(), 60_000);
  expect(readdirSync(folder())).toHaveLength(kept.length + 4);
  await sweepTemporaries(folder());
  await sweepTemporaries(join(folder(), 'nowhere'));
  expect(readdirSync(folder()).sort()).toEqual(kept);
});

it('makes no relative folder where the working folder was removed, and comes to an end', async () => {
  const before = process.cwd();
  const gone = join(folder(), 'gone');
  mkdirSync(gone);
  process.chdir(gone);
  try {
    rmdirSync(gone);
    expect((await failure(makeFolder('run/samples'))).message).toMatch(/^The working folder was removed/);
    mkdirSync(gone); // another one of that name is not where relative paths lead
    expect((await failure(makeFolder('run'))).message).toMatch(/^The working folder was removed/);
    await makeFolder(join(folder(), 'whole'));
  } finally {
    process.chdir(before);
  }
  expect(readdirSync(folder()).sort()).toEqual(['gone', 'whole']);
});
