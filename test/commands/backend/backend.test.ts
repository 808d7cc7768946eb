import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bindingPath,
  nativeFolder,
  packagePath,
  platform,
  processAddonPath,
} from '../../../src/tensor/native/location';
import { program, runCli } from '../../cli';
import { scratchFolder } from '../../scratch';

const folder = scratchFolder();

interface Event {
  readonly event: string;
  readonly name?: string;
  readonly backend?: string;
  readonly [field: string]: unknown;
}

const parse = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Event);

/** Makes `folder` a cache in which TensorFlow seems to be installed. @param binding what stands for the addon */
function fakeInstallation(binding: (path: string) => void): void {
  const build = join(nativeFolder(folder()), 'build-fake');
  mkdirSync(packagePath(build), { recursive: true });
  binding(build);
  const pointer = {
    format: 1,
    folder: 'build-fake',
    tensorflow: '2.21.0',
    variant: 'cpu',
    platform,
    wheelSha256: '',
    installedAt: '',
  };
  writeFileSync(join(nativeFolder(folder()), 'current.json'), JSON.stringify(pointer));
}

describe('aigc backend list', () => {
  test('names every backend, what is missing and its remedy, and the one that auto takes', async () => {
    const { code, stdout } = await program(['backend', 'list', '--json'], folder(), {
      AIGC_CACHE_DIR: folder(),
    });
    const events = parse(stdout);
    expect(code).toBe(0);
    expect(events.map(({ name }) => name)).toEqual(['cuda', 'native', 'wasm', 'cpu']);
    expect(events.filter(({ auto }) => auto)).toHaveLength(1);
    expect(events[2]).toMatchObject({ available: true });
    for (const event of events.filter(({ available }) => !available)) {
      expect(event).toMatchObject({
        reason: expect.stringMatching(/\w/),
        remedy: expect.stringMatching(/\w/),
      });
    }
  });

  test('for people, marks the choice of auto and says where wasm stands', async () => {
    const { code, stdout } = await program(['backend', 'list'], folder(), { AIGC_CACHE_DIR: folder() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\* (cuda|native|wasm) /m);
    expect(stdout).toMatch(/wasm +WebAssembly/);
  });

  test('says that a build is broken when its addon does not load', async () => {
    fakeInstallation((build) => {
      for (const path of [processAddonPath(build), bindingPath(build)]) writeFileSync(path, 'not an addon');
    });
    const { code, stdout } = await program(['backend', 'list', '--json'], folder(), {
      AIGC_CACHE_DIR: folder(),
    });
    expect(code).toBe(0);
    const native = parse(stdout).find(({ name }) => name === 'native');
    if (native?.available) return; // node_modules brought a working one, which is taken then
    expect(native).toMatchObject({ reason: expect.stringContaining('does not load') });
  });
});

describe('aigc backend doctor', () => {
  const compiler = spawnSync('cc', ['--version']).status === 0 ? test : test.skip;

  compiler('outlives a native library that crashes, and says so', async () => {
    fakeInstallation((build) => {
      const source = join(build, 'crash.c');
      writeFileSync(source, '__attribute__((constructor)) static void crash(void) { __builtin_trap(); }\n');
      for (const path of [processAddonPath(build), bindingPath(build)]) {
        expect(spawnSync('cc', ['-shared', '-fPIC', source, '-o', path]).status).toBe(0);
      }
    });
    const { code, stdout } = await program(['backend', 'doctor', '--json'], folder(), {
      AIGC_CACHE_DIR: folder(),
    });
    const events = parse(stdout);
    expect(events.find(({ backend }) => backend === 'native')).toMatchObject({
      works: false,
      reason: expect.stringMatching(/was ended by SIG(ILL|TRAP)/),
    });
    expect(events.find(({ backend }) => backend === 'wasm')).toMatchObject({
      works: true,
      gflops: expect.any(Number),
      stepMs: expect.any(Number),
    });
    expect(events.at(-1)).toEqual({ event: 'verdict', default: 'wasm' });
    expect(code).toBe(0);
  });
});

test('a mistyped word of aigc backend gets a suggestion', async () => {
  const { code, stderr } = await runCli(['backend', 'doctr'], folder());
  expect(code).toBe(2);
  expect(stderr).toContain('Did you mean "doctor"?');
});
