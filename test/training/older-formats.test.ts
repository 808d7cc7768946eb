// Checkpoints that some earlier aigc wrote are drawn from, and their runs go on.
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatVersion } from '../../src/run/checkpoint';
import { runCli } from '../cli';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();
const fixtures = join(__dirname, '..', 'fixtures');
const formats = readdirSync(fixtures).filter((name) => name.startsWith('format-'));
/** From before families had options that choose their networks, or their quantiser. */
const others = ['cvae-perceptrons', 'vq-vae-codebook'];
/** The images, without the header of 128 bytes. */
const pixels = (path: string) => [...readFileSync(path).subarray(128)];

it('there is a fixture of every format', () => {
  expect(formats).toEqual(Array.from({ length: formatVersion }, (_, i) => `format-${i + 1}`));
});

it.each([...formats, ...others])(
  '%s: sample draws what it drew then, and train --resume goes on',
  async (name) => {
    cpSync(join(fixtures, name), folder(), { recursive: true });
    const environment = { AIGC_BACKEND: 'wasm' };
    const expected = pixels(join(folder(), 'expected.npy'));
    const drawn = await runCli(
      ['sample', '--checkpoint', 'run', '--count', String(expected.length / 64), '--out', 'now.npy'],
      folder(),
      environment,
    );
    expect(drawn.code).toBe(0);
    const now = pixels(join(folder(), 'now.npy'));
    // Another machine's rounding may move a pixel by one level.
    expect(Math.max(...expected.map((value, i) => Math.abs(value - (now[i] ?? 0))))).toBeLessThanOrEqual(1);
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(100);
    const resumed = await runCli(
      ['train', '--resume', '--out', 'run', '--steps', '208'],
      folder(),
      environment,
    );
    expect(resumed.code).toBe(0);
    expect(readdirSync(join(folder(), 'run', 'checkpoints'))).toEqual(['step-000200', 'step-000208']);
  },
);
