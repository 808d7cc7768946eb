import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { boolean, choice, integer, number, text } from '../../src/config/option';
import { checkNames, readConfigFile, resolveOptions } from '../../src/config/resolve';
import { DataError, UsageError } from '../../src/errors';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();

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

describe('readConfigFile', () => {
  const write = (content: string) => {
    const path = join(folder(), 'config.json');
    writeFileSync(path, content);
    return path;
  };

  it('reads an object of options', () => {
    expect(readConfigFile(write('{"model": "gan", "epochs": 5}'))).toEqual({ model: 'gan', epochs: 5 });
  });

  it('reads the configuration that a run.json holds', () => {
    const run = { formatVersion: 1, status: 'finished', config: { model: 'vae', epochs: 2 } };
    expect(readConfigFile(write(JSON.stringify(run)))).toEqual({ model: 'vae', epochs: 2 });
  });

  it.each(['', '[1, 2]', '"gan"', 'null', '{"model": "gan",}'])('refuses %p', (content) => {
    const { message, hint } = refusal(() => readConfigFile(write(content)));
    expect(message).toContain('config.json (--config) is not a JSON object of options');
    expect(hint).toContain('{"model": "gan", "epochs": 5}');
  });

  it('says when there is no file', () => {
    expect(() => readConfigFile(join(folder(), 'none.json'))).toThrow(DataError);
  });
});
