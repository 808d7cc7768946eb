// What the end of a job of Ray's says of its call.
import { wasTold } from '../engine-job';
import type { ChildOutcome } from '../launcher';
import type { RayJob } from './head';

/** Whether a job in this state may still come to something. */
export function isOpen(status: string): boolean {
  return !/^(STOPPED|SUCCEEDED|FAILED)$/.test(status);
}

/** A job that has no exit code was ended by Ray: with its node, or before it began. */
export function ended({ status, message, error_type, driver_exit_code }: RayJob): ChildOutcome {
  const said = /failed with exit code (-?\d+)/.exec(message ?? '')?.[1];
  const code = driver_exit_code ?? (said === undefined ? undefined : Number(said));
  const outcome = { code: null, events: [], lastWords: (message ?? '').trim() };
  if (status === 'STOPPED') return { ...outcome, cut: { why: 'cancelled', word: status } };
  if (status === 'SUCCEEDED') return { ...outcome, code: 0 };
  const signal = code !== undefined && code < 0 ? -code : undefined;
  if (code === undefined || wasTold({ code, signal }))
    return { ...outcome, cut: { why: 'interrupted', word: error_type ?? status } };
  return { ...outcome, code: signal === undefined ? code : null };
}
