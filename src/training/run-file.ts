// run.json while a run goes on: what was asked for and what came of it, its status, its roll-backs and its best checkpoint.

import { epochsByDefault } from '../models/family';
import type { Rollback } from '../run/events';
import { type Best, type RunRecord, writeRun } from '../run/run-folder';
import type { HeldSession, Session } from './open-session';

export interface RunFile {
  readonly rollbacks: readonly Rollback[];
  /** What the roll-backs have left of the learning rate: half at each. */
  readonly learningRateScale: number;
  readonly best: Best | undefined;
  /** @param problem what ended it, a sentence. @throws DataError also when the folder is no longer ours */
  write(status: RunRecord['status'], step: number, problem?: string): Promise<void>;
  /** From here on the run is rolled back, also if it is killed now. */
  addRollback(rollback: Omit<Rollback, 'learningRateScale'>): Promise<Rollback>;
  /** Takes effect with the next write. */
  setBest(best: Best | undefined): void;
}

export function createRunFile(session: HeldSession): RunFile {
  const { record, folder, backendName, compiler, lock } = session;
  const createdAt = record?.createdAt ?? new Date().toISOString();
  const rollbacks: Rollback[] = [...(record?.rollbacks ?? [])];
  let best = record?.best;
  const scaleAfter = (count: number) => 0.5 ** count;
  const write: RunFile['write'] = async (status, step, problem) => {
    lock.check();
    await writeRun(folder, {
      createdAt,
      status,
      step,
      backend: backendName,
      compile: compiler ?? 'off',
      ...headOf(session),
      ...(rollbacks.length > 0 && { rollbacks }),
      ...(best && { best }),
      ...(problem !== undefined && { problem }),
    });
  };
  return {
    rollbacks,
    get learningRateScale() {
      return scaleAfter(rollbacks.length);
    },
    get best() {
      return best;
    },
    write,
    addRollback: async (rollback) => {
      const { reason, ...steps } = rollback;
      const added = { ...steps, learningRateScale: scaleAfter(rollbacks.length + 1), reason };
      rollbacks.push(added);
      await write('running', added.toStep);
      return added;
    },
    setBest: (found) => {
      best = found;
    },
  };
}

/** What run.json says of the configuration: with the length, and the data set's name, as they were resolved. */
export function headOf({ family, values, options, asked, data, endStep, stepsPerEpoch }: Session) {
  const length =
    values.steps === undefined
      ? { epochs: values.epochs ?? epochsByDefault(family, stepsPerEpoch) }
      : { steps: endStep };
  const { epochs: _epochs, steps: _steps, ...rest } = values;
  const what = { model: family.name, data: values.data ?? data.name };
  return {
    dataset: { name: data.name, fingerprint: data.fingerprint },
    length: { endStep, stepsPerEpoch },
    asked: { ...asked, ...what },
    config: { ...rest, ...what, ...length, ...options },
  };
}
