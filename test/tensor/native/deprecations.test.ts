// What TensorFlow's addon calls of Node that newer ones warn of: a quiet command stays quiet.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findInstallation } from '../../../src/tensor/native/location';
import { scratchFolder } from '../../scratch';

const folder = scratchFolder();
const program = join(__dirname, '..', '..', '..', 'bin', 'aigc.js');

/** Fails where Node would warn of a deprecated call. @returns what was written to stderr */
async function quietly(...words: string[]): Promise<string> {
  const all = ['--throw-deprecation', program, ...words, '--quiet'];
  const { stderr } = await promisify(execFile)(process.execPath, all, { cwd: folder() });
  return stderr;
}

it.each(findInstallation() ? ['wasm', 'native'] : ['wasm'])(
  'no command on %s calls what Node warns of',
  async (backend) => {
    await quietly('data', 'make', 'digits', '--count', '64', '--test-count', '40', '--out', 'set');
    const [data, on] = [
      ['--data', 'set'],
      ['--backend', backend],
    ];
    const model = ['--model', 'vae', '--hidden-units', '8', '--batch-size', '32'];
    expect(await quietly('train', ...model, ...data, ...on, '--epochs', '1', '--out', 'run')).toBe('');
    for (const out of ['a.png', 'a.npy', 'a.idx3-ubyte.gz', 'pictures'])
      expect(await quietly('sample', '--checkpoint', 'run', ...on, '--count', '40', '--out', out)).toBe('');
    const measures = ['--metrics', 'elbo,fid,coverage', '--sample-count', '64'];
    // FID of so few is warned of.
    await quietly('evaluate', '--checkpoint', 'run', ...on, ...measures);
    const words = `
      const { findInstallation } = require(${JSON.stringify(join(program, '../../dist/tensor/native/location.js'))});
      const { loadAddon } = require(${JSON.stringify(join(program, '../../dist/tensor/native/addon.js'))});
      if (findInstallation()) loadAddon('cpu');
      console.log(!findInstallation() || require('node:util').isArray === Array.isArray);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', words]);
    expect(stdout).toBe('true\n');
  },
  240_000,
);
