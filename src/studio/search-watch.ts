// One search of `aigc tune`: its row of the list, and its trials by brackets.
import { DataError } from '../errors';
import { findOwner, lives, type Owner } from '../run/lock-owner';
import { halvingRungs } from '../tune/halving';
import { bestOf, trainCommand } from '../tune/standing';
import {
  readResults,
  readTune,
  type TrialResult,
  type TunePlan,
  trialName,
  tuneFolder,
} from '../tune/tune-folder';
import type { SearchDetail, SearchRow } from './api';
import { HttpError } from './failure';
import { lookAt, markOf } from './look';

export interface SearchWatch {
  readonly id: string;
  readonly row: SearchRow;
  readonly isAtWork: boolean;
  /** @returns whether the row is another one */
  look(): Promise<boolean>;
  /** @param runs ids of the runs that there are @throws HttpError when its plan cannot be read */
  detail(runs: ReadonlyMap<string, unknown>): SearchDetail;
}

export function createSearchWatch(id: string, path: string): SearchWatch {
  const folder = tuneFolder(path);
  const marks = { plan: '', results: '' };
  let plan: TunePlan | undefined;
  let problem: string | undefined;
  let results: readonly TrialResult[] = [];
  let owner: Owner | undefined;
  let updatedMs = 0;
  let row = rowOf();
  let written = '';

  function rowOf(): SearchRow {
    const best = plan && bestOf(results, plan);
    const trials = new Set(results.map(({ trial }) => trial)).size;
    const working = owner && lives(owner) ? 'running' : owner ? 'running-elsewhere' : 'ended';
    return {
      id,
      state: plan ? working : 'damaged',
      family: plan?.model ?? '',
      dataset: plan?.data ?? '',
      ...(plan && { figure: specOf(plan.figure) }),
      trials,
      ...(plan?.trials !== undefined && { ofTrials: plan.trials }),
      ...(best?.value !== undefined && { best: { trial: best.trial, value: best.value } }),
      spentMinutes: results.at(-1)?.spentMinutes ?? 0,
      updated: new Date(updatedMs).toISOString(),
      ...(problem !== undefined && { problem }),
    };
  }

  /** @returns whether the file is another one; a link is none */
  const changed = (name: keyof typeof marks, file: string): boolean => {
    const found = lookAt(file);
    if (!found?.isFile()) return false;
    const mark = markOf(found);
    if (marks[name] === mark) return false;
    marks[name] = mark;
    updatedMs = Math.max(updatedMs, found.mtimeMs);
    return true;
  };

  return {
    id,
    get row() {
      return row;
    },
    get isAtWork() {
      return owner !== undefined;
    },
    look: async () => {
      try {
        if (changed('plan', folder.plan)) plan = (await readTune(folder))?.plan;
        if (changed('results', folder.results)) results = await readResults(folder);
        owner = findOwner(path);
        problem = undefined;
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        problem = error.message;
      }
      row = rowOf();
      const now = JSON.stringify(row);
      const isNew = now !== written;
      written = now;
      return isNew;
    },
    detail: (runs) => {
      if (!plan) throw new HttpError(409, problem ?? `${id} holds no search that can be read.`);
      const best = bestOf(results, plan);
      return {
        ...row,
        unit: plan.unit,
        length: plan.length,
        ...(plan.eta !== undefined && { eta: plan.eta }),
        rungs: rungsOf(plan),
        brackets: bracketsOf(results, (trial) => runOf(id, trial, runs)),
        space: plan.space as SearchDetail['space'],
        ...(best && { command: trainCommand(plan, best) }),
      };
    },
  };
}

function specOf({ name, label, unit, better }: TunePlan['figure']): NonNullable<SearchRow['figure']> {
  return { name, label, better, ...(unit !== undefined && { unit }) };
}

function rungsOf({ eta, bracket, length }: TunePlan) {
  return eta === undefined ? [{ trials: bracket, length }] : halvingRungs(bracket, length, eta);
}

function runOf(id: string, trial: number, runs: ReadonlyMap<string, unknown>): string | undefined {
  const run = `${id === '.' ? '' : `${id}/`}trials/${trialName(trial)}`;
  return runs.has(run) ? run : undefined;
}

function bracketsOf(
  results: readonly TrialResult[],
  runOfTrial: (trial: number) => string | undefined,
): SearchDetail['brackets'] {
  const brackets = [...new Set(results.map(({ bracket }) => bracket))].sort((a, b) => a - b);
  return brackets.map((bracket) => ({
    bracket,
    results: results
      .filter((result) => result.bracket === bracket)
      .map(({ event: _event, spentMinutes: _spent, value, standardError, reason, ...result }) => {
        const run = runOfTrial(result.trial);
        return {
          ...result,
          ...(run !== undefined && { run }),
          ...(value !== undefined && { value }),
          ...(standardError !== undefined && { standardError }),
          ...(reason !== undefined && { reason }),
        };
      }),
  }));
}
