// Families with other options than their defaults, so that the suites that run over families run over those too.
import type { OptionValue } from '../src/config/option';
import type { Family } from '../src/models/family';
import { familyOptions, findFamily } from '../src/models/index';

function variant(name: string, values: Readonly<Record<string, OptionValue>>): Family {
  const family = findFamily(name);
  const options = Object.entries(family.options).map(([field, option]) => [
    field,
    field in values ? { ...option, default: values[field] } : option,
  ]);
  const words = Object.values(values).join(' ');
  return { ...family, name: `${name} (${words})`, options: Object.fromEntries(options) };
}

export const variants: readonly Family[] = [
  ...['gan', 'dcgan'].flatMap((name) =>
    ['wgan-gp', 'sngan', 'relativistic'].map((loss) => variant(name, { loss })),
  ),
  variant('gan', {
    loss: 'mse',
    augment: 'color-translation-cutout',
    ema: 0,
    schedule: 'cosine',
    decaySteps: 9,
  }),
  variant('cgan', { loss: 'sngan' }),
  variant('vae', { likelihood: 'gaussian' }),
  variant('vae', { likelihood: 'logistic' }),
  variant('vae', { binarise: 'dynamic' }),
  variant('iwae', { layers: 2 }),
  variant('dcgan', { loss: 'relativistic', generatorNormalisation: 'none' }),
  variant('gan', { optimizer: 'schedule-free-adam' }),
  variant('dcgan', { optimizer: 'muon' }),
  variant('cvae', { network: 'perceptrons', prior: 'standard' }),
  variant('vq-vae', { quantiser: 'fsq', schedule: 'linear', decaySteps: 9 }),
];

const narrow = { hidden: 32, channels: 16, hiddenUnits: 32, hiddenChannels: 16, drawSteps: 2 };

/** A family's options with networks as narrow as they can be, for what does not depend on their width. */
export function narrowOptions(family: Family, batchSize: number): ReturnType<typeof familyOptions> {
  const given = Object.fromEntries(Object.entries(narrow).filter(([name]) => name in family.options));
  return familyOptions(family, given, { batchSize });
}
