// Trains a GAN with each optimizer from several seeds, measures FID, and writes docs/optimizers.md. The learning rates of each, and
// Muon's momentum, are first chosen among a few by a seed that is none of these.
//
//   npm run optimizers -- --data digits --runs runs [--families gan,dcgan] [--seeds 5] [--steps 500] [--write] [--note TEXT]
//
// A run that is there is gone on with, and a figure that is there is not measured again. The page is made of
// docs/optimizers.json, where what is measured now takes the place of what was measured of the same family and steps.
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');
const { parseArgs } = require('node:util');
const { familyOptions, findFamily } = require('../dist/models');
const { optimizerNames } = require('../dist/models/optimizers');
const { median } = require('../dist/stats/median');
const { evaluate, readLines, train } = require('./results/aigc');
const { optimizersPage, summary } = require('./optimizers/page');

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: 'digits' },
    runs: { type: 'string', default: 'runs' },
    families: { type: 'string', default: 'gan' },
    seeds: { type: 'string', default: '5' },
    steps: { type: 'string', default: '500' },
    'sample-count': { type: 'string', default: '2000' },
    note: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
    /** Words for each run, such as the channels of a dcgan: --words='--channels 16'. */
    words: { type: 'string', default: '' },
  },
});

const docs = join(__dirname, '..', 'docs');
const store = join(docs, 'optimizers.json');

function main() {
  mkdirSync(flags.runs, { recursive: true });
  const studies = existsSync(store) ? JSON.parse(readFileSync(store, 'utf8')) : [];
  for (const family of flags.families.split(',')) {
    const study = measureFamily(family);
    const same = (/** @type {{ family: string; words: string }} */ one) =>
      one.family === family && one.words === study.words;
    const at = studies.findIndex(same);
    studies.splice(at < 0 ? studies.length : at, 1, study);
  }
  const page = optimizersPage(studies);
  if (!flags.write) {
    process.stdout.write(page);
    return;
  }
  writeFileSync(store, `${JSON.stringify(studies, null, 1)}\n`);
  writeFileSync(join(docs, 'optimizers.md'), page);
}

/** The family's own options, its learning rates among them. @param {string} name */
const defaultsOf = (name) => /** @type {any} */ (familyOptions(findFamily(name), {}, {}));

/** Learning rates as so many times the family's, and β₁ where it is not the family's.
 *  @typedef {{ factor: number, beta1?: number }} Setting */

/** @param {number[]} factors @param {number} [beta1] @returns {Setting[]} */
const settings = (factors, beta1) =>
  factors.map((factor) => ({ factor, ...(beta1 !== undefined && { beta1 }) }));

/** What each optimizer is tried with. @type {Readonly<Record<string, readonly Setting[]>>} */
const tried = {
  adam: settings([3, 1, 0.3]),
  muon: [...settings([30, 10, 3, 1]), ...settings([10], 0.9)],
  'schedule-free-adam': [...settings([10, 3, 1, 0.3]), ...settings([3, 1], 0.5)],
};

/** Of the choice. */
const choosingSeed = 100;

/** @param {string} family */
function measureFamily(family) {
  const seeds = Array.from({ length: Number(flags.seeds) }, (_, i) => i + 1);
  const choices = Object.fromEntries(optimizerNames.map((name) => [name, choose(family, name)]));
  const best = (/** @type {string} */ name) => /** @type {any} */ (choices[name]).best;
  /** @type {Record<string, number[]>} */
  const found = Object.fromEntries(optimizerNames.map((name) => [name, []]));
  // Seed by seed, so that what was cut short compares all of them.
  for (const seed of seeds)
    for (const name of optimizerNames) found[name]?.push(fidOf(family, name, best(name), seed));
  return {
    family,
    words: `--steps ${flags.steps}${flags.words && ` ${flags.words}`} --data ${basename(flags.data)}`,
    sampleCount: Number(flags['sample-count']),
    note: flags.note,
    seeds: seeds.length,
    optimizers: optimizerNames.map((name) => ({
      ...{ name, ...choices[name], fid: found[name] },
      imagesPerSecond: Math.round(speedOf(seeds.map((seed) => folderOf(family, name, best(name), seed)))),
      ...summary(found, name),
    })),
  };
}

/** The setting with the lowest FID. @param {string} family @param {string} optimizer */
function choose(family, optimizer) {
  const all = (tried[optimizer] ?? []).map((setting) => ({
    ...setting,
    fid: fidOf(family, optimizer, setting, choosingSeed),
  }));
  const [{ fid, ...best }] = /** @type {any} */ ([...all].sort((a, b) => a.fid - b.fid));
  return { best, tried: all };
}

/** @param {string} family @param {string} optimizer @param {Setting} setting @param {number} seed */
function folderOf(family, optimizer, { factor, beta1 }, seed) {
  const momentum = beta1 === undefined ? [] : [`beta${beta1}`];
  return join(flags.runs, [family, optimizer, factor, ...momentum, seed].join('-'));
}

/** The median of what the runs said at each hundredth step. @param {readonly string[]} folders */
const speedOf = (folders) =>
  median(
    folders
      .flatMap((folder) => readLines(join(folder, 'metrics.jsonl')))
      .filter(({ event }) => event === 'step')
      .map(({ imagesPerSecond }) => imagesPerSecond),
  );

/** @param {string} family @param {string} optimizer @param {Setting} setting @param {number} seed */
function fidOf(family, optimizer, setting, seed) {
  const { factor, beta1 } = setting;
  const folder = folderOf(family, optimizer, setting, seed);
  const file = join(folder, 'fid.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const { generatorLearningRate, discriminatorLearningRate } = defaultsOf(family);
  const words = [
    ...['--model', family, '--optimizer', optimizer, '--seed', String(seed), '--data', flags.data],
    ...['--generator-learning-rate', String(generatorLearningRate * factor)],
    ...['--discriminator-learning-rate', String(discriminatorLearningRate * factor)],
    ...(beta1 === undefined ? [] : ['--beta1', String(beta1)]),
  ];
  const quiet = ['--log-every-steps', '100', '--watch-every-epochs', '1000', '--report-every-epochs', '1000'];
  const own = flags.words === '' ? [] : flags.words.split(' ');
  train(folder, [...words, ...own, '--steps', flags.steps, ...quiet]);
  const subject = ['--checkpoint', folder, '--data', flags.data, '--metrics', 'fid'];
  const fid = evaluate([...subject, '--sample-count', flags['sample-count']]).fid.mean;
  writeFileSync(file, JSON.stringify(fid));
  return fid;
}

main();
