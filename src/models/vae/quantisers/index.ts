// The registry of quantisers, by the name that --quantiser takes.
import { choice } from '../../../config/option';
import { codebook } from './codebook';
import { fsq } from './fsq';

export const quantisers = { codebook, fsq };

/** The choice, and the options of all of them. */
export const quantiserOptions = {
  quantiser: choice(['codebook', 'fsq'], {
    description: 'what makes codes: a codebook that is learnt, or rounding to fixed levels (fsq)',
    default: 'codebook',
  }),
  ...codebook.options,
  ...fsq.options,
};
