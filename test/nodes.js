// `npm run test:nodes`: the fast suites on later versions of Node, which npm brings into a folder that is removed.
const { spawnSync } = require('node:child_process');
const { mkdtempSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { delimiter, join } = require('node:path');

/** npm's `node` is these packages, one for each system. */
const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
const versions = ['22.23.3', '24.21.0', '26.12.1'];

/** What trains for long, and says little of Node. */
const slow = [
  'contracts/(family|metric)',
  'training/(compiled-stepper|crash|watch)',
  'commands/(odd-sets|watchdog|bad-input|train\\.|evaluate|tune|interpolate|reconstruct)',
  'tensor/native/signals',
  'models/gan\\.',
  'check\\.test',
];

const root = join(__dirname, '..');
const asked = process.argv.slice(2);

/** @param {string} version @returns {boolean} whether all tests passed */
function testOn(version) {
  const folder = mkdtempSync(join(tmpdir(), 'aigc-node-'));
  try {
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const install = ['install', '--no-audit', '--no-fund', '--ignore-scripts', `${name}@${version}`];
    if (!run(npm, install, folder)) return false;
    const bin = join(folder, 'node_modules', name, 'bin');
    const jest = require.resolve('jest/bin/jest');
    const words = [
      jest,
      '--testPathIgnorePatterns',
      '/node_modules/',
      ...slow,
      ...asked.flatMap((word) => ['--', word]),
    ];
    console.log(`Node ${version}`);
    return run(join(bin, 'node'), words, root, { PATH: `${bin}${delimiter}${process.env.PATH}` });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(program, words, cwd, env = {}) {
  return spawnSync(program, words, { cwd, stdio: 'inherit', env: { ...process.env, ...env } }).status === 0;
}

const failed = versions.filter((version) => !testOn(version));
console.log(
  failed.length > 0 ? `Failed on Node ${failed.join(', ')}` : `Passed on Node ${versions.join(', ')}`,
);
process.exitCode = failed.length > 0 ? 1 : 0;
