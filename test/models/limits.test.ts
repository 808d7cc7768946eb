// Sizes that no machine could hold are refused by the option, not by an allocation.

import { resolveOptions } from '../../src/config/resolve';
import { UsageError } from '../../src/errors';
import { families, findFamily } from '../../src/models';

const resolve = (family: string, option: string, value: string) => () =>
  resolveOptions(findFamily(family).options, { [option]: value }, {});

describe.each(families.map(({ name }) => name))('%s', (family) => {
  it.each([
    ['latentDim', '1000000000', /--latent-dim must be a whole number from 1 to 4096, got 1000000000/],
    ['batchSize', '65537', /--batch-size must be a whole number from [12] to 65536, got 65537/],
  ])('refuses --%s %s', (option, value, message) => {
    expect(resolve(family, option, value)).toThrow(UsageError);
    expect(resolve(family, option, value)).toThrow(message);
  });

  it('takes the largest', () => {
    expect(resolve(family, 'latentDim', '4096')()).toMatchObject({ latentDim: 4096 });
    expect(resolve(family, 'batchSize', '65536')()).toMatchObject({ batchSize: 65536 });
  });
});

it('vae refuses a hidden layer without end', () => {
  expect(resolve('vae', 'hiddenUnits', '3000000')).toThrow(/--hidden-units must be .* from 1 to 16384/);
});
