// A checkpoint that some earlier aigc wrote is drawn from, and its run goes on.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatVersion } from '../../src/training/checkpoint';
import { runCli } from '../cli';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const fixtures = join(__dirname, '..', 'fixtures');
const formats = readdirSync(fixtures).filter((name) => name.startsWith('format-'));
const pixels = (path: string) => [...readFileSync(path).subarray(-256)];

it('there is a fixture of every format', () => {
  expect(formats).toEqual(Array.from({ length: formatVersion }, (_, i) => `format-${i + 1}`));
});

it.each(formats)('%s: sample draws what it drew then, and train --resume goes on', async (format) => {
  cpSync(join(fixtures, format), folder(), { recursive: true });
  const environment = { AIGC_BACKEND: 'wasm' };
  const drawn = await runCli(
    ['sample', '--checkpoint', 'run', '--count', '4', '--out', 'now.npy'],
    folder(),
    environment,
  );
  expect(drawn.code).toBe(0);
  const [then, now] = [pixels(join(folder(), 'expected.npy')), pixels(join(folder(), 'now.npy'))];
  // Another machine's rounding may move a pixel by one level.
  expect(Math.max(...then.map((value, i) => Math.abs(value - (now[i] ?? 0))))).toBeLessThanOrEqual(1);
  expect(Math.max(...then) - Math.min(...then)).toBeGreaterThan(100);
  const resumed = await runCli(
    ['train', '--resume', '--out', 'run', '--steps', '208'],
    folder(),
    environment,
  );
  expect(resumed.code).toBe(0);
  expect(readdirSync(join(folder(), 'run', 'checkpoints'))).toEqual(['step-000200', 'step-000208']);
});
