// Trains every family, measures it, and writes docs/gallery.md and docs/results.md.
//
//   npm run results -- --data FOLDER --runs runs [--only gan,vae,peers] [--write] [--skip-training] [--note TEXT]
//
// A run that is there is gone on with, so that this can be stopped and called again. The pages are made of
// docs/results.json, where what is measured now takes the place of what was measured under the same name before.
// Without --write it says what it would write; --note goes beside each run that is measured now, for what a reader must
// know of the machine. Nothing else should run on the machine: the pages give minutes.
const { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { cpus } = require('node:os');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const recipes = require('./results/recipes');
const { aigc, figureOf, readLines, statusOf, train } = require('./results/aigc');
const { galleryPage, resultsPage } = require('./results/pages');
const { measurePeers } = require('./results/peers');

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: 'mnist' },
    runs: { type: 'string', default: 'runs' },
    only: { type: 'string' },
    write: { type: 'boolean', default: false },
    'skip-training': { type: 'boolean', default: false },
    note: { type: 'string', default: '' },
    /** How long ours and each peer train. */
    'peer-minutes': { type: 'string', default: '6' },
  },
});

const root = join(__dirname, '..');

const store = join(root, 'docs', 'results.json');

async function main() {
  const isAsked = (name) => (flags.only ? flags.only.split(',').includes(name) : true);
  mkdirSync(flags.runs, { recursive: true });
  for (const recipe of recipes.filter(({ name }) => isAsked(name))) {
    const folder = join(flags.runs, recipe.name);
    if (!flags['skip-training']) train(folder, wordsOf(recipe));
    if (isFinished(folder) && recipe.metrics && !isEvaluated(folder)) evaluate(recipe, folder);
    if (isFinished(folder) && recipe.fidCurve) evaluateEach(folder);
  }
  const stored = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : { runs: {} };
  const measured = Object.fromEntries(
    recipes
      .filter(({ name }) => isAsked(name))
      .map((recipe) => ({ ...recipe, folder: join(flags.runs, recipe.name) }))
      .filter(({ folder }) => isFinished(folder) && isEvaluated(folder))
      .map((recipe) => [recipe.name, readRun(recipe)]),
  );
  const peers = await peersOf(isAsked('peers'), stored.peers);
  const all = { runs: { ...stored.runs, ...measured }, ...(peers && { peers }) };
  const runs = recipes.flatMap(({ name }) => all.runs[name] ?? []);
  const pages = { 'gallery.md': galleryPage(runs), 'results.md': resultsPage(runs, peers) };
  for (const [name, text] of Object.entries(pages)) {
    if (flags.write) writeFileSync(join(root, 'docs', name), text);
    else process.stdout.write(`--- docs/${name}\n${text}`);
  }
  if (!flags.write) return;
  writeFileSync(
    store,
    `${JSON.stringify({ ...all, runs: Object.fromEntries(runs.map((run) => [run.name, run])) }, null, 1)}\n`,
  );
  copyGrids(Object.keys(measured));
}

async function peersOf(isAsked, stored) {
  if (!isAsked || flags['skip-training']) return stored;
  const minutes = Number(flags['peer-minutes']);
  const rows = await measurePeers({ runs: join(flags.runs, 'peers'), data: flags.data, minutes });
  return { conditions: conditions(), rows };
}

function wordsOf({ words, after }) {
  const init = after ? ['--init', join(flags.runs, after)] : [];
  return [...words, ...init, '--data', flags.data, '--log-every-steps', '100'];
}

function evaluate({ metrics }, folder) {
  aigc(['evaluate', '--checkpoint', folder, '--data', flags.data, ...metrics]);
}

/** FID of every checkpoint that is there and was not measured. */
function evaluateEach(folder) {
  const known = new Set(evaluationsOf(folder).map(({ step }) => step));
  for (const name of readdirSync(join(folder, 'checkpoints')).sort()) {
    if (known.has(Number(name.replace('step-', '')))) continue;
    const checkpoint = join(folder, 'checkpoints', name);
    aigc(['evaluate', '--checkpoint', checkpoint, '--data', flags.data, '--metrics', 'fid']);
  }
}

const evaluationsOf = (folder) => readLines(join(folder, 'evaluations.jsonl'));

const isFinished = (folder) => statusOf(folder) === 'finished';

/**
 * Whether where the run ended was measured: one that was trained on since has measurements of earlier steps only. FID
 * alone is what the curve measures.
 */
function isEvaluated(folder) {
  const { step } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  return evaluationsOf(folder).some((line) => line.step === step && line.metric !== 'fid');
}

function readRun({ name, words, folder, after }) {
  const { record, epochs } = readLog(folder);
  const minutesBefore = minutesTo(after);
  const figures = {};
  const evaluations = evaluationsOf(folder);
  for (const line of evaluations) if (line.step === record.step) figures[line.figure] = figureOf(line);
  const last = epochs[epochs.length - 1];
  return {
    name,
    command: commandOf({ words, after }),
    family: record.config.model,
    seed: record.config.seed,
    steps: record.step,
    minutes: minutesBefore + minutesOf(epochs, record.step),
    last: { losses: last.losses, heldOut: last.heldOut },
    curve: figures.nll ? curveOf(epochs, minutesBefore) : undefined,
    fidCurve: fidCurveOf(evaluations, epochs),
    conditions: conditions(record.backend),
    figures,
  };
}

/** @returns {number} of the run of this name and of those that it started from */
function minutesTo(name) {
  if (!name) return 0;
  const { record, epochs } = readLog(join(flags.runs, name));
  return minutesTo(recipeCalled(name).after) + minutesOf(epochs, record.step);
}

const recipeCalled = (name) =>
  /** @type {(typeof recipes)[number]} */ (recipes.find((recipe) => recipe.name === name));

/** @returns {string} */
function commandOf({ words, after }) {
  const command = `aigc train ${words.join(' ')} --data mnist`;
  if (!after) return command;
  const first = commandOf(recipeCalled(after));
  return `${first} --out ${after} && ${command} --init ${after}`;
}

function readLog(folder) {
  const record = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  const epochs = readLines(join(folder, 'metrics.jsonl')).filter(({ event }) => event === 'epoch');
  return { record, epochs };
}

/** Some epochs, evenly spread. */
function curveOf(epochs, minutesBefore) {
  const every = Math.max(1, Math.ceil(epochs.length / 8));
  let seconds = 0;
  return epochs.flatMap((epoch, i) => {
    seconds += epoch.seconds;
    if ((i + 1) % every !== 0 && i + 1 !== epochs.length) return [];
    const [bound] = Object.values(epoch.losses);
    return [{ minutes: minutesBefore + seconds / 60, step: epoch.step, bound, elbo: epoch.heldOut.elbo }];
  });
}

/** FID of the checkpoints that were measured, when there are several. */
function fidCurveOf(evaluations, epochs) {
  const newest = new Map(
    evaluations.filter(({ figure }) => figure === 'fid').map((line) => [line.step, line]),
  );
  const points = [...newest.values()]
    .map((line) => ({ step: line.step, minutes: minutesOf(epochs, line.step), ...figureOf(line) }))
    .sort((a, b) => a.step - b.step);
  return points.length > 1 ? points : undefined;
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

function copyGrids(names) {
  const images = join(root, 'docs', 'images', 'gallery');
  mkdirSync(images, { recursive: true });
  for (const name of names) {
    copyFileSync(newestGrid(join(flags.runs, name)), join(images, `${name}.png`));
  }
}

function conditions(backend = 'native') {
  const machine = `${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}, Node ${process.version}`;
  return [`${machine}, backend ${backend}`, flags.note].filter(Boolean).join('; ');
}

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 1;
});
