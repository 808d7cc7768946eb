// What the doctor says of CUDA: with libraries that really are missing, broken and in place, and a driver that is a script.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeCuda, reportCuda } from '../../src/backend-doctor/cuda-report';
import { diagnoseGpu } from '../../src/backend-doctor/gpu';
import { compileLibrary, requireCompiler } from '../../src/backend-install/compile';
import { cudaLibraries } from '../../src/backend-install/cuda-libraries';
import { compileStandIns } from '../../src/backend-install/stand-ins';
import { takeSystemCuda } from '../../src/backend-install/system-cuda';
import {
  findInstallation,
  type Installation,
  platform,
  processAddonPath,
} from '../../src/tensor/native/location';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const installed = findInstallation();
const { signal } = new AbortController();

/** The addon of the real build opens libraries; one of before cannot. */
const canOpen =
  process.platform === 'linux' &&
  installed !== undefined &&
  spawnSync(process.execPath, [
    '-e',
    `process.exit(require(process.argv[1]).openLibrary ? 0 : 1)`,
    processAddonPath(installed.path),
  ]).status === 0;
const describeAddon = canOpen ? describe : describe.skip;
if (!canOpen)
  console.warn('skipped: no TensorFlow, or one whose addon opens no libraries; run `aigc backend install`');

const path = process.env.PATH ?? '';
afterEach(() => {
  process.env.PATH = path;
  delete process.env.LD_LIBRARY_PATH;
});

/** A driver that names a card. */
function answer(csv: string): void {
  mkdirSync(join(folder(), 'programs'), { recursive: true });
  const script = join(folder(), 'programs', 'nvidia-smi');
  writeFileSync(script, `#!/bin/sh\necho '${csv}'\n`);
  chmodSync(script, 0o755);
  process.env.PATH = `${join(folder(), 'programs')}:${path}`;
}

/** A CUDA build without libraries, with the addon of the real one. */
function makeBuild(cuda: 'lean' | 'system'): Installation {
  const build = join(folder(), 'build');
  mkdirSync(build);
  spawnSync('ln', ['-s', processAddonPath(installed?.path as string), processAddonPath(build)]);
  return {
    ...{ format: 1, folder: 'build', tensorflow: '2.21.0', variant: 'cuda', cuda, platform, path: build },
    ...{ wheelSha256: '', installedAt: '' },
  };
}

/** A library that opens, and tells its version as NVIDIA's do. */
async function makeLibrary(file: string, ask: string, version: string): Promise<void> {
  mkdirSync(join(file, '..'), { recursive: true });
  const source = `${file}.cc`;
  const body = ask.includes('Property')
    ? `(int which, int* value) { const int all[] = {${version.replaceAll('.', ',')}}; *value = all[which]; return 0; }`
    : '(int* value) { *value = 12090; return 0; }';
  writeFileSync(source, `extern "C" int ${ask}${body}\n`);
  await compileLibrary(await requireCompiler(), [source, '-o', file], signal);
}

describe('a card', () => {
  test.each([
    [
      'NVIDIA H100, 580.95, 81559 MiB, 9.0',
      /H100: compute capability 9\.0, driver 580\.95, 81559 MiB.*compiles its PTX/s,
    ],
    ['NVIDIA A100, 535.10, 40960 MiB, 8.0', /A100: compute capability 8\.0[^\n]*$/],
    ['GeForce GTX 980, 535.10, 4096 MiB, 5.2', /too old: .* 6\.0 on; use native/],
    ['Old, 470.10, 4096 MiB', /Old: compute capability unknown/],
  ])('%s: what will happen on it', async (csv, expected) => {
    answer(csv);
    expect(describeCuda(await reportCuda(undefined)).join('\n')).toMatch(expected);
  });

  test('with an old driver, or with the CPU build: what to do', async () => {
    answer('Old, 470.10, 4096 MiB, 7.0');
    expect(diagnoseGpu(undefined, await reportCuda(undefined))).toMatchObject({
      reason: expect.stringMatching(/470\.10; CUDA 12 needs 525/),
    });
    answer('New, 580.10, 4096 MiB, 9.0');
    const diagnosis = diagnoseGpu({ variant: 'cpu' }, await reportCuda(undefined));
    expect(diagnosis).toEqual({
      reason: 'the installed TensorFlow is the CPU build; there is a New',
      remedy: 'Run `aigc backend install --cuda`.',
    });
  });

  test('that nobody names: no driver', async () => {
    process.env.PATH = folder();
    expect(diagnoseGpu(undefined, await reportCuda(undefined))?.reason).toMatch(/no NVIDIA driver answers/);
  });
});

describeAddon('libraries', () => {
  test('are told one by one: what works, what stands in, what is missing, what is broken and why', async () => {
    answer('New, 580.10, 4096 MiB, 8.0');
    const installation = makeBuild('lean');
    const place = ({ folder: part, name }: { folder: string; name: string }) =>
      join(installation.path, 'deps', 'nvidia', part, 'lib', name);
    await compileStandIns(await requireCompiler(), installation.path, signal);
    for (const library of cudaLibraries.filter(
      ({ folder: part }) => part === 'cublas' || part === 'cuda_runtime',
    )) {
      await makeLibrary(place(library), library.ask, '12,9,3');
    }
    writeFileSync(place({ folder: 'cublas', name: 'libcublasLt.so.12' }), 'no library');
    const report = await reportCuda(installation);
    expect(
      Object.fromEntries(report.libraries.map(({ name, state, version }) => [name, [state, version]])),
    ).toEqual({
      'libcudart.so.12': ['works', '12.9.0'],
      'libcublas.so.12': ['works', '12.9.3'],
      'libcublasLt.so.12': ['broken', undefined],
      'libcudnn.so.9': ['missing', undefined],
      'libcufft.so.11': ['stand-in', undefined],
      'libcusolver.so.11': ['stand-in', undefined],
      'libcusparse.so.12': ['stand-in', undefined],
    });
    const text = describeCuda(report).join('\n');
    expect(text).toMatch(/cuBLAS 12\.9\.3: \//);
    expect(text).toMatch(
      /cuBLASLt \(libcublasLt\.so\.12\) does not open: .*\n.*backend install --cuda --lean/,
    );
    expect(text).toMatch(/cuDNN \(libcudnn\.so\.9\) is missing\n.*nvidia-cudnn-cu12/);
    expect(text).toMatch(/cuFFT: a stand-in/);
    expect(text).toMatch(/XLA finds no ptxas and libdevice: --compile xla will fail/);
    expect(diagnoseGpu(installation, report)).toMatchObject({
      reason: 'TensorFlow cannot open libcublasLt.so.12, libcudnn.so.9',
    });
  });

  test('of the machine are taken, CUDA 13’s under the names of 12’s, after a trial of each', async () => {
    const installation = makeBuild('system');
    const build = installation.path;
    const stages: string[] = [];
    const progress = { stage: (label: string) => stages.push(label), bytes: () => undefined };
    const [broken, good] = [join(folder(), 'broken'), join(folder(), 'good')];
    process.env.LD_LIBRARY_PATH = `${broken}:${good}`;
    await expect(takeSystemCuda(build, progress)).rejects.toThrow(
      /Expected cuBLAS 12 or 13 on this machine: looked in/,
    );

    mkdirSync(broken);
    for (const name of ['libcublas.so.12', 'libcublasLt.so.12'])
      writeFileSync(join(broken, name), 'no library');
    await expect(takeSystemCuda(build, progress)).rejects.toThrow(/libcublas\.so\.12: .*too short/);

    await makeLibrary(join(good, 'libcublas.so.13'), 'cublasGetProperty', '13,0,1');
    await makeLibrary(join(good, 'libcublasLt.so.13'), 'cublasLtGetProperty', '13,0,1');
    await makeLibrary(join(good, 'libcudnn.so.9'), 'cudnnGetProperty', '9,20,0');
    await takeSystemCuda(build, progress);
    expect(stages.slice(-2)).toEqual([`Taking cuBLAS from ${good}`, `Taking cuDNN from ${good}`]);
    const { libraries } = await reportCuda(installation);
    expect(
      libraries
        .filter(({ state }) => state === 'works')
        .map(({ name, path: at, version }) => [name, at, version]),
    ).toEqual([
      ['libcublas.so.12', join(good, 'libcublas.so.13'), '13.0.1'],
      ['libcublasLt.so.12', join(good, 'libcublasLt.so.13'), '13.0.1'],
      ['libcudnn.so.9', join(good, 'libcudnn.so.9'), '9.20.0'],
    ]);
  });
});
