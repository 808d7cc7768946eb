// `aigc models [NAME]`: the families, and one family's options with their defaults and reasons.
import { flagName, flagWords } from '../config/option';
import { familyOf } from '../library/family-file';
import { families, familyOptions } from '../models';
import type { Family, FamilyRecipe } from '../models/family';
import { openOutput } from '../output';
import { addOutputFlags, type CommandModule } from './command';

export const models: CommandModule = {
  configure(command, context) {
    addOutputFlags(command)
      .argument('[name]', 'a family, or the file of one, for its options')
      .addHelpText('after', '\nExample:\n  $ aigc models gan')
      .action(async (name: string | undefined, flags) => {
        const output = openOutput(context, flags);
        if (name === undefined) {
          for (const family of families) output.result(summary(family), listing(family));
          if (!output.json) context.stdout('\n`aigc models NAME` shows the options of one.');
          return;
        }
        const family = await familyOf(name);
        const { recipes = [] } = family;
        output.result({ ...summary(family), options: optionRecords(family), recipes }, description(family));
      });
  },
};

function summary({ name, summary: text, papers, defaultEpochs, pixelRange }: Family) {
  return { event: 'model', name, summary: text, papers, defaultEpochs, pixelRange };
}

function listing({ name, summary: text, papers }: Family): string[] {
  return [
    `${name.padEnd(8)} ${text}`,
    ...papers.map(({ title, url }) => `${' '.repeat(9)}${title} · ${url}`),
  ];
}

function description(family: Family): string[] {
  const options = Object.entries(family.options).flatMap(([name, option]) => {
    const value = option.kind === 'boolean' ? '' : ` <${option.placeholder}>`;
    const fallback = option.default === undefined ? '' : ` (default: ${option.default})`;
    const conditions = Object.entries(option.onlyWith ?? {}).map(([other, few]) =>
      few.includes(undefined)
        ? `      only without ${flagName(other)}`
        : `      only with ${flagName(other)} ${few.join('|')}`,
    );
    const others = Object.entries(option.notWith ?? {}).map(
      ([other, few]) => `      not with ${flagName(other)} ${few.join('|')}`,
    );
    const why = option.why ? [`      why: ${option.why}`] : [];
    return [
      `  ${flagName(name)}${value}`,
      `      ${option.description}${fallback}`,
      ...conditions,
      ...others,
      ...why,
    ];
  });
  const epochs = [
    '  --epochs <N>',
    `      passes over the training images (default: ${family.defaultEpochs})`,
  ];
  const note = family.figuresNote?.(familyOptions(family, {}, {}));
  const nats = note ? [`         Nats: ${note}.`] : [];
  return [
    ...listing(family),
    ...nats,
    ...(family.recipes ?? []).flatMap((recipe) => ['', ...recipeLines(family, recipe)]),
    '',
    'Options of aigc train:',
    ...options,
    ...epochs,
  ];
}

function recipeLines({ name }: Family, { name: recipe, summary: text, papers, options }: FamilyRecipe) {
  return [
    `aigc train --model ${name} --recipe ${recipe}`,
    `      ${text}`,
    ...papers.map(({ title, url }) => `      ${title} · ${url}`),
    `      stands for: ${flagWords(options).join(' ')}`,
  ];
}

function optionRecords(family: Family) {
  return Object.entries(family.options).map(([name, option]) => ({
    name,
    flag: flagName(name),
    description: option.description,
    default: option.default,
    expected: option.expected,
    onlyWith: option.onlyWith,
    notWith: option.notWith,
    why: option.why,
  }));
}
