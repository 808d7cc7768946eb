// The text of docs/gallery.md and docs/results.md.

const remade =
  'Made by `npm run results -- --data FOLDER --write` (bench/results.js) from its runs, whose figures are in [results.json](results.json).';

const number = (value, digits) => value.toFixed(digits).replace('-', '−');
const minutes = (run) => (run.minutes < 1 ? '< 1' : number(run.minutes, run.minutes < 10 ? 1 : 0));

function lossesOf({ last }) {
  const say = (figures) =>
    Object.entries(figures ?? {}).map(
      ([name, value]) => `${name} ${number(value, Math.abs(value) < 10 ? 3 : 2)}`,
    );
  const held = say(last.heldOut).map((text) => `test ${text}`);
  return [...say(last.losses), ...held].join(' · ');
}

exports.galleryPage = (runs) => {
  const sections = runs.map((run) =>
    [
      `## ${run.name}`,
      '',
      '```',
      `$ ${run.command}`,
      '```',
      '',
      `${run.steps.toLocaleString('en-US')} steps, ${minutes(run)} minutes, seed ${run.seed}. At its end: ${lossesOf(run)}.`,
      '',
      `![100 images drawn by ${run.name}](images/gallery/${run.name}.png)`,
    ].join('\n'),
  );
  return [
    '# Gallery',
    '',
    'What each family draws after a short run on MNIST with its default settings: the grid that `aigc train` itself wrote at the end of the run, from latents that were fixed before it began. Nothing was picked. Conditional families have one class a row. What these runs measure is in [results.md](results.md).',
    '',
    remade,
    '',
    sections.join('\n\n'),
    '',
  ].join('\n');
};

const columns = [
  ['fid', 'FID', 2],
  ['precision', 'precision', 3],
  ['recall', 'recall', 3],
  ['density', 'density', 3],
  ['coverage', 'coverage', 3],
  ['classifierScore', 'classifier score', 2],
  ['labelDistance', 'label distance', 3],
  ['msSsim', 'MS-SSIM', 3],
  ['memorisation', 'memorisation', 3],
  ['parzen', 'Parzen, nats', 1],
];

const cell = (estimate, digits) =>
  estimate === undefined
    ? ''
    : `${number(estimate.mean, digits)} ± ${number(estimate.standardError, digits)}`;

function sampleTable(runs) {
  const measured = runs.filter(({ figures }) => figures.fid);
  const real = measured[0]?.figures ?? {};
  const rows = measured.map((run) => [
    run.name,
    minutes(run),
    ...columns.map(([name, , digits]) => cell(run.figures[name], digits)),
  ]);
  const floor = ['real images', '', ...columns.map(([name, , digits]) => cell(real[name]?.real, digits))];
  return table(['run', 'minutes', ...columns.map(([, label]) => label)], [...rows, floor]);
}

function likelihoodTable(runs) {
  const measured = runs.filter(({ figures }) => figures.elbo || figures.nll);
  return table(
    ['run', 'minutes', 'test NLL', 'test ELBO', 'reconstruction', 'KL', 'nats are'],
    measured.map((run) => [
      run.name,
      minutes(run),
      ...['nll', 'elbo', 'reconstruction', 'kl'].map((name) => cell(run.figures[name], 2)),
      (run.figures.elbo ?? run.figures.nll).note ?? '',
    ]),
  );
}

/** The likelihood of the runs in which it was measured, as they went on. */
function curveTable(runs) {
  const rows = runs.flatMap(({ name, curve = [] }) =>
    curve.map(({ minutes: at, step, bound, elbo }) =>
      [name, number(at, 1), step, number(bound, 2), number(elbo, 2)].map(String),
    ),
  );
  return table(['run', 'minutes', 'step', 'training bound, nats', 'test ELBO, nats'], rows);
}

function fidCurveTable(runs) {
  const rows = runs.flatMap(({ name, fidCurve = [] }) =>
    fidCurve.map((point) => [name, number(point.minutes, 1), point.step, cell(point, 2)].map(String)),
  );
  return table(['run', 'minutes', 'step', 'FID'], rows);
}

function peerTable({ rows }) {
  const shown = columns.filter(([name]) => name !== 'memorisation');
  return table(
    ['who', 'minutes', 'steps', ...shown.map(([, label]) => label)],
    rows.map((row) => [
      row.name,
      number(row.minutes, 1),
      row.steps.toLocaleString('en-US'),
      ...shown.map(([name, , digits]) => cell(row.figures[name], digits)),
    ]),
  );
}

const versionsOf = ({ rows }) =>
  [
    ...new Set(rows.flatMap(({ versions = {} }) => Object.entries(versions).map((pair) => pair.join(' ')))),
  ].join(', ');

const peerSection = (peers) => [
  '## Peers under the same ruler',
  '',
  `A DCGAN for as many minutes in aigc, in PyTorch and in Keras: the same network, initial weights, Adam, batch of 64 and order of the updates, of each framework the form that was fastest on this machine (bench/peers). One after the other on the same cores; the peers' minutes are those of their steps, ours those of the whole run with its start, grids and checkpoints. aigc draws with the average of the generator's weights unless told otherwise; the peers, as their users write them, have none. ${versionsOf(peers)}. On ${peers.conditions}.`,
  '',
  peerTable(peers),
  '',
  firstWords(peers),
  '',
];

/** Ours is not the first by every column. */
function firstWords({ rows }) {
  const first = (by) => [...rows].sort((a, b) => by(a) - by(b))[0]?.name;
  return `The lowest FID is that of ${first(({ figures }) => figures.fid.mean)}; the most steps were those of ${first(({ steps }) => -steps)}.`;
}

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

exports.resultsPage = (runs, peers) => {
  const [network] = runs.flatMap(({ figures }) => figures.fid?.featureNetwork ?? []);
  return [
    '# Results on MNIST',
    '',
    `${remade} What the figures mean and how they are measured is in [metrics.md](metrics.md). ± is one standard error. The samples are in [gallery.md](gallery.md).`,
    '',
    `Feature network ${network?.slice(0, 12) ?? ''}. 10,000 samples against the 10,000 test images.`,
    '',
    '## Samples',
    '',
    sampleTable(runs),
    '',
    'The last line is 10,000 training images in the place of samples: what a perfect generator would get. A memorisation of 1 is what unseen images get, 0 what copies of the training set do.',
    '',
    '### FID against minutes',
    '',
    fidCurveTable(runs),
    '',
    '## Likelihoods',
    '',
    likelihoodTable(runs),
    '',
    'NLL: 5,000 importance samples an image, as in Burda et al. 2015. Figures in nats can be compared only where the last column says the same.',
    '',
    '### Against minutes',
    '',
    'The training bound is that of as many samples as the run trains with, a bound of the log-likelihood that is tight at 50; the test ELBO is of one sample.',
    '',
    curveTable(runs),
    '',
    ...(peers ? peerSection(peers) : []),
    published,
    '',
    '## Commands and conditions',
    '',
    ...[...new Set(runs.map(({ conditions }) => conditions))].flatMap((conditions) => [
      `On ${conditions}:`,
      '',
      ...runs
        .filter((run) => run.conditions === conditions)
        .map(({ name, command, seed }) => `- ${name} (seed ${seed}): \`${command}\``),
      '',
    ]),
  ].join('\n');
};

const published = `## Published figures

They are not under our protocol, so they are bearings, not opponents:

| what | published | how it differs |
|---|---|---|
| NLL, binarised MNIST, one stochastic layer | VAE 86.76, IWAE k=50 84.78 (Burda et al. 2015); DReG k=50 84.32 | trained for millions of steps; the same likelihood, binarisation and 5,000 samples |
| NLL, binarised MNIST, two stochastic layers | VAE 85.33, IWAE k=50 82.90 (Burda et al. 2015) | the same |
| Parzen window, 10,000 samples | GAN 225 ± 2 (Goodfellow et al. 2014), adversarial autoencoder 340 ± 2 (Makhzani et al. 2015) | σ chosen on other validation images |
| FID | GAN 6.8 ± 0.5, WGAN 6.7 ± 0.4, WGAN-GP 20.3 ± 5.0, VAE 23.8 ± 0.6 (Lucic et al. 2018) | Inception's features, not a digit classifier's: another scale |
| classifier score | 9.88 ± 0.06 for the real test set (Li et al.) | another classifier |`;
