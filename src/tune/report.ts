// report.md: what the search found, in a form to keep, and the table that is printed at its end.
import { flagName, type OptionValue } from '../config/option';
import type { Family } from '../models/family';
import { counted, fixed, markdownCode, markdownText, printableLine, shellWord } from '../words';
import { firstRung } from './chart';
import { type Importance, importances } from './importance';
import { overSeeds } from './over-seeds';
import { spaceWords, variedNames } from './space';
import {
  bestOf,
  figureNumber,
  hasSeeds,
  lengthWords,
  standings,
  trainCommand,
  trialWords,
  valueWords,
} from './standing';
import { type TrialResult, type TuneFolder, type TunePlan, trialName } from './tune-folder';
import { unlikeNats } from './tune-plan';

/** Rows of the table that is printed; the report has all. */
const printedRows = 10;

/** Fewer trials than this say nothing of an option. */
const fewestForHints = 4;

/** The best trials, their figures and their options. */
export function resultTable(results: readonly TrialResult[], plan: TunePlan, most = printedRows): string[] {
  const [head = [], ...rows] = tableRows(results, plan);
  const shown = [...stacked(head), ...rows.slice(0, most)];
  const widths = (shown[0] as string[]).map((_, i) =>
    Math.max(...shown.map((row) => (row[i] as string).length)),
  );
  const lines = shown.map((row) => row.map((cell, i) => cell.padStart(widths[i] as number)).join('  '));
  const hidden = rows.length - most;
  return [...lines, ...(hidden > 0 ? [`… and ${hidden} more in the report`] : [])];
}

/** A row of names as rows of their words, the last words in the last row: long names make no wide columns. */
function stacked(names: readonly string[]): string[][] {
  const words = names.map((name) => name.split(/(?<=-)/));
  const height = Math.max(...words.map(({ length }) => length));
  return Array.from({ length: height }, (_, i) => words.map((each) => each.at(i - height) ?? ''));
}

function tableRows(results: readonly TrialResult[], plan: TunePlan): string[][] {
  const names = variedNames(plan.space);
  const { label, unit } = plan.figure;
  const seeds = hasSeeds(plan);
  const head = [
    'trial',
    ...(seeds ? ['seed'] : []),
    plan.unit,
    unit ? `${label}, ${unit}` : label,
    ...names.map((name) => flagName(name).slice(2)),
  ];
  const rows = standings(results, plan).map((result) => [
    trialName(result.trial),
    ...(seeds ? [String(result.seed ?? '–')] : []),
    String(result.length),
    result.value === undefined ? result.status : figureNumber(result.value) + spread(result),
    ...names.map((name) => String(result.options[name] ?? '–')),
  ]);
  return [head, ...rows];
}

function spread({ standardError }: TrialResult): string {
  return standardError === undefined ? '' : ` ± ${figureNumber(standardError)}`;
}

export function searchReport(
  results: readonly TrialResult[],
  plan: TunePlan,
  family: Family,
  folder: TuneFolder,
  charts: readonly string[],
): string {
  const best = bestOf(results, plan);
  const chart = charts.find((file) => file.endsWith('.svg'));
  const [head = [], ...rows] = tableRows(results, plan);
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`;
  return [
    `# ${markdownText(`${plan.figure.label} of ${plan.model} on ${plan.data}`)}`,
    '',
    method(results, plan),
    '',
    ...natsLines(results, plan, family),
    ...(best ? bestLines(best, plan, folder) : ['No trial came to a figure.', '']),
    ...(chart ? ['![The figure of each trial](chart.svg)', ''] : []),
    '## Trials',
    '',
    line(head),
    `|${head.map(() => '---:|').join('')}`,
    ...rows.map(line),
    '',
    ...overSeedsLines(results, plan),
    ...importanceLines(results, plan),
    ...failureLines(results),
  ].join('\n');
}

function method(results: readonly TrialResult[], plan: TunePlan): string {
  const trials = new Set(results.map(({ trial }) => trial)).size;
  const how = plan.configurations
    ? `Sweep of ${counted(plan.configurations.length, 'configuration')} × ${counted(plan.seeds?.length ?? 1, 'seed')}`
    : plan.eta === undefined
      ? 'Random search'
      : `Successive halving (η ${plan.eta}, brackets of ${plan.bracket}; Jamieson & Talwalkar 2016, Li et al. 2018)`;
  const minutes = results.at(-1)?.spentMinutes ?? 0;
  const where =
    plan.source === 'held-out'
      ? 'measured by training on the test split'
      : `by \`aigc evaluate --metrics ${plan.metric}\``;
  return `${how} over ${spaceWords(plan.space)
    .map(markdownCode)
    .join(
      ', ',
    )}: ${trials} trials in ${minutes.toFixed(1)} minutes, ${seedWords(plan)}, up to ${lengthWords(plan.length, plan)} each. ${plan.figure.label}: ${plan.figure.better} is better, ${where}.`;
}

function seedWords({ seed, seeds = [seed] }: TunePlan): string {
  return seeds.length === 1 ? `seed ${seed}` : `seeds ${seeds.join(', ')}`;
}

function natsLines(results: readonly TrialResult[], plan: TunePlan, family: Family): string[] {
  const configurations = results.map(({ options }) => options);
  const notes = unlikeNats(family, plan, configurations);
  return notes.length > 0 ? [`**The nats of these trials do not compare:** ${notes.join('; or ')}.`, ''] : [];
}

function bestLines(best: TrialResult, plan: TunePlan, folder: TuneFolder): string[] {
  return [
    '## The best',
    '',
    `${valueWords(best, plan)} after ${lengthWords(best.length, plan)}, ${trialWords(best.trial, plan)}. Train it anew:`,
    '',
    '```',
    printableLine(trainCommand(plan, best)),
    '```',
    '',
    `It lies in ${markdownCode(folder.trial(best.trial))}: ${markdownCode(`aigc sample --checkpoint ${shellWord(folder.trial(best.trial))}`)}.`,
    'The figure was chosen as the best of many on the test split, so it flatters; seeds make a difference too.',
    '',
  ];
}

/** A sweep with several seeds says what a configuration comes to, and how much of it is luck. */
function overSeedsLines(results: readonly TrialResult[], plan: TunePlan): string[] {
  if (!hasSeeds(plan)) return [];
  const names = variedNames(plan.space);
  const line = (cells: readonly string[]) => `| ${cells.map(markdownText).join(' | ')} |`;
  const head = [...names.map((name) => flagName(name).slice(2)), 'seeds', 'mean', 'standard deviation'];
  return [
    '## Over the seeds',
    '',
    `${plan.figure.label} of each configuration: the mean over its seeds, best first, and how far a seed lies from it.`,
    '',
    line(head),
    `|${head.map(() => '---:|').join('')}`,
    ...overSeeds(results, plan).map(({ options, count, mean, deviation }) =>
      line([
        ...names.map((name) => String(options[name] ?? '–')),
        String(count),
        mean === undefined ? '–' : figureNumber(mean),
        deviation === undefined ? '–' : figureNumber(deviation),
      ]),
    ),
    '',
  ];
}

function importanceLines(results: readonly TrialResult[], plan: TunePlan): string[] {
  const first = firstRung(results);
  if (first.length < fewestForHints) return [];
  const { length } = first[0] as TrialResult;
  return [
    '## Which options mattered',
    '',
    `Hints from ${first.length} trials after ${lengthWords(length, plan)}. ρ is Spearman's rank correlation: +1 where a larger value was always better, −1 where always worse, 0 also where the best lies between. Trials that diverged count as the worst.`,
    '',
    '| option | ρ | best third | worst third |',
    '|---|---:|---|---|',
    ...importances(first, variedNames(plan.space), plan.figure.better).map(importanceRow),
    '',
  ];
}

function importanceRow({ name, correlation, best, worst }: Importance): string {
  const rho = correlation === undefined ? '–' : fixed(correlation, 2);
  const cells = [flagName(name).slice(2), rho, valuesWords(best), valuesWords(worst)];
  return `| ${cells.map(markdownText).join(' | ')} |`;
}

/** `0.0003 … 0.002`, or the values themselves where they are few, alike or no numbers. */
function valuesWords(values: readonly (OptionValue | undefined)[]): string {
  const words = values.map((value) => String(value ?? '–'));
  if (new Set(words).size === 1) return words[0] as string;
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length < values.length || values.length < 4) return words.join(', ');
  return `${Math.min(...numbers)} … ${Math.max(...numbers)}`;
}

function failureLines(results: readonly TrialResult[]): string[] {
  const without = results.filter(({ value }) => value === undefined);
  if (without.length === 0) return [];
  return [
    '## Without a figure',
    '',
    ...without.map(
      ({ trial, status, reason }) =>
        `- ${trialName(trial)} ${status}: ${markdownText(reason ?? 'no reason known')}`,
    ),
    '',
  ];
}
