// What a trial that ran as a task of an engine came to, in the folder of the search: the search needs nothing else of the engine.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { AigcError, DataError } from '../errors';
import { makeFolder, writeFileAtomic } from '../files';
import { parseJson } from '../json';
import { readTextIfAny } from '../read-file';
import type { Measured } from './trial';
import { type TuneFolder, trialName } from './tune-folder';

const measuredSchema = z.object({
  status: z.enum(['measured', 'diverged', 'failed']),
  value: z.number().optional(),
  standardError: z.number().optional(),
  reason: z.string().optional(),
  /** Of the call that came to it. */
  seconds: z.number(),
});

/** What would stop every other trial too. */
const errorSchema = z.object({ error: z.object({ message: z.string(), hint: z.string().optional() }) });

const schema = z.union([measuredSchema, errorSchema]);

export type TimedOutcome = Measured & { readonly seconds: number };
export type TrialOutcome = TimedOutcome | z.infer<typeof errorSchema>;

/** Of a trial up to a rung, from 1: 0007-1 */
export function callName(trial: number, rung: number): string {
  return `${trialName(trial)}-${rung}`;
}

const fileOf = (folder: TuneFolder, name: string) => join(folder.jobs, `${name}.json`);

/** @returns undefined when there is none that is whole */
export function readOutcome(folder: TuneFolder, name: string): TrialOutcome | undefined {
  const text = readTextIfAny(fileOf(folder, name));
  if (text === undefined) return undefined;
  try {
    return schema.parse(parseJson(text)) as TrialOutcome;
  } catch {
    return undefined;
  }
}

export async function writeOutcome(folder: TuneFolder, name: string, outcome: TrialOutcome): Promise<void> {
  await makeFolder(folder.jobs);
  await writeFileAtomic(fileOf(folder, name), `${JSON.stringify(outcome)}\n`);
}

export function forgetOutcome(folder: TuneFolder, name: string): void {
  rmSync(fileOf(folder, name), { force: true });
}

/** @throws Error what is no error that a user can meet */
export function errorOutcome(error: unknown): TrialOutcome {
  if (!(error instanceof AigcError)) throw error;
  const { message, hint } = error;
  return { error: { message, ...(hint !== undefined && { hint }) } };
}

/** @throws DataError what the trial ended with, when no other would fare better */
export function measuredOf(outcome: TrialOutcome): TimedOutcome {
  if (!('error' in outcome)) return outcome;
  const { message, hint } = outcome.error;
  throw new DataError(message, hint === undefined ? {} : { hint });
}
