// Packs a small tree by the functions that pack the real one, and unpacks it as a bare machine would.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pack } from '../../src/backend-pack/pack';
import { type Installation, nativeFolder, platform } from '../../src/tensor/native/location';
import { runCli } from '../cli';
import { scratchFolder } from '../scratch';

const describeLinux = process.platform === 'linux' ? describe : describe.skip;
const scratch = scratchFolder();

/** A name that tar keeps in its own way. */
const longName = `node_modules/two/${'long/'.repeat(25)}name.js`;
const large = randomBytes(600_000);
const pieceBytes = 200_000;

let base: string;
const packed = () => join(base, 'pack');
const context = {
  progress: { stage: () => undefined, bytes: () => undefined },
  signal: new AbortController().signal,
};

/** aigc, Node and TensorFlow in small: what starts prints its version. */
function makeSources(folder: string): { node: string; root: string; installation: Installation } {
  const write = (path: string, content: string | Buffer, mode = 0o644) => {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), content);
    chmodSync(join(folder, path), mode);
  };
  const packageOf = (name: string, rest: object = {}) => JSON.stringify({ name, version: '1.0.0', ...rest });
  write('node', '#!/bin/sh\necho 9.9.9 of "$1"\n', 0o755);
  write(
    'root/package.json',
    packageOf('aigc', { dependencies: { one: '1' }, optionalDependencies: { addon: '1' } }),
  );
  write('root/bin/aigc.js', 'aigc');
  write('root/dist/cli.js.map', 'not needed');
  write('root/node_modules/one/package.json', packageOf('one', { dependencies: { two: '1' } }));
  write('root/node_modules/two/package.json', packageOf('two', { optionalDependencies: { absent: '1' } }));
  write(`root/${longName}`, 'far down');
  write('root/node_modules/two/with space.js', '');
  write('root/node_modules/addon/package.json', packageOf('addon'));
  write('root/node_modules/unrelated/package.json', packageOf('unrelated'));
  const build = join(folder, 'build-1');
  write('build-1/deps/lib/large.so', large);
  write('build-1/tfjs_binding.node', 'binding');
  write('build-1/process.node', 'process');
  symlinkSync('/nowhere', join(build, 'link'));
  return {
    node: join(folder, 'node'),
    root: join(folder, 'root'),
    installation: {
      ...{ format: 1, folder: 'build-1', tensorflow: '2.21.0', variant: 'cpu', platform, path: build },
      ...{ wheelSha256: 'abc', installedAt: '' },
    },
  };
}

/** A folder of links to programs, as the only PATH. */
function only(programs: readonly string[]): string {
  const path = join(scratch(), 'programs');
  mkdirSync(path);
  for (const name of programs) {
    const found = (process.env.PATH ?? '')
      .split(delimiter)
      .map((folder) => join(folder, name))
      .find(existsSync);
    if (found === undefined) throw new Error(`this machine has no ${name}`);
    symlinkSync(found, join(path, name));
  }
  return path;
}

const basics = [
  ...[
    'sh',
    'sed',
    'cut',
    'grep',
    'uname',
    'getconf',
    'cmp',
    'rm',
    'mkdir',
    'cp',
    'df',
    'awk',
    'wc',
    'tar',
    'cat',
    'ls',
  ],
  ...['chmod', 'mv', 'dirname', 'find', 'head', 'readlink', 'sha256sum'],
];

const unpack = (pieces: string, target: string, PATH = process.env.PATH) =>
  spawnSync('/bin/sh', [join(pieces, 'unpack.sh'), target], { encoding: 'utf8', env: { PATH } });

/** Another folder with the same pack, to be damaged. */
function copyOfPack(): string {
  const copy = join(scratch(), 'copy');
  mkdirSync(copy);
  for (const name of readdirSync(packed())) copyFileSync(join(packed(), name), join(copy, name));
  return copy;
}

const pieceNames = () => readdirSync(packed()).filter((name) => name.endsWith('.xz'));

describeLinux('a pack', () => {
  beforeAll(async () => {
    base = mkdtempSync(join(tmpdir(), 'aigc-pack-'));
    await pack(packed(), { pieceBytes, level: 1 }, async () => makeSources(base), context);
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  test('is of pieces of the given size, which xz and tar read alone', () => {
    expect(pieceNames().length).toBeGreaterThan(3);
    for (const name of pieceNames()) {
      const bytes = readFileSync(join(packed(), name));
      expect(bytes.length).toBeLessThanOrEqual(pieceBytes);
      expect(execFileSync('tar', ['-tJf', join(packed(), name)], { encoding: 'utf8' })).toMatch(
        /^(tree|parts)\//,
      );
    }
  });

  test('unpacks to a folder that starts, with what was packed and nothing else', () => {
    const target = join(scratch(), 'a folder');
    const { status, stderr } = unpack(packed(), target);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const read = (path: string) => readFileSync(join(target, path));
    expect(read(`cache/native/${platform}/build-1/deps/lib/large.so`).equals(large)).toBe(true);
    expect(read(`app/${longName}`).toString()).toBe('far down');
    expect(read('app/node_modules/two/with space.js')).toHaveLength(0);
    expect(readdirSync(join(target, 'app', 'node_modules'))).toEqual(['one', 'two']);
    expect(existsSync(join(target, 'app', 'dist', 'cli.js.map'))).toBe(false);
    expect(existsSync(`${target}.partial`)).toBe(false);
    const started = execFileSync(join(target, 'bin', 'aigc'), { encoding: 'utf8' });
    expect(started).toBe(`9.9.9 of ${target}/app/bin/aigc.js\n`);
    expect(unpack(packed(), target).stdout).toContain('is unpacked already');
  });

  test.each([['dpkg-deb'], ['python3']])('unpacks where there is %s alone', (program) => {
    // pyenv's is a script that looks for itself in PATH
    const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
      encoding: 'utf8',
    }).trim();
    const PATH = only(program === 'python3' ? basics : [...basics, program]);
    if (program === 'python3') symlinkSync(python, join(PATH, 'python3'));
    const { status, stderr } = unpack(packed(), join(scratch(), 'there'), PATH);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test('says what it needs where there is nothing that unfolds xz', () => {
    const { status, stderr } = unpack(packed(), join(scratch(), 'there'), only(basics));
    expect({ status, stderr }).toEqual({
      status: 4,
      stderr: expect.stringMatching(/needs xz, Python 3 or dpkg-deb/),
    });
  });

  test('takes pieces as they arrive, and needs none twice', () => {
    const [first, ...others] = pieceNames() as [string, ...string[]];
    const arrived = copyOfPack();
    for (const name of others) rmSync(join(arrived, name));
    const target = join(scratch(), 'there');
    const early = unpack(arrived, target);
    expect(early.status).toBe(3);
    expect(early.stderr).toContain(
      `missing: ${others.join(' ')}. Of ${others.length + 1} pieces 1 are unpacked`,
    );
    expect(existsSync(target)).toBe(false);
    rmSync(join(arrived, first));
    for (const name of others) copyFileSync(join(packed(), name), join(arrived, name));
    expect(unpack(arrived, target).status).toBe(0);
  });

  test.each([
    ['cut', (bytes: Buffer) => bytes.subarray(0, -1), /aigc-02\.tar\.xz \(\d+ bytes instead of \d+\)/],
    [
      'flipped',
      (bytes: Buffer) => bytes.fill(~(bytes[99] as number), 99, 100),
      /aigc-02\.tar\.xz \(its SHA-256/,
    ],
    ['of another pack', () => readFileSync(join(packed(), 'aigc-01.tar.xz')), /aigc-02\.tar\.xz/],
  ])('names a piece that is %s, and installs nothing of it', (_, damage, message) => {
    const copy = copyOfPack();
    const path = join(copy, 'aigc-02.tar.xz');
    writeFileSync(path, damage(readFileSync(path)));
    const target = join(scratch(), 'there');
    const { status, stderr } = unpack(copy, target);
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringMatching(message) });
    expect(existsSync(target)).toBe(false);
  });

  test.each([
    ['cut', (text: string) => text.slice(0, -70), /MANIFEST is damaged/],
    ['changed', (text: string) => text.replace(/^file ./m, 'file 0'), /MANIFEST is damaged/],
    ['no manifest', () => 'hello\n', /not of a pack that this script knows/],
  ])('refuses a manifest that is %s', (_, change, message) => {
    const copy = copyOfPack();
    writeFileSync(join(copy, 'MANIFEST'), change(readFileSync(join(copy, 'MANIFEST'), 'utf8')));
    const { status, stderr } = unpack(copy, join(scratch(), 'there'));
    expect({ status, stderr }).toEqual({ status: 3, stderr: expect.stringMatching(message) });
  });

  test('leaves a folder alone that is there', () => {
    const target = join(scratch(), 'there');
    mkdirSync(target);
    writeFileSync(join(target, 'mine'), 'mine');
    expect(unpack(packed(), target)).toMatchObject({
      status: 3,
      stderr: expect.stringContaining('is there already'),
    });
    expect(readdirSync(target)).toEqual(['mine']);
  });

  test('is refused by install --from when a piece is missing or it does not run, and nothing changes', async () => {
    const cache = join(scratch(), 'cache');
    const install = (from: string) =>
      runCli(['backend', 'install', '--from', from], scratch(), { AIGC_CACHE_DIR: cache });
    const copy = copyOfPack();
    rmSync(join(copy, 'aigc-03.tar.xz'));
    expect(await install(copy)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('missing: aigc-03.tar.xz'),
    });
    // Its addon is no library.
    expect(await install(packed())).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('does not run'),
    });
    expect(readdirSync(nativeFolder(cache))).toEqual([]);
    expect(await install(scratch())).toMatchObject({ code: 3, stderr: expect.stringContaining('MANIFEST') });
  });
});

describe('aigc backend pack', () => {
  test.each([
    [
      'a size that is none',
      ['--out', 'pack', '--piece-mb', '0'],
      2,
      /from 1 to 2000 after --piece-mb, got "0"/,
    ],
    ['no folder', [], 2, /--out/],
    ['libraries of CUDA for the CPU', ['--out', 'pack', '--lean'], 2, /--lean is about NVIDIA/],
    ['both kinds', ['--out', 'pack', '--cuda', '--lean', '--use-system-cuda'], 2, /cannot be used with/],
    ['a folder that holds something', ['--out', '.'], 3, /is not empty/],
  ])('refuses %s', async (_, words, code, message) => {
    writeFileSync(join(scratch(), 'mine'), 'mine');
    const finished = await runCli(['backend', 'pack', ...words], scratch());
    expect(finished).toMatchObject({ code, stderr: expect.stringMatching(message) });
    expect(readdirSync(scratch())).toEqual(['mine']);
  });
});
