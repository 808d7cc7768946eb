// The cache of feature networks: what is damaged in it never measures.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFeatureNetwork } from '../../../src/metrics/features/feature-network';
import { startBackend } from '../../../src/tensor';
import { scratchFolder } from '../../scratch';
import { asDataSet, rectangles } from '../../small-set';

const folder = scratchFolder();
const set = {
  ...rectangles(16, 8, 8, 1),
  labels: Uint8Array.from({ length: 16 }, (_, i) => i % 2),
  classCount: 2,
};

it('a damaged network, or one that is no numbers, is refused and made anew', async () => {
  await startBackend('wasm');
  const warnings: string[] = [];
  let steps = 0;
  const open = async () => {
    const network = await openFeatureNetwork({
      data: asDataSet(set),
      cache: folder(),
      onStep: () => void steps++,
      warn: (line) => warnings.push(line),
    });
    network.dispose();
    return network.sha256;
  };
  const sha256 = await open();
  const [name = ''] = readdirSync(folder());
  expect(name).toContain(sha256);
  const trained = steps;
  expect(await open()).toBe(sha256);
  expect({ steps, warnings }).toEqual({ steps: trained, warnings: [] });

  const bytes = readFileSync(join(folder(), name));
  bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  writeFileSync(join(folder(), name), bytes);
  expect(await open()).toBe(sha256);
  expect(warnings).toEqual([expect.stringContaining('is damaged: the feature network is made anew')]);

  const bad = readFileSync(join(folder(), name));
  bad.writeFloatLE(Number.NaN, bad.length - 4);
  writeFileSync(join(folder(), name), bad);
  const named = name.replace(sha256, createHash('sha256').update(bad).digest('hex'));
  renameSync(join(folder(), name), join(folder(), named));
  expect(await open()).toBe(sha256);
  expect(warnings).toHaveLength(2);
  expect(readdirSync(folder())).toEqual([name]);
}, 120_000);
