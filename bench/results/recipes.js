// What `npm run results` trains: each family's default, and the other objectives. At most 15 minutes each on two cores,
// but for the two whose likelihood is held against published figures.

/** `published` is from the papers in DESIGN.md's table; the protocols differ as docs/results.md says. */
module.exports = [
  { name: 'gan', words: ['--model', 'gan', '--epochs', '10'] },
  { name: 'gan-mse', words: ['--model', 'gan', '--loss', 'mse', '--epochs', '5'] },
  { name: 'gan-wgan-gp', words: ['--model', 'gan', '--loss', 'wgan-gp', '--epochs', '10'] },
  { name: 'gan-sngan', words: ['--model', 'gan', '--loss', 'sngan', '--epochs', '5'] },
  { name: 'gan-relativistic', words: ['--model', 'gan', '--loss', 'relativistic', '--epochs', '5'] },
  { name: 'dcgan', words: ['--model', 'dcgan', '--epochs', '2'] },
  { name: 'cgan', words: ['--model', 'cgan', '--epochs', '2'] },
  { name: 'acgan', words: ['--model', 'acgan', '--epochs', '1'] },
  { name: 'vae', words: ['--model', 'vae', '--epochs', '10'] },
  { name: 'conv-vae', words: ['--model', 'conv-vae', '--epochs', '3'] },
  { name: 'beta-vae', words: ['--model', 'beta-vae', '--epochs', '3'] },
  { name: 'cvae', words: ['--model', 'cvae', '--epochs', '10'] },
  { name: 'vq-vae', words: ['--model', 'vq-vae', '--epochs', '3'] },
  {
    name: 'iwae',
    words: [
      '--model',
      'iwae',
      '--batch-size',
      '20',
      '--schedule',
      'cosine',
      '--steps',
      '100000',
      '--keep',
      '20',
    ],
    metrics: ['--metrics', 'all'],
  },
  {
    name: 'iwae-k1',
    words: [
      ...['--model', 'iwae', '--importance-samples', '1', '--estimator', 'iwae'],
      ...['--batch-size', '100', '--schedule', 'cosine', '--steps', '240000', '--keep', '10'],
    ],
    metrics: ['--metrics', 'all'],
  },
];
