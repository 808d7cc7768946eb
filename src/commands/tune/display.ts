// Shows a search while it goes on: for a person at a terminal a bar for all of it and one for each trial at work, and
// lines above them; else the lines alone.
import type { SingleBar } from 'cli-progress';
import type { Family } from '../../models/family';
import type { Output } from '../../output';
import { bracketAt } from '../../tune/bracket';
import { bracketCost } from '../../tune/halving';
import type { Work } from '../../tune/trial';
import { type TrialResult, type TunePlan, trialName } from '../../tune/tune-folder';
import { counted } from '../../words';

export interface SearchDisplay {
  /** What a trial is at; undefined when it is at nothing any more. */
  onWork(trial: number, work: Work | undefined): void;
  /** @param all results so far */
  onResult(all: readonly TrialResult[]): void;
  /** Takes the bars away. */
  stop(): void;
}

/** @param earlier results of calls before this one */
export function openSearchDisplay(
  output: Output,
  plan: TunePlan,
  family: Family,
  { earlier, budgetMinutes }: { earlier: readonly TrialResult[]; budgetMinutes: number | undefined },
): SearchDisplay {
  const bars = output.openBars();
  if (!bars) return { onWork: () => undefined, onResult: () => undefined, stop: () => undefined };
  const began = performance.now() - (earlier.at(-1)?.spentMinutes ?? 0) * 60_000;
  const minutes = () => (performance.now() - began) / 60_000;
  // Without a budget there is one bracket.
  const cost = bracketCost(bracketAt(plan, family, 1).rungs);
  let results = earlier;
  const whole = bars.create('Search', 1);
  const drawWhole = () => {
    const spent = minutes().toFixed(1);
    const time = budgetMinutes === undefined ? `${spent} min` : `${spent} of ${budgetMinutes} min`;
    const share = budgetMinutes === undefined ? trained(results) / cost : minutes() / budgetMinutes;
    whole.update(Math.min(1, share), { words: `${time} · ${counted(results.length, 'result')}` });
  };
  drawWhole();
  const timer = setInterval(drawWhole, 1000);
  const working = new Map<number, SingleBar>();
  return {
    onWork: (trial, work) => {
      if (bars.closed) return;
      const bar = working.get(trial);
      if (work) {
        const shown = bar ?? bars.create(`Trial ${trialName(trial)}`, 1);
        working.set(trial, shown);
        shown.update(work.step / work.steps, { words: workWords(work) });
      } else if (bar) {
        bars.remove(bar);
        working.delete(trial);
      }
    },
    onResult: (all) => {
      results = all;
      if (!bars.closed) drawWhole();
    },
    stop: () => {
      clearInterval(timer);
      bars.close();
    },
  };
}

function workWords({ step, steps, measuring }: Work): string {
  return measuring ? 'measuring' : `step ${step} of ${steps}`;
}

/** What the trials were trained in all, in the plan's unit. */
function trained(results: readonly TrialResult[]): number {
  const longest = new Map<number, number>();
  for (const { trial, length } of results) longest.set(trial, Math.max(length, longest.get(trial) ?? 0));
  return [...longest.values()].reduce((sum, length) => sum + length, 0);
}
