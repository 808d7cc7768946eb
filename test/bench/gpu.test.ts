// bench/gpu.sh rehearsed on the CPU: every part runs or says why not, in files as small and as few as a caller allows.
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { findInstallation } from '../../src/tensor/native/location';
import { scratchFolder } from '../scratch';

const root = join(__dirname, '..', '..');
const folder = scratchFolder();
const withNative = findInstallation() ? test : test.skip;
if (!findInstallation())
  console.warn('skipped: the rehearsal of bench/gpu.sh trains on native; run `aigc backend install`');

interface Part {
  readonly name: string;
  readonly status: 'done' | 'failed' | 'skipped';
  readonly words?: string;
}

/** A Python without PyTorch, so that no machine waits for one. */
function pythonWithoutTorch(): string {
  const path = join(folder(), 'python');
  writeFileSync(path, '#!/bin/sh\necho "ModuleNotFoundError: No module named \'torch\'" >&2\nexit 1\n', {
    mode: 0o755,
  });
  return path;
}

withNative('a rehearsal does every part, says what is skipped, and keeps within its files', () => {
  const out = join(folder(), 'out');
  const env = { ...process.env, AIGC_PYTHON: pythonWithoutTorch(), MNIST_DIR: '' };
  const { stdout, stderr } = spawnSync('sh', [join(root, 'bench', 'gpu.sh'), out, '--rehearse'], {
    encoding: 'utf8',
    env,
  });
  const { parts, rehearse } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as {
    readonly parts: readonly Part[];
    readonly rehearse: boolean;
  };
  const outcomes = parts.map(({ name, status, words }) => [
    name,
    status === 'failed' ? `failed: ${words}` : status,
  ]);
  expect({ outcomes, rehearse, stderr }).toEqual({
    outcomes: [
      ['unpack', 'skipped'],
      ['doctor', 'done'],
      ['contract', 'done'],
      ['steps', 'done'],
      ['rates', 'skipped'],
      ['train vae', 'done'],
      ['train dcgan', 'done'],
      ['tf32', 'done'],
    ],
    rehearse: true,
    stderr: '',
  });
  expect(stdout).toContain('rates: skipped (no PyTorch)');
  expect(readFileSync(join(out, 'summary.md'), 'utf8')).toMatch(
    /A rehearsal on the CPU[\s\S]*### vae, batch 8[\s\S]*aigc native, graph[\s\S]*`train vae`: \d+ s; FID [\d.]+ ± [\d.]+ of 64 samples[\s\S]*seeds 1:[\s\S]*\| vae, ELBO \| -[\d.]+ \| -[\d.]+ \|/,
  );
  const files = readdirSync(out);
  expect(files.length).toBeLessThanOrEqual(8);
  for (const name of files) expect(statSync(join(out, name)).size).toBeLessThan(14 * 2 ** 20);
  // A rehearsal's figures are not written into the docs.
  const written = spawnSync(process.execPath, [join(root, 'bench', 'steps.js'), '--write-gpu', out], {
    encoding: 'utf8',
  });
  expect(written).toMatchObject({ status: 1, stderr: expect.stringContaining('holds a rehearsal') });
});

test('what a GPU gave becomes the section of the page, and is replaced the next time', () => {
  const { writeGpu } = require('../../bench/gpu/document') as { writeGpu(out: string, path: string): void };
  const page = join(folder(), 'performance.md');
  copyFileSync(join(root, 'docs', 'performance.md'), page);
  const summary = {
    ...{ rehearse: false, date: '2026-12-01T00:00:00Z', data: '/sets/mnist' },
    machine: { processor: 'Xeon', cores: 16 },
    versions: { aigc: '0.1.0', node: '20.20.2' },
    parts: [
      {
        name: 'doctor',
        seconds: 3,
        status: 'done',
        gpu: { cards: [{ name: 'H100', driver: '580', memory: '80 GB' }] },
      },
      {
        ...{ name: 'steps', seconds: 9, status: 'done' },
        families: [
          {
            ...{
              family: 'vae',
              batchSize: 4096,
              floorMs: 0.5,
              failures: [{ label: 'JAX, jit, CUDA', failure: 'not installed' }],
            },
            rows: [{ label: 'aigc cuda, graph', ms: 1, toFastestPeer: 0.7, differences: [0, 1e-6, 1e-5] }],
          },
        ],
      },
      {
        name: 'rates',
        seconds: 1,
        status: 'done',
        size: 8192,
        float32Teraflops: 50,
        tf32Teraflops: 400,
        pytorch: '2.11',
      },
      { name: 'train vae', seconds: 30, status: 'failed', words: 'took | longer' },
    ],
  };
  writeFileSync(join(folder(), 'summary.json'), JSON.stringify(summary));
  const log = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  writeGpu(folder(), page);
  const once = readFileSync(page, 'utf8');
  writeGpu(folder(), page);
  log.mockRestore();
  expect(readFileSync(page, 'utf8')).toBe(once);
  expect(once).toContain(
    'Measured on 2026-12-01: H100, driver 580, 80 GB; 16 cores of Xeon; aigc 0.1.0, Node 20.20.2, PyTorch 2.11; data mnist.',
  );
  expect(once).toContain('### vae, batch 4,096');
  expect(once).toContain('| aigc cuda, graph | 1.000 | 4,096,000 | 0.70 | 50 % | 1e-5 |');
  expect(once).toContain('- Not measured: JAX, jit, CUDA: not installed');
  expect(once).toContain('| train vae | 30 | failed | took \\| longer |');
  expect(once).toContain('50.00 TFLOP/s in float32, 400.00 in TF32');
});

test('a part that takes too long is ended with all that it started', async () => {
  const { runLimited } = require('../../bench/gpu/limited') as {
    runLimited(program: string, words: string[], options: { deadline: number; log: string }): Promise<string>;
  };
  const mark = join(folder(), 'mark');
  mkdirSync(join(folder(), 'logs'));
  const options = { deadline: performance.now() + 300, log: join(folder(), 'logs', 'log.txt') };
  const script = `(sleep 2; touch ${mark}) & echo begun; wait`;
  await expect(runLimited('sh', ['-c', script], options)).rejects.toThrow(/longer than its time.*begun/);
  await new Promise((done) => setTimeout(done, 2200));
  expect(existsSync(mark)).toBe(false);
});
