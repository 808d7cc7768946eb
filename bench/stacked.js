// Trains on Stacked MNIST with and without the recipe r3, counts the modes, and writes docs/stacked-mnist.md.
//
//   npm run stacked -- --data mnist --runs runs [--steps 20000] [--sample-count 26000] [--write] [--note TEXT]
//
// A run that is there is gone on with. Without --write it prints the page.
const { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { parseArgs } = require('node:util');
const { aigc, evaluate, train } = require('./results/aigc');

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: 'mnist' },
    runs: { type: 'string', default: 'runs' },
    count: { type: 'string', default: '60000' },
    steps: { type: 'string', default: '20000' },
    'sample-count': { type: 'string', default: '26000' },
    note: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
  },
});

/** The first two of the same network, batch, steps, average and schedule, the second as Radford et al. 2016 train it; the third of
 *  multilayer perceptrons. */
const alike = ['--ema', '0.999', '--schedule', 'cosine'];
const contestants = [
  { name: 'r3', words: ['--model', 'dcgan', '--recipe', 'r3', ...alike] },
  {
    name: 'dcgan',
    words: ['--model', 'dcgan', '--channels', '32', '--hidden', '0', '--batch-size', '32', ...alike],
  },
  { name: 'gan', words: ['--model', 'gan', '--batch-size', '32', ...alike] },
];

function main() {
  mkdirSync(flags.runs, { recursive: true });
  const set = join(flags.runs, 'stacked-mnist');
  const made = ['--count', flags.count, '--test-count', '1000', '--out', set];
  if (!existsSync(set)) aigc(['data', 'make', 'stacked-mnist', '--data', flags.data, ...made]);
  const rows = contestants.map(({ name, words }) => {
    const folder = join(flags.runs, name);
    const all = [...words, '--steps', flags.steps];
    train(folder, [...all, '--data', set, '--log-every-steps', '100']);
    return { command: `aigc train ${all.join(' ')} --data stacked-mnist`, ...modesOf(folder, set) };
  });
  const page = pageOf(rows);
  if (!flags.write) {
    process.stdout.write(page);
    return;
  }
  const docs = join(__dirname, '..', 'docs');
  writeFileSync(join(docs, 'stacked-mnist.md'), page);
  const grids = join(flags.runs, 'r3', 'samples');
  const last = /** @type {string} */ (readdirSync(grids).sort().at(-1));
  copyFileSync(join(grids, last), join(docs, 'images', 'stacked-r3.png'));
}

/** @param {string} folder @param {string} set */
function modesOf(folder, set) {
  const file = join(folder, `modes-${flags['sample-count']}.json`);
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'));
  const subject = ['--checkpoint', folder, '--data', set, '--metrics', 'modes'];
  const figures = evaluate([...subject, '--sample-count', flags['sample-count']]);
  writeFileSync(file, JSON.stringify(figures));
  return figures;
}

/** @param {{ mean: number, standardError: number }} estimate @param {number} digits */
const cell = ({ mean, standardError }, digits) =>
  `${mean.toFixed(digits)} ± ${standardError.toFixed(digits)}`;

/** @param {readonly any[]} rows */
function pageOf(rows) {
  const real = rows[0].modesCovered.real && {
    modesCovered: rows[0].modesCovered.real,
    modesKl: rows[0].modesKl.real,
  };
  return `# Stacked MNIST

Made by \`npm run stacked -- --write\` (bench/stacked.js): three digits of MNIST as the channels of one image, a thousand modes, ${flags.count} of
them to train on (\`aigc data make stacked-mnist\`); ${flags.steps} steps of 32 images; modes and their KL from the uniform distribution among
${flags['sample-count']} samples ([metrics.md](metrics.md#modes-modes-of-stacked-mnist))${flags.note && `; ${flags.note}`}.

| | modes of 1,000 | KL, nats |
|---|---:|---:|
${[...rows, ...(real ? [{ command: 'real images', ...real }] : [])]
  .map(({ command, modesCovered, modesKl }) => {
    const who = command === 'real images' ? command : `\`${command}\``;
    return `| ${who} | ${cell(modesCovered, 0)} | ${cell(modesKl, 3)} |`;
  })
  .join('\n')}

![100 images drawn by r3](images/stacked-r3.png)

Published, of other networks and classifiers: DCGAN 99 modes and a KL of 3.40, PacGAN2 1,000 and 0.06 (Lin et al. 2018, table 1,
[arXiv 1712.04086](https://arxiv.org/abs/1712.04086)), R3GAN 1,000 and 0.029 (Huang et al. 2024, table 2,
[arXiv 2501.05441](https://arxiv.org/abs/2501.05441)).
`;
}

main();
