// The families' and the commands' own declarations of options, as data for forms.
import { flagName, type Option, type Options, type OptionValue } from '../config/option';
import { callOptions, defaultModel, trainOptions } from '../config/train-options';
import { namedSets } from '../dataset';
import { metrics } from '../metrics';
import { families } from '../models';
import type { Family } from '../models/family';
import type { Families, FamilySpec, OptionSpec, Value } from './api';

/** What the page may ask of every family: not what chooses the folder, or what becomes of the run in it. */
export const sharedOptions: Options = Object.fromEntries(
  Object.entries({ ...trainOptions, ...callOptions } as Options).filter(([, { role }]) => role !== 'flag'),
);

export function familySpecs(): Families {
  return {
    families: families.map(specOf),
    defaultFamily: defaultModel,
    shared: optionSpecs(sharedOptions),
    data: namedSets.map(({ name, summary }) => ({ name, summary })),
    metrics: metrics.map(({ name, summary, slow = false }) => ({ name, summary, slow })),
  };
}

function specOf({ name, summary, papers, conditional = false, defaultEpochs, options }: Family): FamilySpec {
  return { name, summary, papers, conditional, defaultEpochs, options: optionSpecs(options) };
}

function optionSpecs(options: Options): OptionSpec[] {
  return Object.entries(options).map(([name, option]) => ({
    name,
    flag: flagName(name),
    kind: option.kind,
    description: option.description,
    ...(option.why !== undefined && { why: option.why }),
    ...(option.default !== undefined && { default: option.default }),
    ...(option.choices && { choices: option.choices }),
    ...(option.range && { range: option.range }),
    expected: option.expected,
    placeholder: option.placeholder,
    ...(option.onlyWith && { onlyWith: besides(option.onlyWith) }),
    ...(option.notWith && { notWith: besides(option.notWith) }),
    role: option.role,
    resumes: resumes(option),
  }));
}

/** Whether it may be another one when a run goes on. */
export const resumes = ({ role }: Pick<Option, 'role'>): boolean => role !== 'identity' && role !== 'flag';

function besides(
  beside: Readonly<Record<string, readonly (OptionValue | undefined)[]>>,
): Record<string, Value[]> {
  const entries = Object.entries(beside);
  return Object.fromEntries(entries.map(([name, values]) => [name, values.map((value) => value ?? null)]));
}
