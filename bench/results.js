// Trains every family, measures it, and writes docs/gallery.md and docs/results.md.
//
//   npm run results -- --data mnist --runs runs [--only gan,vae] [--write] [--skip-training] [--note TEXT]
//
// A run that is there is gone on with, so that this can be stopped and called again. Without --write it says what it
// would write; --note goes onto both, for what a reader must know of the machine. Nothing else should run on the machine: the pages give minutes.
const { spawnSync } = require('node:child_process');
const { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { cpus } = require('node:os');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const recipes = require('./results/recipes');
const { galleryPage, resultsPage } = require('./results/pages');

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: 'mnist' },
    runs: { type: 'string', default: 'runs' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    'skip-training': { type: 'boolean', default: false },
    note: { type: 'string', default: '' },
  },
});

const root = join(__dirname, '..');
const program = join(root, 'bin', 'aigc.js');

function main() {
  const only = flags.only?.split(',');
  mkdirSync(flags.runs, { recursive: true });
  for (const recipe of recipes) {
    if (only && !only.includes(recipe.name)) continue;
    const folder = join(flags.runs, recipe.name);
    if (!flags['skip-training']) train(recipe, folder);
    if (isFinished(folder) && !isEvaluated(folder)) evaluate(recipe, folder);
  }
  const found = recipes
    .map((recipe) => ({ ...recipe, folder: join(flags.runs, recipe.name) }))
    .filter(({ folder }) => isFinished(folder))
    .map(readRun);
  const pages = {
    'gallery.md': galleryPage(found, flags.note),
    'results.md': resultsPage(found, machine(), flags.note),
  };
  for (const [name, text] of Object.entries(pages)) {
    if (flags.write) writeFileSync(join(root, 'docs', name), text);
    else process.stdout.write(`--- docs/${name}\n${text}`);
  }
  if (flags.write) copyGrids(found);
}

function aigc(words) {
  const { status } = spawnSync(process.execPath, [program, ...words], { stdio: 'inherit' });
  if (status !== 0) throw new Error(`aigc ${words.join(' ')} ended with ${status}`);
}

function train(recipe, folder) {
  if (isFinished(folder)) return;
  if (existsSync(join(folder, 'run.json'))) return aigc(['train', '--resume', '--out', folder]);
  aigc(['train', ...recipe.words, '--data', flags.data, '--log-every-steps', '100', '--out', folder]);
}

function evaluate({ metrics }, folder) {
  aigc(['evaluate', '--checkpoint', folder, '--data', flags.data, ...metrics]);
}

function isFinished(folder) {
  const path = join(folder, 'run.json');
  return existsSync(path) && JSON.parse(readFileSync(path, 'utf8')).status === 'finished';
}

function isEvaluated(folder) {
  return existsSync(join(folder, 'evaluations.jsonl'));
}

const readLines = (path) =>
  existsSync(path)
    ? readFileSync(path, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];

function readRun({ name, words, folder }) {
  const record = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  const epochs = readLines(join(folder, 'metrics.jsonl')).filter(({ event }) => event === 'epoch');
  const figures = {};
  for (const line of readLines(join(folder, 'evaluations.jsonl'))) {
    if (line.step === record.step) figures[line.figure] = line;
  }
  return {
    name,
    command: `aigc train ${words.join(' ')} --data mnist`,
    family: record.config.model,
    seed: record.config.seed,
    steps: record.step,
    epochs: epochs.length,
    minutes: minutesOf(epochs, record.step),
    last: epochs[epochs.length - 1],
    curve: epochs,
    backend: record.backend,
    figures,
    grid: newestGrid(folder),
  };
}

/** From the whole epochs; the steps after the last of them took as long as others. */
function minutesOf(epochs, steps) {
  const seconds = epochs.reduce((sum, epoch) => sum + epoch.seconds, 0);
  return (seconds / 60) * (steps / epochs[epochs.length - 1].step);
}

function newestGrid(folder) {
  const names = readdirSync(join(folder, 'samples'))
    .filter((name) => name.endsWith('.png'))
    .sort();
  return join(folder, 'samples', names[names.length - 1]);
}

function copyGrids(found) {
  const images = join(root, 'docs', 'images', 'gallery');
  mkdirSync(images, { recursive: true });
  for (const { name, grid } of found) copyFileSync(grid, join(images, `${name}.png`));
}

function machine() {
  return `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}`;
}

main();
