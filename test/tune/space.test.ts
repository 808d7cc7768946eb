import { families, familyOptions, findFamily } from '../../src/models';
import {
  type Configuration,
  drawConfigurations,
  familySpace,
  idleInSpace,
  neverDrawn,
  parseSpace,
  type Space,
  spaceWords,
  variedNames,
} from '../../src/tune/space';
import { defaultsOf, unlikeNats, usableConfiguration } from '../../src/tune/tune-plan';

const vae = findFamily('vae');
const draw = (space: Space, count: number, seed = 1) =>
  drawConfigurations(space, count, [], { seed, options: vae.options, usable: (drawn) => drawn });

it.each(families.map(({ name }) => [name]))(
  '%s says where to look, and its draws are options that it takes',
  (name) => {
    const family = findFamily(name);
    const space = familySpace(family);
    expect(Object.keys(space)).toContain(name.includes('gan') ? 'generatorLearningRate' : 'learningRate');
    expect(defaultsOf(family, space)).toBeDefined();
    const drawing = {
      seed: 1,
      options: family.options,
      usable: (drawn: Configuration) => usableConfiguration(family, 60_000, drawn),
    };
    for (const configuration of drawConfigurations(space, 20, [], drawing)) {
      expect(familyOptions(family, {}, configuration)).toMatchObject(configuration);
    }
  },
);

it('reads ranges, values and a fixed value, and writes them as they are typed', () => {
  const words = [
    'learning-rate=0.0001..0.01:log',
    'beta=1,2,4',
    'hidden-units=400',
    'latent-dim=2..8',
    'binarise=none,static',
  ];
  const space = parseSpace(words, vae.options);
  expect(space).toEqual({
    learningRate: { from: 1e-4, to: 1e-2, log: true },
    beta: { among: [1, 2, 4] },
    hiddenUnits: { among: [400] },
    latentDim: { from: 2, to: 8 },
    binarise: { among: ['none', 'static'] },
  });
  expect(spaceWords(space)).toEqual(words);
  expect(variedNames(space)).toEqual(['learningRate', 'beta', 'latentDim', 'binarise']);
});

it.each([
  ['learning-rat=1..2', /no option "learning-rat"/],
  ['learning-rate', /must be an option and where to look/],
  ['learning-rate=-1..2', /--learning-rate must be a number above 0, got -1/],
  ['learning-rate=2..1', /from a smaller to a larger number, got 2\.\.1/],
  ['beta=0..1:log', /above 0 for :log/],
  ['latent-dim=2.5', /--latent-dim must be a whole number/],
  ['binarise=none..static', /a range is for numbers/],
  ['binarise=nonne', /--binarise must be one of/],
])('refuses %s', (word, message) => {
  expect(() => parseSpace([word], vae.options)).toThrow(message);
});

it('leaves out what does nothing beside the other defaults', () => {
  expect(Object.keys(familySpace(findFamily('vae')))).toContain('hiddenUnits');
  expect(Object.keys(familySpace(findFamily('cvae')))).not.toContain('hiddenUnits');
});

it('says what does nothing because of an option that is not searched', () => {
  const decay = { decaySteps: { among: [5, 10] } };
  expect(idleInSpace(vae, decay)).toEqual(['--decay-steps has no effect: --schedule is constant.']);
  expect(idleInSpace(vae, { ...decay, schedule: { among: ['linear', 'cosine'] } })).toEqual([]);
  expect(idleInSpace(findFamily('gan'), familySpace(findFamily('gan')))).toEqual([]);
});

it('draws no value that does nothing beside the others, and no batch larger than the set', () => {
  const space = parseSpace(
    ['schedule=constant,cosine', 'decay-steps=100,200', 'batch-size=32,5000'],
    vae.options,
  );
  const usable = (drawn: Configuration) => usableConfiguration(vae, 1000, drawn);
  const drawn = drawConfigurations(space, 20, [], { seed: 1, options: vae.options, usable });
  expect(drawn).toHaveLength(3);
  expect(neverDrawn(space, drawn)).toEqual([expect.stringContaining('--batch-size 5000 is left out')]);
  expect(drawn).toContainEqual({ schedule: 'constant', batchSize: 32 });
  expect(drawn).toContainEqual({ schedule: 'cosine', decaySteps: 200, batchSize: 32 });
});

it('knows whether the nats of configurations compare', () => {
  const likelihoods = [{ likelihood: 'bernoulli' }, { likelihood: 'logistic' }, { likelihood: 'logistic' }];
  expect(unlikeNats(vae, { metric: 'elbo' }, likelihoods)).toHaveLength(2);
  expect(unlikeNats(vae, { metric: 'elbo' }, likelihoods.slice(1))).toEqual([]);
  expect(unlikeNats(vae, { metric: 'fid' }, likelihoods)).toEqual([]);
});

it('draws the same from the same seed, the first ones whatever the count, each only once', () => {
  const space = familySpace(vae);
  expect(draw(space, 20).slice(0, 5)).toEqual(draw(space, 5));
  expect(draw(space, 5, 2)).not.toEqual(draw(space, 5));
  expect(draw({ beta: { among: [1, 2, 3] }, latentDim: { from: 2, to: 3 } }, 50)).toHaveLength(6);
});

it('an option keeps its values when another is searched beside it', () => {
  const [learningRate, beta] = [{ from: 1e-4, to: 1e-2, log: true }, { among: [1, 2] }];
  const alone = draw({ learningRate }, 8).map((drawn) => drawn.learningRate);
  expect(draw({ beta, learningRate }, 8).map((drawn) => drawn.learningRate)).toEqual(alone);
});

it('spreads draws over the range: by factors where it is one of factors', () => {
  const log = draw({ learningRate: { from: 1e-4, to: 1e-2, log: true } }, 400).map(
    (drawn) => drawn.learningRate as number,
  );
  const low = log.filter((value) => value < 1e-3).length / log.length;
  expect(low).toBeGreaterThan(0.4);
  expect(low).toBeLessThan(0.6);
  expect(Math.min(...log)).toBeGreaterThanOrEqual(1e-4);
  expect(Math.max(...log)).toBeLessThanOrEqual(1e-2);
});
