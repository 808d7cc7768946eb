// A run's row of the list, from what is known of it.
import { figureSpec } from '../compare/figures';
import { imagesOfRunStep } from '../compare/run-summary';
import { residentBytes } from '../process/identity';
import { lives, type Owner } from '../run/lock-owner';
import type { RunRecord } from '../run/run-folder';
import type { Figure, Grid, RunRow, RunState, Value } from './api';
import { mostColumns } from './columns';
import type { Newest } from './tail';

export interface Known {
  readonly id: string;
  readonly record: RunRecord | undefined;
  /** That its run.json cannot be read. */
  readonly problem: string | undefined;
  readonly owner: Owner | undefined;
  readonly newest: Newest;
  readonly grid: Grid | undefined;
  readonly updatedMs: number;
}

/** That a Date can hold: a file may say any. */
const lastMoment = 8.64e15;

export function rowOf(known: Known): RunRow {
  const { id, record, problem, owner, newest, grid } = known;
  const updated = new Date(Math.min(known.updatedMs, lastMoment)).toISOString();
  const state = stateOf(record, owner, problem);
  if (!record) {
    const none = { family: '', dataset: '', backend: '', epoch: 0, step: 0, losses: [], heldOut: [] };
    return { id, state, ...none, rollbacks: 0, updated, options: {}, ...(problem && { problem }) };
  }
  const trouble = problem ?? record.problem;
  const isAtWork = trains(state);
  const step = Math.max(record.step, newest.last?.step ?? 0);
  const imagesPerSecond = isAtWork || newest.last ? rateOf(newest) : undefined;
  const memoryBytes = state === 'running' && owner ? residentBytes(owner.pid) : undefined;
  const secondsLeft = isAtWork && imagesPerSecond ? timeLeft(record, step, imagesPerSecond) : undefined;
  return {
    id,
    state,
    family: String(record.config.model),
    dataset: record.dataset.name,
    backend: record.backend,
    ...epochsOf(record, newest, step),
    step,
    ...(record.length && { endStep: record.length.endStep }),
    losses: figuresOf(newest.steps.at(-1)?.losses ?? newest.epoch?.losses),
    heldOut: figuresOf(newest.epoch?.heldOut),
    ...(record.best && { best: bestOf(record.best) }),
    ...(imagesPerSecond !== undefined && { imagesPerSecond }),
    ...(secondsLeft !== undefined && { secondsLeft }),
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(grid && { grid }),
    rollbacks: record.rollbacks?.length ?? 0,
    ...(trouble !== undefined && { problem: trouble }),
    created: record.createdAt,
    updated,
    options: plainValues(record.config),
  };
}

function stateOf(
  record: RunRecord | undefined,
  owner: Owner | undefined,
  problem: string | undefined,
): RunState {
  if (!record || problem !== undefined) return 'damaged';
  if (record.status === 'finished') return 'finished';
  if (record.status === 'stopped') return record.problem === undefined ? 'stopped' : 'failed';
  if (record.status !== 'running') return 'failed';
  if (!owner) return 'stale';
  return lives(owner) ? 'running' : 'running-elsewhere';
}

/** Whether a process is at it, wherever. */
export const trains = (state: RunState): boolean => state === 'running' || state === 'running-elsewhere';

/** Of the last epoch, which holds the measuring too, or of the last logged steps. */
function rateOf({ epoch, steps, last }: Newest): number | undefined {
  if (epoch && last && last.step - epoch.step < 10 * epoch.step) return epoch.imagesPerSecond;
  if (steps.length === 0) return undefined;
  return steps.reduce((sum, { imagesPerSecond }) => sum + imagesPerSecond, 0) / steps.length;
}

function timeLeft(record: RunRecord, step: number, imagesPerSecond: number): number | undefined {
  if (!record.length) return undefined;
  return Math.max(0, ((record.length.endStep - step) * imagesOfRunStep(record)) / imagesPerSecond);
}

/** Whole epochs done, and of how many. */
function epochsOf({ length, config }: RunRecord, { epoch }: Newest, step: number) {
  const { epochs } = config;
  const of = length
    ? Math.ceil(length.endStep / length.stepsPerEpoch)
    : typeof epochs === 'number'
      ? epochs
      : undefined;
  const done = length ? Math.floor(step / length.stepsPerEpoch) : (epoch?.epoch ?? 0);
  return { epoch: done, ...(of !== undefined && { epochs: of }) };
}

function bestOf({ step, figure, value }: NonNullable<RunRecord['best']>): NonNullable<RunRow['best']> {
  return { ...figureSpec(figure), step, value };
}

function figuresOf(figures: Readonly<Record<string, number>> | undefined): Figure[] {
  return Object.entries(figures ?? {})
    .slice(0, mostColumns)
    .map(([name, value]) => ({ ...figureSpec(name), value }));
}

/** Those that are a number, a text or a truth. */
export function plainValues(values: Readonly<Record<string, unknown>>): Record<string, Value> {
  const plain = Object.entries(values).filter((entry): entry is [string, Value] =>
    ['number', 'string', 'boolean'].includes(typeof entry[1]),
  );
  return Object.fromEntries(plain);
}
