// The registry of quantisers.
import { codebook } from './codebook';

export const quantisers = { codebook };

/** Those of all quantisers. */
export const quantiserOptions = { ...codebook.options };
