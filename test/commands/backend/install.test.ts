// What `aigc backend install` does when something is missing or wrong; a whole install runs in .ci/run.
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nativeFolder } from '../../../src/tensor/native/location';
import { runCli, startProgram } from '../../cli';
import { scratchFolder } from '../../scratch';

const describeLinux = process.platform === 'linux' && process.arch === 'x64' ? describe : describe.skip;
const folder = scratchFolder();
const cache = () => join(folder(), 'cache');
const wheelName = 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl';

const install = (words: readonly string[], environment: Readonly<Record<string, string>> = {}) =>
  runCli(['backend', 'install', ...words], folder(), { AIGC_CACHE_DIR: cache(), ...environment });

/** What is in the folder of builds, the hidden included. */
const left = () => (existsSync(nativeFolder(cache())) ? readdirSync(nativeFolder(cache())) : []);

function writeWheel(content: Uint8Array | string): { path: string; sha256: string } {
  const path = join(folder(), wheelName);
  writeFileSync(path, content);
  return { path, sha256: createHash('sha256').update(content).digest('hex') };
}

/** A folder of programs that stand for those of the system. @returns what to set PATH to */
function programs(scripts: Readonly<Record<string, string>>): string {
  const path = join(folder(), 'programs');
  mkdirSync(path, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    writeFileSync(join(path, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(path, name), 0o755);
  }
  return path;
}

const compiler = { 'c++': 'exit 0' };

/** A zip archive without entries. */
const emptyZip = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex');

describeLinux('aigc backend install', () => {
  test('names the package to install when there is no compiler', async () => {
    const { code, stderr } = await install([], { PATH: programs({}) });
    expect(code).toBe(4);
    expect(stderr).toMatch(/C\+\+ compiler[\s\S]*apt install g\+\+/);
    expect(left()).toEqual([]);
  });

  test('names the package to install when there is no Python', async () => {
    const { code, stderr } = await install([], { PATH: programs(compiler) });
    expect(code).toBe(4);
    expect(stderr).toMatch(/Python 3\.9[\s\S]*python3-pip[\s\S]*--wheel/);
    expect(left()).toEqual([]);
  });

  test('names the package to install when Python has no pip', async () => {
    const PATH = programs({ ...compiler, python3: 'test "$1" = --version' });
    const { code, stderr } = await install([], { PATH });
    expect(code).toBe(4);
    expect(stderr).toMatch(/Expected pip[\s\S]*python3-pip/);
  });

  test('passes on what pip says when it fails', async () => {
    const python3 = 'case "$*" in *download*) echo "ERROR: No matching distribution" >&2; exit 1;; esac';
    const { code, stderr } = await install([], { PATH: programs({ ...compiler, python3 }) });
    expect(code).toBe(4);
    expect(stderr).toMatch(/Downloading tensorflow-cpu==2\.21\.0 failed: ERROR: No matching distribution/);
    expect(left()).toEqual([]);
  });

  test('asks pip for the wheel of this platform, whatever Python runs it', async () => {
    const python3 = 'case "$*" in *download*) echo "$*" >&2; exit 1;; esac';
    const { stderr } = await install([], { PATH: programs({ ...compiler, python3 }) });
    for (const words of [
      '--only-binary=:all:',
      '--python-version 3.11',
      '--platform manylinux_2_27_x86_64',
    ]) {
      expect(stderr).toContain(words);
    }
  });

  test('refuses a wheel with another checksum, and leaves nothing', async () => {
    const { path, sha256 } = writeWheel('not what it says');
    const { code, stderr } = await install(['--wheel', path], { PATH: programs(compiler) });
    expect(code).toBe(4);
    expect(stderr).toContain(`got ${sha256}`);
    expect(left()).toEqual([]);
  });

  test('refuses a file that is no wheel though its checksum is right', async () => {
    const { path, sha256 } = writeWheel('not what it says');
    const words = ['--wheel', path, '--sha256', sha256];
    const { code, stderr } = await install(words, { PATH: programs(compiler) });
    expect(code).toBe(4);
    expect(stderr).toContain('Expected a Python wheel');
    expect(left()).toEqual([]);
  });

  test('refuses a wheel without the library', async () => {
    const { path, sha256 } = writeWheel(emptyZip);
    const words = ['--wheel', path, '--sha256', sha256];
    const { code, stderr } = await install(words, { PATH: programs(compiler) });
    expect(code).toBe(4);
    expect(stderr).toContain('Expected libtensorflow_cc.so.2 in the wheel');
    expect(left()).toEqual([]);
  });

  test.each([
    ['a version without a known checksum', ['--tensorflow', '2.18.0'], 4, /--sha256 HEX/],
    ['a wheel that is not there', ['--wheel', `./${wheelName}`], 4, /There is no file/],
    ['a wheel with a name that says nothing', ['--wheel', 'tf.whl'], 4, /got tf\.whl/],
    [
      'a wheel for another machine',
      ['--wheel', 'tensorflow_cpu-2.21.0-cp311-cp311-win_amd64.whl'],
      4,
      /win_amd64/,
    ],
    ['a wheel of another version', ['--tensorflow', '2.20.0', '--wheel', wheelName], 2, /one of 2\.21\.0/],
    ['a checksum that is none', ['--sha256', 'abc'], 2, /64 hexadecimal digits/],
    ['libraries of CUDA for the CPU', ['--use-system-cuda'], 2, /--use-system-cuda is about NVIDIA/],
    ['a pack and a device', ['--from', '.', '--cuda'], 2, /cannot be used with/],
    ['both devices', ['--cpu', '--cuda'], 2, /cannot be used with/],
  ])('refuses %s', async (_, words, expected, message) => {
    const { code, stderr } = await install(words, { PATH: programs(compiler) });
    expect(code).toBe(expected);
    expect(stderr).toMatch(message);
    expect(left()).toEqual([]);
  });

  test('stopped by Ctrl-C, leaves nothing and exits with 130', async () => {
    const python3 = 'case "$*" in *download*) exec /bin/sleep 30;; esac';
    const environment = { AIGC_CACHE_DIR: cache(), PATH: programs({ ...compiler, python3 }) };
    const { child, done } = startProgram(['backend', 'install'], folder(), environment);
    child.stderr.on('data', (chunk) => String(chunk).includes('Downloading') && child.kill('SIGINT'));
    expect((await done).code).toBe(130);
    expect(left()).toEqual([]);
  });

  test('clears what a killed install left, and nothing of one that runs', async () => {
    const [dead, alive] = ['.staging-4194999-abc', `.staging-${process.ppid}-abc`];
    for (const name of [dead, alive])
      mkdirSync(join(nativeFolder(cache()), name as string), { recursive: true });
    const { path } = writeWheel('not what it says');
    await install(['--wheel', path], { PATH: programs(compiler) });
    expect(left()).toEqual([alive]);
  });

  test('uninstalls what is there, and says so when nothing is', async () => {
    mkdirSync(join(nativeFolder(cache()), 'build-1'), { recursive: true });
    writeFileSync(join(nativeFolder(cache()), 'current.json'), '{}');
    expect(await install(['--uninstall'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/nothing to remove/),
    });
    expect(left()).toEqual([]);
  });
});
