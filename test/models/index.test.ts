import { UsageError } from '../../src/errors';
import { completedOptions, familyOptions, fewestAsked, findFamily } from '../../src/models';

const gan = findFamily('gan');

/** The hint of what `findFamily` throws. */
function hintFor(name: string): string | undefined {
  try {
    findFamily(name);
  } catch (error) {
    if (error instanceof UsageError) return error.hint;
  }
  throw new Error('nothing was thrown');
}

it.each([
  ['wgan-gp', '--model gan --loss wgan-gp'],
  ['wgan', '--model gan --loss wgan-gp'],
  ['sngan', '--model gan --loss sngan'],
  ['relativistic', '--model gan --loss relativistic'],
  ['mse', '--model gan --loss mse'],
  ['bernoulli', '--model vae --likelihood bernoulli'],
])('findFamily says of what %s is a value: %s', (name, flags) => expect(hintFor(name)).toContain(flags));

it('findFamily guesses the closest family otherwise', () => {
  expect(hintFor('dcgam')).toBe('Did you mean "dcgan"?');
});

describe('fewestAsked', () => {
  const back = (asked: Record<string, string | number>) =>
    fewestAsked(gan, familyOptions(gan, {}, asked) as Record<string, unknown>);
  const defined = (values: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

  it.each([
    [{}],
    [{ loss: 'wgan-gp' }],
    [{ loss: 'relativistic', r1: 0 }],
    [{ loss: 'mse', learningRate: 0.01 }],
    [{ learningRate: 0.01, normalisation: 'spectral' }],
    [{ schedule: 'cosine', decaySteps: 100 }],
  ] as const)('finds %j again among the values that it was completed to', (asked) => {
    const found = defined(back(asked));
    expect(found).toEqual(asked);
    expect(completedOptions(gan, found as never)).toEqual(familyOptions(gan, {}, asked));
  });

  it('leaves other values alone, and bad ones for who checks them', () => {
    expect(fewestAsked(gan, { model: 'gan', latentDim: 'many' })).toEqual({
      model: 'gan',
      latentDim: 'many',
    });
  });
});
