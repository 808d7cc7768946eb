// The feature networks that come with aigc: everyone measures by the same ones, so they never change.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadDataSet } from '../../src/dataset/load';
import { pickImages } from '../../src/dataset/split';
import { rightAnswers } from '../../src/metrics/classified';
import { openFeatureNetwork } from '../../src/metrics/features/feature-network';
import { meanOf } from '../../src/metrics/metric';
import { startBackend } from '../../src/tensor';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const root = join(__dirname, '..', '..');
const mnist = join(root, '..', 'shared', 'mnist');

/** SHA-256 of the weights, and the least share of the first 500 test images that they must read right. */
const shipped = [
  {
    name: 'digits',
    data: 'digits',
    sha256: '4d1cbb036282d4afe91414552cbbd553685cd46669527068a1ca2068aa821291',
    least: 0.97,
  },
  {
    name: 'mnist',
    data: mnist,
    sha256: '819613d4c9f2712a9e6ea4901c5838665b8d9a2fe14a5078b2b4f80e3a0af349',
    least: 0.99,
  },
];

it('are the ones that figures were published with', () => {
  const files = readdirSync(join(root, 'data', 'features'));
  const hashes = files.map((file) =>
    createHash('sha256')
      .update(readFileSync(join(root, 'data', 'features', file)))
      .digest('hex'),
  );
  expect(hashes.sort()).toEqual(shipped.map(({ sha256 }) => sha256).sort());
});

it.each(shipped)(
  '$name: opened without training, and reads its digits',
  async ({ name, data, sha256, least }) => {
    if (name === 'mnist' && !existsSync(mnist)) {
      console.warn('SKIPPED: the feature network of MNIST: MNIST is not here.');
      return;
    }
    await startBackend('auto');
    const set = await loadDataSet(data, { dataFolder: folder() });
    const onStep = () => {
      throw new Error('it is trained');
    };
    const network = await openFeatureNetwork({ data: set, onStep, cache: folder() });
    expect(network.sha256).toBe(sha256);
    const test = pickImages(
      set.test ?? set.train,
      Uint32Array.from({ length: 500 }, (_, i) => i),
    );
    const right = rightAnswers(await network.measure(test), test.labels as Uint8Array);
    expect(meanOf(right).mean).toBeGreaterThanOrEqual(least);
    network.dispose();
  },
);
