import { boolean, choice, flagName, integer, number, type Option, text } from '../../src/config/option';
import { callOptions } from '../../src/config/train-options';

const accepts = (option: Option, value: unknown) => option.schema.safeParse(value).success;
const description = 'a thing';

describe('integer', () => {
  const option = integer({ description, default: 3, min: 1, max: 5 });

  it.each([1, 3, 5])('takes %p', (value) => expect(accepts(option, value)).toBe(true));
  it.each([0, 6, 2.5, '3', Number.NaN, Number.POSITIVE_INFINITY, null, true])('refuses %p', (value) => {
    expect(accepts(option, value)).toBe(false);
  });

  it('says what it expects', () => {
    expect(option.expected).toBe('a whole number from 1 to 5');
    expect(integer({ description, min: 1 }).expected).toBe('a whole number of at least 1');
    expect(integer({ description, max: 9 }).expected).toBe('a whole number of at most 9');
    expect(integer({ description }).expected).toBe('a whole number');
  });
});

describe('number', () => {
  const option = number({ description, above: 0, max: 1 });

  it.each([1e-9, 0.5, 1])('takes %p', (value) => expect(accepts(option, value)).toBe(true));
  it.each([0, -1, 1.01, '0.5', Number.NaN])('refuses %p', (value) => {
    expect(accepts(option, value)).toBe(false);
  });

  it('says what it expects', () => {
    expect(option.expected).toBe('a number above 0 and of at most 1');
    expect(number({ description, above: 0 }).expected).toBe('a number above 0');
  });
});

it('choice takes its words alone', () => {
  const option = choice(['bce', 'mse'], { description, default: 'bce' });
  expect(accepts(option, 'mse')).toBe(true);
  for (const value of ['', 'BCE', 'wgan', 1]) expect(accepts(option, value)).toBe(false);
  expect(option).toMatchObject({ placeholder: 'bce|mse', expected: 'one of bce, mse', default: 'bce' });
  expect(choice(['only'], { description }).expected).toBe('"only"');
  expect(option.choices).toEqual(['bce', 'mse']);
});

it('boolean takes true and false alone', () => {
  const option = boolean({ description });
  expect([true, false, 'true', 1].map((value) => accepts(option, value))).toEqual([true, true, false, false]);
  expect(option.default).toBeUndefined();
});

it('text takes what its pattern takes, and nothing empty', () => {
  const option = text({ description, placeholder: 'RxC', pattern: /^\d+x\d+$/, expected: 'such as 2x3' });
  expect(['2x3', '2x', ''].map((value) => accepts(option, value))).toEqual([true, false, false]);
  expect(option.expected).toBe('such as 2x3');
  expect(accepts(text({ description, placeholder: 'FILE' }), '')).toBe(false);
});

it('a default and its reason are kept', () => {
  expect(number({ description, default: 0.5, why: 'a paper' })).toMatchObject({
    default: 0.5,
    why: 'a paper',
  });
  expect('why' in number({ description })).toBe(false);
});

it('an option is part of what a run is unless it says otherwise', () => {
  expect(number({ description }).role).toBe('identity');
  expect(number({ description, role: 'words' }).role).toBe('words');
});

it('flagName turns a field into its flag', () => {
  expect(['seed', 'latentDim', 'sampleEveryEpochs'].map(flagName)).toEqual([
    '--seed',
    '--latent-dim',
    '--sample-every-epochs',
  ]);
});

test('no option of a call is part of what a run is: it may differ when the run goes on', () => {
  const roles = Object.entries(callOptions).map(([name, { role }]) => [name, role]);
  for (const [name, role] of roles)
    expect([name, role]).toEqual([name, expect.stringMatching(/^(call|flag)$/)]);
});
