// Runs a search to its end, out of time or stopped, and says how it goes.
import { constants } from 'node:os';
import { dirname } from 'node:path';
import type { SearchValues } from '../../config/tune-options';
import { InterruptedError } from '../../errors';
import { makeFolder } from '../../files';
import type { Family } from '../../models/family';
import type { Output } from '../../output';
import type { Launcher } from '../../process/launcher';
import type { Lock } from '../../run/lock';
import { onStopSignal } from '../../training/stop';
import { bracketAt, configurationsOf } from '../../tune/bracket';
import { openHands } from '../../tune/hands';
import { openJournal, type Study } from '../../tune/optuna-journal';
import { type Search, startSearch } from '../../tune/search';
import { bestOf, commandOf, lengthWords, optionWords, trialWords, valueWords } from '../../tune/standing';
import { callName, forgetOutcome } from '../../tune/trial-outcome';
import {
  readResults,
  type TrialResult,
  type TuneFolder,
  type TunePlan,
  trialName,
} from '../../tune/tune-folder';
import { counted, fixed, shellWord } from '../../words';
import { openSearchDisplay } from './display';
import { finish } from './ending';
import { asksToCancel, openLauncher } from './engine';

/** A search whose folder is ours. */
export interface HeldSearch {
  readonly folder: TuneFolder;
  readonly lock: Lock;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly plan: TunePlan;
  readonly family: Family;
  readonly values: SearchValues;
}

export async function runSearch(held: HeldSearch, output: Output): Promise<void> {
  const { folder, lock, plan, family, values } = held;
  const isRetried = ({ status }: TrialResult) => values.retry === true && status === 'failed';
  const found = await readResults(folder);
  const earlier = found.filter((result) => !isRetried(result));
  const retried = found.filter(isRetried);
  if (earlier.length > 0)
    output.progress(`Going on after ${counted(earlier.length, 'result')}.`, {
      event: 'resume',
      results: earlier.length,
    });
  for (const { trial, rung } of retried) forgetOutcome(folder, callName(trial, rung));
  const launcher = await openLauncher(folder, values, output);
  const journal = await openedJournal(held, earlier);
  const display = openSearchDisplay(output, plan, family, { ...values, earlier });
  // What an engine has is known to this process alone.
  const hands = launcher.outlives ? undefined : openHands(folder, output, retried);
  const search = startSearch({
    folder,
    plan,
    family,
    results: earlier,
    budgetMinutes: values.budgetMinutes,
    launcher,
    hands,
    backend: values.backend === 'auto' ? undefined : values.backend,
    onWork: display.onWork,
    onWait: (trial, { pid, host }) =>
      output.progress(
        `Trial ${trialName(trial)} is still at work in process ${pid} on ${host}, which an earlier call has left: waiting for it.`,
        { event: 'waiting', trial, pid, host },
      ),
    onCut: (trial, word) =>
      output.progress(`Trial ${trialName(trial)} was taken away (${word}): it goes on from its checkpoint.`, {
        event: 'cut',
        trial,
        word,
      }),
    confirm: lock.check,
    onResult: (result, all) => {
      display.onResult(all);
      journal?.(result);
      output.progress(resultLine(result, all, plan), result);
    },
    onEstimate: (minutes) => estimate(minutes, values, output),
  });
  const signal = onStopSignal(() => {
    display.stop();
    stopSearch(search, launcher, output);
  });
  const outcome = await search.done.finally(() => {
    signal.release();
    display.stop();
  });
  await hands?.close();
  lock.check();
  launcher.close?.();
  await finish(held, outcome, output);
  const hint = `Go on with: aigc ${commandOf(plan)} --resume --out ${shellWord(folder.path)}`;
  if (outcome.reason === 'cancelled') {
    const kept = `${counted(outcome.results.length, 'result')} ${outcome.results.length === 1 ? 'is' : 'are'} kept`;
    throw new InterruptedError(constants.signals.SIGTERM, `Trials were cancelled on the engine; ${kept}.`, {
      hint,
    });
  }
  if (outcome.reason === 'signal' && signal.signal) {
    throw new InterruptedError(
      constants.signals[signal.signal],
      `${signal.signal} after ${counted(outcome.results.length, 'result')}; all are kept.`,
      { hint },
    );
  }
}

/** Trials here are to end with us; those of an engine may go on. */
async function stopSearch(search: Search, launcher: Launcher, output: Output): Promise<void> {
  const leaves = launcher.outlives && !(await asksToCancel());
  output.progress(
    leaves
      ? `Stopping: the jobs go on; --resume finds them again, and ${launcher.stopProgram} ends them.`
      : 'Stopping: the trials at work write their checkpoints; Ctrl-C again does not wait for them.',
  );
  search.stop(leaves);
}

/** What writes --optuna-journal, where there is to be one. */
async function openedJournal(held: HeldSearch, earlier: readonly TrialResult[]) {
  const { folder, plan, family, values, createdAt } = held;
  if (values.optunaJournal === undefined) return undefined;
  const study: Study = {
    ...{ path: folder.path, plan, options: family.options, createdAt },
    configurations: (count) => configurationsOf(plan, family, count),
    rungs: (number) => bracketAt(plan, family, number).rungs.map(({ trials }) => trials),
  };
  await makeFolder(dirname(values.optunaJournal));
  return openJournal(values.optunaJournal, study, earlier);
}

/** `Trial 0007 · 3 epochs · ELBO −110.22 nats · best −108.10, trial 0002 · 2.1 min · learning-rate 0.00123` */
function resultLine(result: TrialResult, all: readonly TrialResult[], plan: TunePlan): string {
  const words = trialWords(result.trial, plan);
  const best = bestOf(all, plan);
  return [
    words.charAt(0).toUpperCase() + words.slice(1),
    lengthWords(result.length, plan),
    valueWords(result, plan),
    ...(best && best.trial !== result.trial
      ? [`best: ${valueWords(best, plan)}, ${trialWords(best.trial, plan)}`]
      : []),
    `${fixed(result.spentMinutes, 1)} min`,
    optionWords(result, plan),
    ...(result.status === 'failed' && result.reason ? [result.reason] : []),
  ]
    .filter((part) => part !== '')
    .join(' · ');
}

/** What keeps the budget from sufficing is said while there is time to change one's mind. */
function estimate(minutes: number, { budgetMinutes }: SearchValues, output: Output): void {
  const words = minutes < 1 ? 'under a minute' : `about ${Math.round(minutes)} minutes`;
  if (budgetMinutes === undefined || minutes <= budgetMinutes) {
    output.progress(`At this speed a bracket of trials takes ${words}.`);
    return;
  }
  output.warn(
    `At this speed a bracket takes ${words}, and there are ${budgetMinutes}: fewer --epochs, --steps or --trials would be searched to the end.`,
  );
}
