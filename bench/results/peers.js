// The same ruler for others: a DCGAN in PyTorch and in Keras, trained for as many minutes on the same cores as ours.
const { execFileSync } = require('node:child_process');
const { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join, resolve } = require('node:path');
const { splitFiles } = require('../../dist/dataset/named-set');
const { contestantsOf } = require('../steps/contestants');
const { Absent, startContestant } = require('../steps/contestant-process');
const { aigc, evaluate } = require('./aigc');

const root = join(__dirname, '..', '..');
const family = 'dcgan';
const sampleCount = 10_000;
/** A contestant's silence is taken for its end after some minutes, so it is asked for one minute at a time. */
const windowSeconds = 60;
/** Of each framework, the form that `node bench/steps.js --quick --families dcgan` found fastest, or as fast as the
 *  fastest, on the machine of the results. */
const ourForm = 'xla';
const chosen = ['PyTorch, eager', 'Keras on TensorFlow, XLA'];

/**
 * Trains and measures each, one after the other. What is there already is not done again.
 * @param runs folder for our run, the peers' samples, and a file of figures for each
 * @param data folder with MNIST's four files
 * @returns rows `{ name, minutes, steps, versions, figures }`
 */
async function measurePeers({ runs, data, minutes }) {
  mkdirSync(runs, { recursive: true });
  const ours = { name: `aigc, ${ourForm.toUpperCase()}`, folder: join(runs, 'aigc'), minutes };
  const rows = [
    await remembered(join(runs, 'aigc-average.json'), () => measureOurs(ours, data, 'average')),
    await remembered(join(runs, 'aigc-last.json'), () => measureOurs(ours, data, 'last')),
  ];
  const cache = mkdtempSync(join(tmpdir(), 'aigc-peers-'));
  try {
    for (const contestant of contestants(data, cache)) {
      const name = contestant.label.toLowerCase().replace(/[^a-z]+/g, '-');
      const samples = join(runs, `${name}.npy`);
      const measure = () => measurePeer(contestant, { data, minutes, cache, samples });
      rows.push(await remembered(join(runs, `${name}.json`), measure));
    }
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
  return rows.filter((row) => row !== undefined);
}

/** What a file holds, made first when it is not there; nothing is written of undefined. */
async function remembered(file, make) {
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const made = await make();
  if (made !== undefined) writeFileSync(file, JSON.stringify(made));
  return made;
}

function measureOurs({ name, folder, minutes }, data, weights) {
  if (!existsSync(join(folder, 'run.json'))) {
    const words = ['--model', family, '--data', data, '--epochs', '1000', '--max-minutes', String(minutes)];
    // As with the peers, nothing looks at samples meanwhile.
    const quiet = ['--compile', ourForm, '--watch-every-epochs', '1000'];
    aigc(['train', ...words, ...quiet, '--out', folder]);
  }
  const { step } = JSON.parse(readFileSync(join(folder, 'run.json'), 'utf8'));
  const figures = evaluate(['--checkpoint', folder, '--weights', weights, '--data', data]);
  return {
    name: `${name}${weights === 'last' ? ', weights of the last step' : ''}`,
    minutes,
    steps: step,
    figures,
  };
}

/** All peers' processes, started from our initial weights with our settings. */
function contestants(data, cache) {
  const reference = join(cache, 'reference.safetensors');
  const script = join(root, 'bench', 'steps', 'reference.js');
  const { settings } = JSON.parse(
    execFileSync(process.execPath, [script, family, data, reference], { encoding: 'utf8' }),
  );
  const [images, labels] = [splitFiles.trainImages, splitFiles.trainLabels].map((name) =>
    resolve(data, name),
  );
  const all = contestantsOf(family, { set: data, images, labels, reference, settings, backends: ['native'] });
  return all.filter(({ label }) => chosen.includes(label));
}

/** @returns undefined when its framework is not installed */
async function measurePeer(contestant, { data, minutes, cache, samples }) {
  let child;
  try {
    child = await startContestant(contestant, cache);
  } catch (error) {
    if (!(error instanceof Absent)) throw error;
    console.error(`${contestant.label} is not installed: left out.`);
    return undefined;
  }
  try {
    let [steps, seconds] = [0, 0];
    while (seconds < 60 * minutes) {
      const left = Math.min(windowSeconds, 60 * minutes - seconds);
      const ran = await child.ask({ do: 'run', seconds: left, steps: 1 });
      steps += ran.steps;
      seconds += ran.seconds;
      console.error(`${contestant.label} · ${steps} steps · ${(seconds / 60).toFixed(1)} min`);
    }
    await child.ask({ do: 'sample', count: sampleCount, seed: 1, file: resolve(samples) });
    const { versions } = child;
    const figures = evaluate(['--samples', samples, '--data', data]);
    return { name: contestant.label, minutes: seconds / 60, steps, versions, figures };
  } finally {
    child.stop();
  }
}

module.exports = { measurePeers };
