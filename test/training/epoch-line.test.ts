import { epochLine, figureWords } from '../../src/training/observers/epoch-line';
import { duration, imageRate } from '../../src/words';

const gan = [
  { name: 'generator', label: 'generator' },
  { name: 'discriminator', label: 'discriminator' },
];
const vae = [
  { name: 'elbo', label: 'ELBO', unit: 'nats' },
  { name: 'kl', label: 'KL', unit: 'nats' },
];

it('is the line of CLI.md', () => {
  const event = {
    event: 'epoch',
    epoch: 3,
    step: 1404,
    losses: { discriminator: 1.2041, generator: 0.91349 },
    imagesPerSecond: 41_234,
    seconds: 12.2,
  } as const;
  expect(epochLine(event, { losses: gan, heldOut: [], epochs: 100 })).toBe(
    'Epoch 3/100 · generator 0.913 · discriminator 1.204 · 41,200 images/s · 12 s',
  );
});

it('adds the first of the figures on the test split', () => {
  const event = {
    event: 'epoch',
    epoch: 1,
    step: 468,
    losses: { elbo: -120.456, kl: 20.5 },
    heldOut: { elbo: -118.004, kl: 21 },
    imagesPerSecond: 900.4,
    seconds: 1.25,
  } as const;
  expect(epochLine(event, { losses: vae, heldOut: vae, epochs: 20 })).toBe(
    'Epoch 1/20 · ELBO −120.46 nats · KL 20.50 nats · test ELBO −118.00 nats · 900 images/s · 1.3 s',
  );
  const { heldOut: _, ...without } = event;
  expect(epochLine(without, { losses: vae, heldOut: vae, epochs: 20 })).not.toContain('test');
});

it('leaves out the figures that there are not', () => {
  expect(figureWords({ generator: -0.5 }, gan)).toEqual(['generator −0.500']);
  expect(figureWords({}, gan)).toEqual([]);
});

it.each([
  [0, '0.0 s'],
  [9.94, '9.9 s'],
  [9.95, '10 s'],
  [59.4, '59 s'],
  [59.6, '1 min 0 s'],
  [200, '3 min 20 s'],
  [3599.6, '1 h 0 min'],
  [7500, '2 h 5 min'],
])('%p seconds are %s', (seconds, words) => {
  expect(duration(seconds)).toBe(words);
});

it.each([
  [0.2, '0 images/s'],
  [999.4, '999 images/s'],
  [1049, '1,000 images/s'],
  [41_250, '41,300 images/s'],
])('%p is %s', (rate, words) => {
  expect(imageRate(rate)).toBe(words);
});
