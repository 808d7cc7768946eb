// The chart of a search: the figure against how long each trial was trained, and against each option that was searched.
import type { Point } from '../chart/curve';
import { thumbnail } from '../chart/file';
import { type LegendEntry, type PageSpec, type Picture, pictureWidth } from '../chart/page';
import { ink, type Style, styleOf } from '../chart/palette';
import type { PanelSpec, Series } from '../chart/panel';
import { readRunSummary } from '../compare/run-summary';
import { flagName } from '../config/option';
import { bestOf, lengthWords, standings, trialWords, valueWords } from './standing';
import type { TrialResult, TuneFolder, TunePlan } from './tune-folder';

/** How many of the best have a colour of their own; the others are grey. */
const coloured = 4;
const others: Style = { colour: ink.rest, dash: undefined };

/** @returns undefined when there is nothing to show */
export async function searchPage(
  folder: TuneFolder,
  plan: TunePlan,
  results: readonly TrialResult[],
): Promise<PageSpec | undefined> {
  const measured = results.filter(({ value }) => value !== undefined);
  const best = bestOf(results, plan);
  if (!best) return undefined;
  const top = standings(measured, plan).slice(0, coloured);
  const styles = new Map(top.map(({ trial }, i) => [trial, styleOf(i)]));
  const { label, better } = plan.figure;
  return {
    title: `${label} of ${new Set(results.map(({ trial }) => trial)).size} trials of ${plan.model}`,
    subtitle: `${better === 'lower' ? 'Lower' : 'Higher'} is better. Best: ${valueWords(best, plan)}, ${trialWords(best.trial, plan)}. Trials that diverged or failed are not drawn.`,
    legend: legendOf(top, measured, plan),
    panels: [againstLength(plan, measured, styles), ...againstOptions(plan, measured, styles)],
    pictures: await picturesOf(folder, top, plan),
  };
}

function legendOf(
  top: readonly TrialResult[],
  measured: readonly TrialResult[],
  plan: TunePlan,
): LegendEntry[] {
  const entries = top.map((result, i) => ({
    label: `${trialWords(result.trial, plan)}: ${valueWords(result, plan)}`,
    style: styleOf(i),
  }));
  const isMore = new Set(measured.map(({ trial }) => trial)).size > top.length;
  return isMore ? [...entries, { label: 'others', style: others }] : entries;
}

/** The best are drawn last, on top. */
function againstLength(
  plan: TunePlan,
  measured: readonly TrialResult[],
  styles: ReadonlyMap<number, Style>,
): PanelSpec {
  const trials = [...new Set(measured.map(({ trial }) => trial))];
  const series = trials.map((trial): Series => {
    const own = measured.filter((result) => result.trial === trial).sort((a, b) => a.length - b.length);
    const style = styles.get(trial) ?? others;
    return {
      points: own.map(({ length, value }) => ({ x: length, y: value as number })),
      style,
      width: style === others ? 1.2 : 2,
    };
  });
  return {
    title: `${plan.figure.label} against length`,
    x: { label: plan.unit === 'epochs' ? 'epochs of training' : 'training steps', fromZero: true },
    y: { label: plan.figure.unit ?? plan.figure.label },
    series: series.sort((a, b) => Number(a.style !== others) - Number(b.style !== others)),
  };
}

/** At the first rung, where all trials have been trained equally long. Options that are no numbers have no panel. */
function againstOptions(
  plan: TunePlan,
  measured: readonly TrialResult[],
  styles: ReadonlyMap<number, Style>,
): PanelSpec[] {
  const first = firstRung(measured);
  const length = first[0]?.length;
  return Object.entries(plan.space).flatMap(([name, search]): PanelSpec[] => {
    const values = first.flatMap(({ options }) => options[name] ?? []);
    if (!values.every((value) => typeof value === 'number') || new Set(values).size < 2) return [];
    const points = (results: readonly TrialResult[]): Point[] =>
      results.flatMap(({ options, value }) => {
        const x = options[name];
        return typeof x === 'number' ? [{ x, y: value as number }] : [];
      });
    const rest = first.filter(({ trial }) => !styles.has(trial));
    const dots = [...styles].map(([trial, style]): Series => {
      return { points: points(first.filter((result) => result.trial === trial)), style, width: 0 };
    });
    const flag = flagName(name).slice(2);
    return [
      {
        title: `${plan.figure.label} against ${flag}, after ${lengthWords(length as number, plan)}`,
        x: { label: flag, log: 'log' in search && search.log === true },
        y: { label: plan.figure.unit ?? plan.figure.label },
        series: [{ points: points(rest), style: others, width: 0 }, ...dots],
      },
    ];
  });
}

/** The results that compare across all trials: those after the shortest length. */
export function firstRung<T extends Pick<TrialResult, 'length'>>(results: readonly T[]): T[] {
  const shortest = Math.min(...results.map(({ length }) => length));
  return results.filter(({ length }) => length === shortest);
}

async function picturesOf(
  folder: TuneFolder,
  top: readonly TrialResult[],
  plan: TunePlan,
): Promise<Picture[]> {
  const pictures = await Promise.all(
    top.map(async (result, i): Promise<Picture | undefined> => {
      const run = await readRunSummary(folder.trial(result.trial)).catch(() => undefined);
      const small = run?.grid && (await thumbnail(run.grid, 2 * pictureWidth));
      const note = `after ${lengthWords(result.length, plan)}`;
      return small
        ? { caption: trialWords(result.trial, plan), note, style: styleOf(i), ...small }
        : undefined;
    }),
  );
  return pictures.filter((picture) => picture !== undefined);
}
