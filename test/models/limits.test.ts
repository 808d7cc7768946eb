// Sizes that no machine could hold are refused by the option, not by an allocation.

import { resolveOptions } from '../../src/config/resolve';
import { UsageError } from '../../src/errors';
import { families, findFamily } from '../../src/models';

const resolve = (family: string, option: string, value: string) => () =>
  resolveOptions(findFamily(family).options, { [option]: value }, {});

/** Not every family has each: what is drawn from may follow from other options. */
const limits = [
  ['latentDim', '1000000000', /--latent-dim must be a whole number from 1 to 4096, got 1000000000/, '4096'],
  ['batchSize', '65537', /--batch-size must be a whole number from [12] to 65536, got 65537/, '65536'],
] as const;

describe.each(families.map(({ name }) => name))('%s', (family) => {
  const own = limits.filter(([option]) => option in findFamily(family).options);
  it.each(own)('refuses --%s %s', (option, value, message) => {
    expect(resolve(family, option, value)).toThrow(UsageError);
    expect(resolve(family, option, value)).toThrow(message);
  });

  it.each(own)('takes the largest --%s', (option, _value, _message, largest) => {
    expect(resolve(family, option, largest)()).toMatchObject({ [option]: Number(largest) });
  });
});

it('vae refuses a hidden layer without end', () => {
  expect(resolve('vae', 'hiddenUnits', '3000000')).toThrow(/--hidden-units must be .* from 1 to 16384/);
});
