// The folder of a search: tune.json, its plan; trials.jsonl, a line for each rung that a trial has finished; the trials.
import { join } from 'node:path';
import { z } from 'zod';
import { mostTrials } from '../config/tune-options';
import { DataError } from '../errors';
import { writeFileAtomic } from '../files';
import { parseJson, recordOf } from '../json';
import { readTextIfAny } from '../read-file';
import { appendToFile, parseLine, readLines } from '../run/json-lines';
import { version } from '../version';
import { shellWord } from '../words';

export interface TuneFolder {
  readonly path: string;
  readonly plan: string;
  readonly results: string;
  readonly report: string;
  /** Without an ending. */
  readonly chart: string;
  /** The run folder of a trial. */
  trial(number: number): string;
  /** What an engine is given, and what its tasks say and come to: for each call NAME.log and NAME.json. */
  readonly jobs: string;
  /** The locks of those who are at a trial, and of who writes a result. */
  readonly claims: string;
}

export function tuneFolder(path: string): TuneFolder {
  return {
    path,
    plan: join(path, 'tune.json'),
    results: join(path, 'trials.jsonl'),
    report: join(path, 'report.md'),
    chart: join(path, 'chart'),
    trial: (number) => join(path, 'trials', trialName(number)),
    jobs: join(path, 'jobs'),
    claims: join(path, 'claims'),
  };
}

/** 7 → 0007 */
export function trialName(number: number): string {
  return String(number).padStart(4, '0');
}

const optionValue = z.union([z.number(), z.string(), z.boolean()]);

const planSchema = z.object({
  /** The family's name. */
  model: z.string(),
  /** Where the family is, of one from outside of aigc, and what it was when the search began. For people to read: only
   *  a file that the user names is run. */
  familyFile: z.object({ path: z.string(), sha256: z.string() }).optional(),
  /** As --data takes it. */
  data: z.string(),
  seed: z.number().int(),
  figure: z.object({
    name: z.string(),
    label: z.string(),
    unit: z.string().optional(),
    better: z.enum(['lower', 'higher']),
  }),
  /** The metric of the registry that gives the figure. */
  metric: z.string(),
  /** Whether the figure is one that training measures on the test split, or one for `aigc evaluate`. */
  source: z.enum(['held-out', 'evaluate']),
  /** Images of the test split that are evaluated; all when absent. */
  count: z.number().int().optional(),
  /** Images that are drawn to be evaluated; as many as `aigc evaluate` takes when absent. */
  sampleCount: z.number().int().optional(),
  /** η; absent for random search. */
  eta: z.number().int().min(2).max(10).optional(),
  /** Trials in all; absent to go on until time is up. */
  trials: z.number().int().min(1).max(mostTrials).optional(),
  /** Trials in a bracket. */
  bracket: z.number().int().min(1).max(mostTrials),
  unit: z.enum(['epochs', 'steps']),
  /** How long the best trials are trained, in that unit. */
  length: z.number().int().positive(),
  /** Training images. */
  trainCount: z.number().int().positive(),
  space: recordOf(
    z.union([
      z.object({ from: z.number(), to: z.number(), log: z.boolean().optional() }),
      z.object({ among: z.array(optionValue).min(1) }),
    ]),
  ),
  /** What the first trial has, when it is not drawn. */
  first: recordOf(optionValue).optional(),
  /** Of a sweep: all that is trained, once with each of the seeds. Absent where configurations are drawn. */
  configurations: z.array(recordOf(optionValue)).min(1).max(mostTrials).optional(),
  seeds: z.array(z.number().int().min(0)).min(1).max(mostTrials).optional(),
});

/** What a search is: fixed before its first trial. */
export type TunePlan = z.infer<typeof planSchema>;

const resultSchema = z.object({
  event: z.literal('trial'),
  trial: z.number().int().positive().max(1_000_000),
  /** Of a sweep's trial, which may be another than the plan's. */
  seed: z.number().int().optional(),
  /** From 1. */
  bracket: z.number().int().positive(),
  /** From 1, the shortest. */
  rung: z.number().int().positive(),
  /** What it has been trained in all, in the plan's unit. */
  length: z.number().int().positive(),
  status: z.enum(['measured', 'diverged', 'failed']),
  /** The figure; absent unless it was measured. */
  value: z.number().optional(),
  standardError: z.number().optional(),
  /** Of this rung: training and evaluation. */
  seconds: z.number(),
  /** Minutes of the search until then, all of its calls together. */
  spentMinutes: z.number(),
  options: recordOf(optionValue),
  /** Why there is no figure. */
  reason: z.string().optional(),
});

export type TrialResult = z.infer<typeof resultSchema>;

const fileSchema = z.object({
  formatVersion: z.literal(1),
  aigc: z.string(),
  createdAt: z.string(),
  /** The flags that made the plan, as they were given. */
  flags: recordOf(z.unknown()),
  plan: planSchema,
});

export type TuneRecord = Pick<z.infer<typeof fileSchema>, 'createdAt' | 'flags' | 'plan'>;

/** @returns undefined when the folder holds no search. @throws DataError when its tune.json is damaged */
export async function readTune(folder: TuneFolder): Promise<TuneRecord | undefined> {
  const text = readTextIfAny(folder.plan);
  if (text === undefined) return undefined;
  try {
    return fileSchema.parse(parseJson(text));
  } catch (cause) {
    throw new DataError(`${folder.plan} is damaged: it is not what aigc wrote.`, {
      hint: `The trials may still be whole: \`aigc compare ${shellWord(join(folder.path, 'trials'))}/*\`.`,
      cause,
    });
  }
}

export async function writeTune(folder: TuneFolder, record: TuneRecord): Promise<void> {
  await writeFileAtomic(
    folder.plan,
    `${JSON.stringify({ formatVersion: 1, aigc: version, ...record }, null, 2)}\n`,
  );
}

/** The results so far, past lines that are damaged and the half line that a killed search leaves. Of a trial that failed and
 *  was trained again, the last. @throws DataError when they cannot be read */
export async function readResults(folder: TuneFolder): Promise<TrialResult[]> {
  const results = new Map<string, TrialResult>();
  for await (const { text, whole } of readLines(folder.results)) {
    const result = whole ? parseLine(text, resultSchema) : undefined;
    if (!result) continue;
    const name = `${result.trial} ${result.rung}`;
    results.delete(name); // So that the last line is the last result.
    results.set(name, result);
  }
  return [...results.values()];
}

/** The results from a byte of the log on, as they stand there. @returns also the byte to go on from */
export async function readNewResults(
  folder: TuneFolder,
  from: number,
): Promise<{ readonly results: TrialResult[]; readonly end: number }> {
  const results: TrialResult[] = [];
  let upTo = from;
  for await (const { text, whole, end } of readLines(folder.results, from)) {
    if (!whole) break;
    upTo = end;
    const result = parseLine(text, resultSchema);
    if (result) results.push(result);
  }
  return { results, end: upTo };
}

/** Appends a line; it is on the disk when this returns. */
export function appendResult(folder: TuneFolder, result: TrialResult): void {
  appendToFile(folder.results, [result]);
}
