// The program that is measured, and what is kept of a figure that it measured.
const { spawnSync } = require('node:child_process');
const { join } = require('node:path');

const program = join(__dirname, '..', '..', 'bin', 'aigc.js');

/** Runs it. @param {'inherit' | 'pipe'} stdout inherit, or pipe to get it @returns what it wrote to stdout @throws when it
 *  fails */
function aigc(words, stdout = 'inherit') {
  /** @type {import('node:child_process').SpawnSyncOptionsWithStringEncoding} */
  const options = { stdio: ['ignore', stdout, 'inherit'], encoding: 'utf8', maxBuffer: 2 ** 26 };
  const { status, stdout: printed } = spawnSync(process.execPath, [program, ...words], options);
  if (status !== 0) throw new Error(`aigc ${words.join(' ')} ended with ${status}`);
  return printed;
}

const figureOf = ({ mean, standardError, real, note, featureNetwork, weights }) => ({
  mean,
  standardError,
  real,
  note,
  featureNetwork,
  weights,
});

module.exports = { aigc, figureOf };
