// The program that is measured, its runs, and what is kept of a figure that it measured.
const { spawnSync } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
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

/** @param {string} folder @returns how the run in it stands; undefined where there is none */
function statusOf(folder) {
  const path = join(folder, 'run.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).status : undefined;
}

/** What a file of JSON lines holds; nothing where there is none. @param {string} path @returns {any[]} */
const readLines = (path) =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

/** Trains to the end: from the beginning, or from where the run in the folder stands.
 *  @param {string} folder @param {readonly string[]} words what a run from the beginning is asked for */
function train(folder, words) {
  const status = statusOf(folder);
  if (status === 'finished') return;
  aigc(['train', ...(status === undefined ? words : ['--resume']), '--out', folder]);
}

/** @param {readonly string[]} words @returns what `aigc evaluate` says of all figures, by their names */
function evaluate(words) {
  const events = aigc(['evaluate', ...words, '--json'], 'pipe')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  return Object.fromEntries(
    events.filter(({ event }) => event === 'metric').map((event) => [event.figure, figureOf(event)]),
  );
}

const figureOf = ({ mean, standardError, real, note, featureNetwork, weights }) => ({
  mean,
  standardError,
  real,
  note,
  featureNetwork,
  weights,
});

module.exports = { aigc, evaluate, figureOf, readLines, statusOf, train };
