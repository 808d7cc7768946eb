// What `npm run results` trains: each family's default, and the other objectives of a GAN. At most 15 minutes each on two
// cores, but for the two whose likelihood is held against published figures.

const recipe = (name, words, { metrics = '', fidCurve = false } = {}) => ({
  name,
  words: words.split(' '),
  metrics: metrics.split(' ').filter(Boolean),
  /** Whether every checkpoint that is kept is measured, to see what more minutes bring. */
  fidCurve,
});

module.exports = [
  recipe('gan', '--model gan --epochs 10'),
  recipe('gan-mse', '--model gan --loss mse --epochs 3'),
  recipe('gan-wgan-gp', '--model gan --loss wgan-gp --epochs 30'),
  recipe('gan-sngan', '--model gan --loss sngan --epochs 3'),
  recipe('gan-relativistic', '--model gan --loss relativistic --epochs 3'),
  recipe('dcgan', '--model dcgan --epochs 1'),
  recipe('cgan', '--model cgan --epochs 3', { fidCurve: true }),
  recipe('acgan', '--model acgan --epochs 1'),
  recipe('vae', '--model vae --epochs 10'),
  recipe('conv-vae', '--model conv-vae --epochs 3'),
  recipe('beta-vae', '--model beta-vae --epochs 3'),
  recipe('cvae', '--model cvae --epochs 3'),
  recipe('vq-vae', '--model vq-vae --epochs 3'),
  recipe(
    'iwae',
    '--model iwae --batch-size 20 --learning-rate 0.002 --schedule cosine --steps 95000 --keep 20',
    { metrics: '--metrics all' },
  ),
  recipe(
    'iwae-k1',
    '--model iwae --importance-samples 1 --estimator iwae --batch-size 100 --schedule cosine --steps 240000 --keep 10',
    { metrics: '--metrics all' },
  ),
];
