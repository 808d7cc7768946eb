import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../src/errors';
import {
  type CheckpointHead,
  checkpointFolder,
  listCheckpoints,
  pruneCheckpoints,
  readCheckpoint,
  readNewestCheckpoint,
  writeCheckpoint,
} from '../../src/run/checkpoint';
import type { StoredTensor } from '../../src/run/safetensors';
import { version } from '../../src/version';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const parent = () => join(folder(), 'checkpoints');

const headAt = (step: number): CheckpointHead => ({
  family: 'gan',
  step,
  setting: {
    image: { height: 28, width: 28, channels: 1 },
    classCount: 10,
    pixelMean: 0.13,
    seed: 1,
    options: { loss: 'bce', latentDim: 100, resume: true },
  },
  dataset: { name: 'digits', fingerprint: 'abc' },
});

const tensorsOf = (value: number) =>
  new Map<string, StoredTensor>([['kernel', { shape: [2, 1], values: Float32Array.of(value, -value) }]]);

const metadata = { format: 'aigc', family: 'gan' };
const write = (step: number, value = step) =>
  writeCheckpoint(parent(), headAt(step), { tensors: tensorsOf(value), metadata });
const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest('hex');

async function refusal(read: Promise<unknown>): Promise<DataError> {
  const error = await read.then(
    () => new Error('nothing was thrown'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(DataError);
  return error as DataError;
}

it('reads back what was written', async () => {
  const written = await write(468);
  expect(written).toBe(join(parent(), 'step-000468'));
  const { manifest, tensors, folder: from } = await readCheckpoint(written);
  expect(from).toBe(written);
  expect(manifest).toMatchObject({ ...headAt(468), formatVersion: 1, aigc: version });
  expect(tensors).toEqual(tensorsOf(468));
});

it('names and hashes the weights in the manifest, and the manifest in itself', async () => {
  const written = await write(1);
  expect(readdirSync(written).sort()).toEqual(['manifest.json', 'weights.safetensors']);
  const weights = readFileSync(join(written, 'weights.safetensors'));
  const text = readFileSync(join(written, 'manifest.json'), 'utf8');
  expect(JSON.parse(text)).toMatchObject({
    weights: { file: 'weights.safetensors', bytes: weights.length, sha256: sha256(weights) },
  });
  const { sha256: seal, ...body } = JSON.parse(text);
  expect(seal).toBe(sha256(JSON.stringify(body, null, 2)));
});

it('replaces the checkpoint of the same step, and leaves no temporary folder', async () => {
  await write(5, 1);
  await write(5, 2);
  expect((await readCheckpoint(checkpointFolder(parent(), 5))).tensors).toEqual(tensorsOf(2));
  expect(readdirSync(parent())).toEqual(['step-000005']);
});

it('says where it cannot write, and leaves nothing', async () => {
  writeFileSync(parent(), 'a file is in the way');
  expect((await refusal(write(1))).message).toContain('a part of the path is a file');
  expect(readFileSync(parent(), 'utf8')).toBe('a file is in the way');
});

it('lists steps by number, newest first, whatever their names sort like', async () => {
  for (const name of ['step-000009', 'step-1000000', 'step-000100', 'step-7', 'other', '.step-3.1.tmp'])
    mkdirSync(join(parent(), name), { recursive: true });
  expect(await listCheckpoints(parent())).toEqual([1_000_000, 100, 9]);
  expect(await listCheckpoints(join(folder(), 'nowhere'))).toEqual([]);
});

it('prunes all but the newest and what a killed writer left, and nothing else', async () => {
  for (const step of [1, 2, 10, 9]) await write(step);
  mkdirSync(join(parent(), '.step-11.4242.tmp'));
  writeFileSync(join(parent(), '.step-11.4242.tmp', 'weights.safetensors'), 'half');
  writeFileSync(join(parent(), 'notes.txt'), 'mine');
  await pruneCheckpoints(parent(), 2);
  expect(readdirSync(parent()).sort()).toEqual(['notes.txt', 'step-000009', 'step-000010']);
  await pruneCheckpoints(join(folder(), 'nowhere'), 2);
});

describe('of a damaged checkpoint', () => {
  const flip = (path: string, at: number) => {
    const bytes = readFileSync(path);
    bytes[at] = (bytes[at] as number) ^ 1;
    writeFileSync(path, bytes);
  };

  it('each byte of the weights counts', async () => {
    const written = await write(3);
    const path = join(written, 'weights.safetensors');
    flip(path, readFileSync(path).length - 1);
    const { message, hint } = await refusal(readCheckpoint(written));
    expect(message).toMatch(
      /weights\.safetensors is damaged: expected SHA-256 [0-9a-f]{64}, got [0-9a-f]{64}/,
    );
    expect(hint).toContain('--checkpoint RUN/checkpoints/step-N');
  });

  it('a cut file is told by its length', async () => {
    const written = await write(3);
    const path = join(written, 'weights.safetensors');
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.subarray(0, -4));
    expect((await refusal(readCheckpoint(written))).message).toContain(
      `expected ${bytes.length} bytes, got ${bytes.length - 4}`,
    );
  });

  it('every byte of the manifest is under its seal', async () => {
    const written = await write(3);
    const path = join(written, 'manifest.json');
    const original = readFileSync(path);
    for (let at = 0; at < original.length; at++) {
      flip(path, at);
      expect((await refusal(readCheckpoint(written))).message).toContain('manifest.json is damaged');
      writeFileSync(path, original);
    }
    writeFileSync(path, readFileSync(path, 'utf8').replace('"seed": 1', '"seed": 2'));
    expect((await refusal(readCheckpoint(written))).message).toContain('it is not what was written');
  });

  it('a manifest that is cut or empty is refused', async () => {
    const written = await write(3);
    const path = join(written, 'manifest.json');
    const text = readFileSync(path, 'utf8');
    for (const content of ['', '{}', text.slice(0, 100)]) {
      writeFileSync(path, content);
      await refusal(readCheckpoint(written));
    }
  });

  it('a missing file is named', async () => {
    const written = await write(3);
    rmSync(join(written, 'weights.safetensors'));
    expect((await refusal(readCheckpoint(written))).message).toContain('weights.safetensors does not exist');
  });
});

it('refuses a newer format, and says that a newer aigc reads it', async () => {
  const written = await write(3);
  const path = join(written, 'manifest.json');
  const { sha256: _, ...body } = JSON.parse(readFileSync(path, 'utf8'));
  // A later format may have any fields; only its version and its seal are as today.
  const later = JSON.stringify({ formatVersion: 2, family: body.family, shards: 4 }, null, 2);
  writeFileSync(path, `${later.slice(0, -2)},\n  "sha256": "${sha256(later)}"\n}\n`);
  const { message, hint } = await refusal(readCheckpoint(written));
  expect(message).toContain(`is of checkpoint format 2; aigc ${version} reads up to 1`);
  expect(hint).toBe('Use a newer aigc.');
});

describe('the newest whole checkpoint', () => {
  const damage = (step: number) =>
    writeFileSync(join(checkpointFolder(parent(), step), 'weights.safetensors'), 'bad');

  it('is taken, with a warning for a newer one that is damaged', async () => {
    for (const step of [1, 2, 3]) await write(step);
    damage(3);
    const warnings: string[] = [];
    const found = await readNewestCheckpoint(parent(), (message) => warnings.push(message));
    expect(found?.manifest.step).toBe(2);
    expect(warnings).toEqual([
      expect.stringMatching(/step-000003.*damaged.* Using the checkpoint of step 2 instead\.$/),
    ]);
  });

  it('is none when there is no checkpoint', async () => {
    expect(await readNewestCheckpoint(parent(), fail)).toBeUndefined();
  });

  it('is an error about the newest when all are damaged', async () => {
    for (const step of [1, 2]) await write(step);
    for (const step of [1, 2]) damage(step);
    expect((await refusal(readNewestCheckpoint(parent(), fail))).message).toContain('step-000002');
  });
});

function fail(message: string): never {
  throw new Error(`warned: ${message}`);
}
