// What `--gpu` and `--precision` set before TensorFlow is loaded: it and NVIDIA's libraries read the environment once.
import { join } from 'node:path';
import { runCli } from '../cli';
import { scratchFolder } from '../scratch';

declare const loadAnew: (path: string) => unknown;

const folder = scratchFolder();
const names = [
  'CUDA_VISIBLE_DEVICES',
  'CUDA_DEVICE_ORDER',
  'NVIDIA_TF32_OVERRIDE',
  'AIGC_CACHE_DIR',
] as const;
const before = names.map((name) => process.env[name]);

function restore(values: readonly (string | undefined)[]): void {
  for (const [i, name] of names.entries()) {
    const value = values[i];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
afterEach(() => restore(before));

/** In a cache without a TensorFlow, so that nothing is loaded into this process. */
async function environmentOf(card: object, given: Readonly<Record<string, string>> = {}) {
  restore([]);
  Object.assign(process.env, { AIGC_CACHE_DIR: folder() }, given);
  const { cuda } = loadAnew(
    join(__dirname, '../../src/tensor/cuda'),
  ) as typeof import('../../src/tensor/cuda');
  cuda.setCard?.(card);
  await cuda.check();
  const { CUDA_VISIBLE_DEVICES, CUDA_DEVICE_ORDER, NVIDIA_TF32_OVERRIDE } = process.env;
  return { CUDA_VISIBLE_DEVICES, CUDA_DEVICE_ORDER, NVIDIA_TF32_OVERRIDE };
}

test.each([
  ['nothing asked: float32, on the first card', {}, {}, { NVIDIA_TF32_OVERRIDE: '0' }],
  ['TF32', { precision: 'tf32' }, {}, {}],
  [
    'a card',
    { gpu: 2 },
    {},
    { CUDA_VISIBLE_DEVICES: '2', CUDA_DEVICE_ORDER: 'PCI_BUS_ID', NVIDIA_TF32_OVERRIDE: '0' },
  ],
  [
    'what the environment says',
    {},
    { CUDA_VISIBLE_DEVICES: '1', NVIDIA_TF32_OVERRIDE: '1' },
    { CUDA_VISIBLE_DEVICES: '1', NVIDIA_TF32_OVERRIDE: '1' },
  ],
])('%s', async (_, card, given, expected) => {
  expect(await environmentOf(card, given)).toEqual(expected);
});

test.each([
  [['--precision', 'bf16'], 2, /--precision.*float32.*tf32/s],
  [['--gpu', '-1'], 2, /--gpu/],
  [['--gpu', '1', '--precision', 'tf32'], 0, /Backend/],
])('aigc train %j', async (words, code, message) => {
  const finished = await runCli(
    ['train', '--model', 'vae', '--data', 'digits', '--dry-run', ...words],
    folder(),
  );
  expect(finished).toMatchObject({ code, stderr: expect.stringMatching(message) });
});
