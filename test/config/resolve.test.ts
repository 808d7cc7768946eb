import { boolean, choice, integer, number, text } from '../../src/config/option';
import {
  askedValues,
  checkNames,
  checkNoFlags,
  idleFlags,
  resolveOptions,
  withLength,
} from '../../src/config/resolve';
import { UsageError } from '../../src/errors';

const options = {
  latentDim: integer({ description: 'size of the latent vector', default: 100, min: 1 }),
  learningRate: number({ description: 'step size', default: 1e-3, above: 0 }),
  loss: choice(['bce', 'mse'], { description: 'objective', default: 'bce' }),
  out: text({ description: 'folder', placeholder: 'DIR' }),
  resume: boolean({ description: 'go on' }),
};

/** The error that a call throws. */
function refusal(call: () => unknown): UsageError {
  try {
    call();
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('resolveOptions', () => {
  it('fills in defaults; what has none stays undefined', () => {
    expect(resolveOptions(options, {}, {})).toEqual({
      latentDim: 100,
      learningRate: 1e-3,
      loss: 'bce',
      out: undefined,
      resume: undefined,
    });
  });

  it('ranks defaults ← file ← flags', () => {
    const file = { latentDim: 7, learningRate: 0.5 };
    expect(resolveOptions(options, { latentDim: '9' }, file)).toMatchObject({
      latentDim: 9,
      learningRate: 0.5,
      loss: 'bce',
    });
  });

  it('reads numbers from flags as people write them', () => {
    expect(resolveOptions(options, { latentDim: '12', learningRate: '2e-4' }, {})).toMatchObject({
      latentDim: 12,
      learningRate: 0.0002,
    });
  });

  it('leaves fields of other options alone', () => {
    expect(Object.keys(resolveOptions(options, { model: 'gan' }, { epochs: 3 }))).toEqual(
      Object.keys(options),
    );
  });

  it.each([
    ['latentDim', '0', '--latent-dim must be a whole number of at least 1, got 0.'],
    ['latentDim', '1.5', '--latent-dim must be a whole number of at least 1, got 1.5.'],
    ['latentDim', 'many', '--latent-dim must be a whole number of at least 1, got "many".'],
    ['latentDim', '', '--latent-dim must be a whole number of at least 1, got "".'],
    ['learningRate', '-1', '--learning-rate must be a number above 0, got -1.'],
    ['learningRate', 'Infinity', '--learning-rate must be a number above 0, got Infinity.'],
  ])('refuses --%s %p', (name, word, message) => {
    expect(refusal(() => resolveOptions(options, { [name]: word }, {})).message).toBe(message);
  });

  it('refuses a file’s value of the wrong type, and says where it stands', () => {
    expect(refusal(() => resolveOptions(options, {}, { latentDim: '12' })).message).toBe(
      '"latentDim" in the configuration must be a whole number of at least 1, got "12".',
    );
    expect(refusal(() => resolveOptions(options, {}, { resume: 'yes' })).message).toBe(
      '"resume" in the configuration must be true or false, got "yes".',
    );
  });

  it('hints at the nearest choice, or says what the option is for', () => {
    expect(refusal(() => resolveOptions(options, { loss: 'bec' }, {})).hint).toBe('Did you mean "bce"?');
    expect(refusal(() => resolveOptions(options, { latentDim: '0' }, {})).hint).toBe(
      'size of the latent vector',
    );
  });

  it('checks the file’s value only where no flag outranks it', () => {
    expect(resolveOptions(options, { latentDim: '9' }, { latentDim: 'bad' }).latentDim).toBe(9);
  });
});

it('checkNames refuses a field that no option has, with the closest that one has', () => {
  expect(() => checkNames({ latentDim: 3 }, Object.keys(options), 'c.json')).not.toThrow();
  const { message, hint } = refusal(() => checkNames({ latentDin: 3 }, Object.keys(options), 'c.json'));
  expect(message).toBe('c.json: there is no option "latentDin".');
  expect(hint).toBe('Did you mean "latentDim"?');
});

it('askedValues holds what a flag or the file named, and no default', () => {
  const file = { latentDim: 7, epochs: 3 };
  expect(askedValues(options, { learningRate: '0.5' }, file)).toEqual({ latentDim: 7, learningRate: 0.5 });
});

it('checkNoFlags refuses a field that is a flag alone, by its name and flag', () => {
  const flags = {
    ...options,
    force: boolean({ description: 'replace', role: 'flag' }),
    dryRun: boolean({ description: 'look', role: 'flag' }),
  };
  expect(() => checkNoFlags(flags, { latentDim: 3 }, 'c.json')).not.toThrow();
  const { message, hint } = refusal(() => checkNoFlags(flags, { latentDim: 3, dryRun: false }, 'c.json'));
  expect(message).toBe('c.json: "dryRun" is not taken from a file.');
  expect(hint).toContain('--dry-run');
});

describe('options that follow from the length or do nothing beside others', () => {
  const falling = {
    schedule: choice(['constant', 'cosine'], { description: 'how', default: 'constant' }),
    decaySteps: integer({ description: 'for', onlyWith: { schedule: ['cosine'] }, follows: 'length' }),
    beta: number({ description: 'weight', default: 1 }),
    warmup: integer({ description: 'steps', default: 0, notWith: { beta: [0] } }),
  };

  it('withLength fills in the length where it was left out and does something', () => {
    const filled = (flags: Record<string, string>) =>
      withLength(falling, resolveOptions(falling, flags, {}), 500).decaySteps;
    expect(filled({ schedule: 'cosine' })).toBe(500);
    expect(filled({ schedule: 'cosine', decaySteps: '100' })).toBe(100);
    expect(filled({})).toBeUndefined();
    expect(withLength({}, { batchSize: 4 }, 500)).toEqual({ batchSize: 4 });
  });

  it('idleFlags names the value beside which a flag does nothing', () => {
    const idle = (flags: Record<string, string>) =>
      idleFlags(falling, flags, resolveOptions(falling, flags, {}));
    expect(idle({ warmup: '9', beta: '0' })).toEqual(['--warmup has no effect: --beta is 0.']);
    expect(idle({ warmup: '9' })).toEqual([]);
    expect(idle({ decaySteps: '9' })).toEqual(['--decay-steps has no effect: --schedule is constant.']);
  });
});
