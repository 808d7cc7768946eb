// The logs that a studio keeps read: those that somebody watches, and those that were asked for last.
import { imagesOfRunStep } from '../compare/run-summary';
import { DataError } from '../errors';
import type { Series, Warning } from './api';
import { createLogFollower, type LogFollower, type NewLines } from './log-follower';
import type { RunWatch } from './run-watch';

export interface Logs {
  /** Reads what is new. @throws DataError when the log cannot be read */
  update(run: RunWatch): Promise<NewLines>;
  /** @throws DataError */
  series(run: RunWatch, points: number): Promise<Series>;
  /** What the watchdog said, or that the log cannot be read. */
  warnings(run: RunWatch): Promise<readonly Warning[]>;
  forget(id: string): void;
}

/** Besides those that are watched. */
const mostKept = 40;

/** @param watched ids of the runs that somebody watches */
export function createLogs(watched: () => ReadonlySet<string>): Logs {
  const followers = new Map<string, LogFollower>();

  const forgetOld = (newest: string) => {
    const kept = watched();
    for (const id of followers.keys()) {
      if (followers.size <= mostKept) break;
      if (!kept.has(id) && id !== newest) followers.delete(id);
    }
  };

  const followerOf = ({ id, folder, record }: RunWatch): LogFollower => {
    const known = followers.get(id);
    const follower = known ?? createLogFollower(folder.metrics, record ? imagesOfRunStep(record) : 1);
    // The one that was asked for last is the last to go.
    followers.delete(id);
    followers.set(id, follower);
    if (!known) forgetOld(id);
    return follower;
  };

  return {
    update: (run) => followerOf(run).update(),
    series: async (run, points) => {
      const follower = followerOf(run);
      await follower.update();
      return { id: run.id, ...follower.series(points) };
    },
    warnings: async (run) => {
      const follower = followerOf(run);
      try {
        await follower.update();
        return follower.warnings();
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        return [{ kind: 'problem', step: run.row.step, message: error.message }];
      }
    },
    forget: (id) => void followers.delete(id),
  };
}
