// What `npm run results` trains: each family's default, and the other objectives of a GAN. At most half an hour each on two
// cores, but for the two whose likelihood is held against published figures.

/**
 * @typedef {object} Choices
 * @property {string[] | false} [metrics] what `aigc evaluate` is told to measure; undefined for its default, false for a run
 *   that is only begun with
 * @property {boolean} [fidCurve] whether every checkpoint that is kept is measured, to see what more minutes bring
 * @property {string} [after] the run whose weights this one starts from (--init)
 */

/** @param {string} name @param {string} words @param {Choices} choices */
const recipe = (name, words, { metrics = [], fidCurve = false, after } = {}) => ({
  name,
  words: words.split(' '),
  metrics,
  fidCurve,
  after,
});

module.exports = [
  recipe('gan', '--model gan --epochs 20'),
  recipe('gan-mse', '--model gan --loss mse --epochs 15'),
  recipe('gan-wgan-gp', '--model gan --loss wgan-gp --epochs 30'),
  recipe('gan-sngan', '--model gan --loss sngan --epochs 15'),
  recipe('gan-relativistic', '--model gan --loss relativistic --epochs 15'),
  recipe('dcgan', '--model dcgan --epochs 1'),
  recipe('dcgan-tuned', '--model dcgan --recipe tuned --steps 24000 --keep 30', { fidCurve: true }),
  recipe('dcgan-r3', '--model dcgan --recipe r3 --epochs 5'),
  recipe('gan-r3', '--model gan --recipe r3 --epochs 15'),
  recipe('cgan', '--model cgan --epochs 12 --keep 20', { fidCurve: true }),
  recipe('acgan', '--model acgan --epochs 1'),
  recipe('vae', '--model vae --epochs 10'),
  recipe('conv-vae', '--model conv-vae --epochs 3'),
  recipe('beta-vae', '--model beta-vae --epochs 3'),
  recipe('cvae', '--model cvae --epochs 8'),
  recipe('vq-vae', '--model vq-vae --schedule cosine --steps 18000 --keep 30', {
    fidCurve: true,
  }),
  recipe('vq-vae-fsq', '--model vq-vae --quantiser fsq --schedule cosine --steps 18000 --keep 30', {
    fidCurve: true,
  }),
  recipe('flow', '--model flow --schedule cosine --steps 22000 --keep 40', { fidCurve: true }),
  // Cheap steps of one sample first, which pass by twenty times as many images a second as those of 50; then of five.
  recipe('iwae-start', '--model iwae --importance-samples 1 --estimator iwae --steps 90000', {
    metrics: false,
  }),
  recipe('iwae-five', '--model iwae --importance-samples 5 --steps 100000', {
    metrics: false,
    after: 'iwae-start',
  }),
  recipe('iwae', '--model iwae --learning-rate 0.0007 --schedule cosine --steps 22000 --keep 20', {
    metrics: ['--metrics', 'nll,elbo'],
    after: 'iwae-five',
  }),
  recipe(
    'iwae-k1',
    '--model iwae --importance-samples 1 --estimator iwae --batch-size 100 --schedule cosine --steps 240000 --keep 10',
    { metrics: ['--metrics', 'all'] },
  ),
  recipe('iwae-long', '--model iwae --recipe iwae-long --keep 20', { metrics: ['--metrics', 'nll,elbo'] }),
];
