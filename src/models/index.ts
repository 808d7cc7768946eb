// The registry of model families.

import type { Options, OptionValues } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import { didYouMean, UsageError } from '../errors';
import type { Family } from './family';
import { acgan } from './gan/acgan';
import { cgan } from './gan/cgan';
import { dcgan } from './gan/dcgan';
import { gan } from './gan/gan';
import { betaVae } from './vae/beta-vae';
import { convVae } from './vae/conv-vae';
import { cvae } from './vae/cvae';
import { iwae } from './vae/iwae';
import { vae } from './vae/vae';
import { vqVae } from './vae/vq-vae';

export const families: readonly Family[] = [
  gan,
  dcgan,
  cgan,
  acgan,
  vae,
  convVae,
  betaVae,
  cvae,
  iwae,
  vqVae,
];

export const familyNames: readonly string[] = families.map((family) => family.name);

/** @throws UsageError with the closest name when there is no such family */
export function findFamily(name: string): Family {
  const family = families.find((candidate) => candidate.name === name);
  if (family) return family;
  throw new UsageError(`There is no model family "${name}".`, {
    hint: didYouMean(name, familyNames),
  });
}

/**
 * A family's options, with those filled in that follow from others.
 * @param flags from the command line, as strings @param file from a configuration, which flags outrank
 * @throws UsageError for a value that its option refuses, and for values that exclude each other
 */
export function familyOptions(family: Family, flags: RawValues, file: RawValues): OptionValues<Options> {
  const options = resolveOptions(family.options, flags, file);
  return family.complete?.(options) ?? options;
}
