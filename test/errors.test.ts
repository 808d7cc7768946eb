import {
  AigcError,
  BackendError,
  closest,
  DataError,
  DivergedError,
  didYouMean,
  exitCodes,
  InterruptedError,
  UsageError,
} from '../src/errors';

describe('closest', () => {
  it.each([
    ['gna', 'gan'], // a swap counts once
    ['ga', 'gan'],
    ['GAN', 'gan'],
    ['dcgna', 'dcgan'],
    ['vea', 'vae'],
  ])('takes %s for %s', (word, meant) => {
    expect(closest(word, ['gan', 'dcgan', 'vae'])).toBe(meant);
  });

  it('finds nothing when nothing is near, or there is nothing', () => {
    expect(closest('diffusion', ['gan', 'dcgan', 'vae'])).toBeUndefined();
    expect(closest('gan', [])).toBeUndefined();
  });

  it('forgives more in a longer word: a third of its letters', () => {
    expect(closest('discriminator-lr-rate', ['discriminator-learning-rate'])).toBe(
      'discriminator-learning-rate',
    );
    expect(closest('abcdef', ['abcxyz'])).toBeUndefined();
  });

  it('takes the nearest of several', () => {
    expect(closest('beta3', ['beta1x', 'beta2', 'betas'])).toBe('beta2');
  });
});

it('didYouMean names the match, or all that there is', () => {
  expect(didYouMean('gna', ['gan', 'vae'])).toBe('Did you mean "gan"?');
  expect(didYouMean('transformer', ['gan', 'vae'])).toBe('There is: gan, vae.');
});

describe('errors', () => {
  it('have the exit codes that the README promises to scripts', () => {
    expect(exitCodes).toEqual({ ok: 0, bug: 1, usage: 2, data: 3, backend: 4, diverged: 5, signal: 128 });
    expect(new UsageError('').exitCode).toBe(2);
    expect(new DataError('').exitCode).toBe(3);
    expect(new BackendError('').exitCode).toBe(4);
    expect(new DivergedError('').exitCode).toBe(5);
    expect(new InterruptedError(2, '').exitCode).toBe(130);
    expect(new InterruptedError(15, '').exitCode).toBe(143);
  });

  it('carry their name, hint and cause', () => {
    const cause = new Error('why');
    const error = new DataError('what', { hint: 'do this', cause });
    expect(error).toBeInstanceOf(AigcError);
    expect(error).toMatchObject({
      name: 'DataError',
      message: 'what',
      hint: 'do this',
      cause,
      label: 'error',
    });
    expect(new DataError('what').hint).toBeUndefined();
    expect(Object.hasOwn(new DataError('what'), 'cause')).toBe(false);
  });

  it('an interruption is announced as such, not as an error', () => {
    expect(new InterruptedError(2, 'saved').label).toBe('stopped');
  });
});
