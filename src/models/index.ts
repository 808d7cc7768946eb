// The registry of model families.

import { flagName, type Options, type OptionValue, type OptionValues } from '../config/option';
import { askedValues, type CheckedValues, type RawValues, withDefaults } from '../config/resolve';
import { closest, didYouMean, UsageError } from '../errors';
import { shellWord } from '../words';
import type { Family } from './family';
import { cflow } from './flow/cflow';
import { flow } from './flow/flow';
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
  flow,
  cflow,
];

export const familyNames: readonly string[] = families.map((family) => family.name);

/** @throws UsageError with the closest name when there is no such family */
export function findFamily(name: string): Family {
  const family = families.find((candidate) => candidate.name === name);
  if (family) return family;
  throw new UsageError(`There is no model family "${name}".`, {
    hint: optionOfThatName(name) ?? didYouMean(name, familyNames) + ownFile(name),
  });
}

/** Of a name that is like none of ours, and of a file that was named where only ours are taken. */
function ownFile(name: string): string {
  if (/\.[cm]?js$/i.test(name))
    return ` A file is run only where a flag names it: --model ${shellWord(name)}`;
  return closest(name, familyNames) || /\W/.test(name.replaceAll('-', ''))
    ? ''
    : ` One of your own is named by its file: --model ./${name}.js`;
}

/** What a family is told, taken for a family: wgan-gp, sngan, bernoulli. A word may be short of its end. */
function optionOfThatName(word: string): string | undefined {
  for (const family of families) {
    for (const [name, { choices = [] }] of Object.entries(family.options)) {
      const value =
        choices.find((choice) => choice === word) ?? choices.find((choice) => isEarlyEnd(word, choice));
      if (value === undefined) continue;
      const having = families.filter(({ options }) => options[name]?.choices?.includes(value));
      const names = having.map((one) => one.name).join(', ');
      return `${value} is a ${flagName(name)} of ${names}: --model ${family.name} ${flagName(name)} ${value}`;
    }
  }
  return undefined;
}

const isEarlyEnd = (word: string, choice: OptionValue) =>
  word.length > 2 && String(choice).startsWith(`${word}-`);

/**
 * A family's options, with those filled in that follow from others.
 * @param flags from the command line, as strings @param file from a configuration, which flags outrank
 * @throws UsageError for a value that its option refuses, and for values that exclude each other
 */
export function familyOptions(family: Family, flags: RawValues, file: RawValues): OptionValues<Options> {
  return completedOptions(family, askedValues(family.options, flags, file));
}

/**
 * What a recipe asks for, its length included; nothing without a name.
 * @throws UsageError when the family has no recipe of this name
 */
export function recipeValues({ name: family, recipes = [] }: Family, name: string | undefined): RawValues {
  if (name === undefined) return {};
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (recipe) return recipe.options;
  const others = families.filter((one) => one.recipes?.some((candidate) => candidate.name === name));
  const having = others.map((one) => one.name).join(', ');
  throw new UsageError(`${family} has no recipe "${name}".`, {
    hint:
      recipes.length > 0
        ? didYouMean(
            name,
            recipes.map((one) => one.name),
          )
        : having
          ? `It is one of ${having}: --model ${others[0]?.name} --recipe ${name}`
          : 'Leave --recipe out: `aigc models NAME` shows those of a family.',
  });
}

/**
 * What of the defaults is another for a set of so few images, and the options with it.
 * @param asked what was asked for, which stays
 */
export function fewImagesOptions(
  family: Family,
  asked: RawValues,
  options: OptionValues<Options>,
  count: number,
) {
  const { below = 0, options: few = {} } = family.fewImages ?? {};
  const changed = Object.fromEntries(Object.entries(few).filter(([name]) => asked[name] === undefined));
  if (count >= below || Object.keys(changed).length === 0) return { options, changed: {} };
  return { options: familyOptions(family, {}, { ...changed, ...asked }), changed };
}

/** The same from values that were checked. @throws UsageError for values that exclude each other */
export function completedOptions(family: Family, asked: CheckedValues): OptionValues<Options> {
  const options = withDefaults(family.options, asked);
  return family.complete?.(options) ?? options;
}

/**
 * The fewest of some values that, completed, come to the same: what must have been asked for.
 * @param values of the family's options and others, which are left as they are
 */
export function fewestAsked(family: Family, values: RawValues): RawValues {
  const all = JSON.stringify(completion(family, values));
  return Object.keys(family.options).reduce((asked, name) => {
    const { [name]: _without, ...fewer } = asked;
    return JSON.stringify(completion(family, fewer)) === all ? fewer : asked;
  }, values);
}

/** @returns undefined for values that exclude each other */
function completion(family: Family, values: RawValues): RawValues | undefined {
  try {
    return familyOptions(family, {}, values);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}
