// Shows a search while it goes on: for a person at a terminal a bar for all of it and one for each trial at work, and
// lines above them; else the lines alone.
import { MultiBar, Presets, type SingleBar } from 'cli-progress';
import { clearToEnd, wrap } from '../training/observers/bars';
import { bracketCost } from '../tune/halving';
import { bracketAt } from '../tune/search';
import { trialWords } from '../tune/standing';
import type { Work } from '../tune/trial';
import type { TrialResult, TunePlan } from '../tune/tune-folder';
import type { CommandContext, Output } from './command';

export interface SearchDisplay {
  /** As `Output` has it. */
  progress: Output['progress'];
  warn: Output['warn'];
  /** What a trial is at; undefined when it is at nothing any more. */
  onWork(trial: number, work: Work | undefined): void;
  /** @param all results so far */
  onResult(all: readonly TrialResult[]): void;
  /** Takes the bars away. */
  stop(): void;
}

/** @param earlier results of calls before this one */
export function openSearchDisplay(
  context: CommandContext,
  output: Output,
  plan: TunePlan,
  { earlier, budgetMinutes }: { earlier: readonly TrialResult[]; budgetMinutes: number | undefined },
): SearchDisplay {
  if (!context.isTerminal || output.json || output.quiet) {
    const nothing = () => undefined;
    return {
      progress: output.progress,
      warn: output.warn,
      onWork: nothing,
      onResult: nothing,
      stop: nothing,
    };
  }
  const stream = process.stderr;
  const columns = () => stream.columns ?? 80;
  const bars = new MultiBar(
    {
      stream,
      hideCursor: true,
      clearOnComplete: true,
      barsize: columns() < 100 ? 10 : 24,
      linewrap: false,
      format: '{label} {bar} {words}',
    },
    Presets.shades_classic,
  );
  const began = performance.now() - (earlier.at(-1)?.spentMinutes ?? 0) * 60_000;
  const minutes = () => (performance.now() - began) / 60_000;
  let results = earlier;
  const whole = bars.create(1, 0, { label: 'Search', words: '' });
  const drawWhole = () => {
    const spent = minutes().toFixed(1);
    const time = budgetMinutes === undefined ? `${spent} min` : `${spent} of ${budgetMinutes} min`;
    const share = budgetMinutes === undefined ? shareDone(plan, results) : minutes() / budgetMinutes;
    whole.update(Math.min(1, share), { words: `${time} · ${results.length} results` });
  };
  drawWhole();
  const timer = setInterval(drawWhole, 1000);
  const working = new Map<number, SingleBar>();
  let stopped = false;
  const say = (line: string) => {
    const wrapped = line
      .split('\n')
      .map((row) => wrap(row, columns()).replaceAll(/$/gm, clearToEnd))
      .join('\n');
    if (stopped) stream.write(`${wrapped}\n`);
    else bars.log(`${wrapped}\n`);
  };
  return {
    progress: say,
    warn: (line) => say(`warning: ${line}`),
    onWork: (trial, work) => {
      if (stopped) return;
      const bar = working.get(trial);
      if (work) {
        const shown = bar ?? bars.create(1, 0, { label: trialLabel(trial, plan), words: '' });
        working.set(trial, shown);
        shown.update(work.step / work.steps, { words: workWords(work) });
      } else if (bar) {
        bars.remove(bar);
        working.delete(trial);
      }
    },
    onResult: (all) => {
      results = all;
      drawWhole();
    },
    stop: () => {
      if (stopped) return;
      stopped = true;
      clearInterval(timer);
      bars.update();
      bars.stop();
    },
  };
}

function trialLabel(trial: number, plan: TunePlan): string {
  const words = trialWords(trial, { ...plan, first: undefined });
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function workWords({ step, steps, measuring }: Work): string {
  return measuring ? 'measuring' : `step ${step} of ${steps}`;
}

/** Of a bracket's training, brackets taken one after the other. */
function shareDone(plan: TunePlan, results: readonly TrialResult[]): number {
  const longest = new Map<number, number>();
  for (const { trial, length } of results) longest.set(trial, Math.max(length, longest.get(trial) ?? 0));
  const done = [...longest.values()].reduce((sum, length) => sum + length, 0);
  return done / bracketCost(bracketAt(plan, 1).rungs);
}
