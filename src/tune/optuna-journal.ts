// A search as Optuna's journal, which optuna-dashboard and JournalStorage(JournalFileBackend(FILE)) read: a line of JSON for
// each operation (optuna/storages/journal/_storage.py of Optuna 3.1 to 5.0). What stands in it follows from the plan and
// the results so far, and is only ever appended to.
import { truncate } from 'node:fs/promises';
import { basename } from 'node:path';
import { z } from 'zod';
import { lastName } from '../config/command-line';
import type { Options, OptionValue } from '../config/option';
import { DataError } from '../errors';
import { fileError } from '../file-error';
import { appendToFile, parseLine, readLines } from '../run/json-lines';
import { oncePerSet } from '../stats/memo';
import { shellWord } from '../words';
import { ranked } from './halving';
import type { Configuration } from './space';
import { type TrialResult, type TunePlan, trialName } from './tune-folder';

/** JournalOperation. */
const operations = {
  createStudy: 0,
  setStudyAttribute: 3,
  createTrial: 4,
  setParameter: 5,
  setState: 6,
  setIntermediate: 7,
  setTrialAttribute: 8,
} as const;
const directions = { lower: 1, higher: 2 } as const;
/** TrialState. */
const states = { complete: 1, pruned: 2, failed: 3 } as const;
/** By whom lines are: the dashboard appends notes of its own. */
const worker = 'aigc';

export type Operation = Readonly<Record<string, unknown>>;

/** What a journal is made of. */
export interface Study {
  /** Of the search's folder. */
  readonly path: string;
  readonly plan: TunePlan;
  /** Of the family. */
  readonly options: Options;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The configurations of the first trials. */
  configurations(count: number): readonly Configuration[];
  /** How many trials come to each rung of a bracket when none of them fails, the shortest first. */
  rungs(bracket: number): readonly number[];
}

/** When a result came, as milliseconds of the clock. */
export type EndOf = (result: TrialResult) => number;

/** @returns told of the results in their order, gives the lines of each; the first come with the study's own */
export function createJournal(study: Study, endOf: EndOf): (result: TrialResult) => Operation[] {
  const { plan } = study;
  const until: TrialResult[] = [];
  let configurations: readonly Configuration[] = [];
  let created = 0;
  const configurationAt = (index: number) => {
    if (index >= configurations.length) configurations = study.configurations(2 * (index + 1));
    return configurations[index] ?? {};
  };
  return (result) => {
    const lines: Operation[] = [];
    if (until.length === 0) {
      lines.push(
        creation(study),
        // What its pictures call the figure.
        operation(operations.setStudyAttribute, {
          study_id: 0,
          system_attr: { 'study:metric_names': [plan.figure.label] },
        }),
      );
    }
    until.push(result);
    const endMs = endOf(result);
    const start = isoTime(endMs - 1000 * result.seconds);
    // Optuna counts trials in the order of their creation: those before it have begun, and run.
    for (; created < result.trial; created++)
      lines.push(...beginning(study, created, configurationAt(created), start));
    return [...lines, ...endingOf(study, until, result, isoTime(endMs))];
  };
}

const operation = (code: number, fields: Operation): Operation => ({
  op_code: code,
  worker_id: worker,
  ...fields,
});

const isoTime = (ms: number) => new Date(ms).toISOString().replace('Z', '+00:00');

/** The first line. */
const creation = (study: Study) =>
  operation(operations.createStudy, {
    study_name: nameOf(study),
    directions: [directions[study.plan.figure.better]],
  });

function nameOf({ path, plan, createdAt }: Study): string {
  return `${basename(path)}: ${plan.model} on ${lastName(plan.data)}, ${createdAt}`;
}

/** @param index of a trial, from 0 */
function beginning(study: Study, index: number, configuration: Configuration, start: string): Operation[] {
  return [
    operation(operations.createTrial, { study_id: 0, datetime_start: start }),
    operation(operations.setTrialAttribute, {
      trial_id: index,
      user_attr: { run: `trials/${trialName(index + 1)}` },
    }),
    ...Object.entries(configuration).map(([name, value]) => {
      const distribution = distributionOf(study, name);
      return operation(operations.setParameter, {
        trial_id: index,
        param_name: name,
        param_value_internal: distribution.internal(value),
        distribution: JSON.stringify({ name: distribution.name, attributes: distribution.attributes }),
      });
    }),
  ];
}

/** What Optuna calls where an option is searched. The first trial's value, the default, may lie beside it. */
function distributionOf({ plan, options }: Study, name: string) {
  const search = plan.space[name];
  const first = plan.first?.[name];
  if (search === undefined || 'among' in search) {
    const among: readonly OptionValue[] = search?.among ?? [];
    const choices = first === undefined || among.includes(first) ? among : [...among, first];
    return {
      name: 'CategoricalDistribution',
      attributes: { choices },
      internal: (value: OptionValue) => choices.indexOf(value),
    };
  }
  const beside = typeof first === 'number' ? [first] : [];
  const [low, high] = [Math.min(search.from, ...beside), Math.max(search.to, ...beside)];
  const isWhole = options[name]?.kind === 'integer';
  return {
    name: isWhole ? 'IntDistribution' : 'FloatDistribution',
    attributes: { low, high, step: isWhole ? 1 : null, log: search.log ?? false },
    internal: Number,
  };
}

/** Finding them draws all configurations until then. */
const rungsOf = oncePerSet((study: Study, bracket: number) => study.rungs(bracket));

/** What a result says of its trial, and of those that now do not go on. */
function endingOf(
  study: Study,
  until: readonly TrialResult[],
  result: TrialResult,
  time: string,
): Operation[] {
  const { bracket, rung, value, length, reason, status } = result;
  const state = (trial: number, code: number, values: readonly number[] | null) =>
    operation(operations.setState, { trial_id: trial - 1, state: code, values, datetime_complete: time });
  const trial_id = result.trial - 1;
  const said =
    value === undefined
      ? [
          operation(operations.setTrialAttribute, { trial_id, user_attr: { reason: reason ?? status } }),
          state(result.trial, states.failed, null),
        ]
      : [operation(operations.setIntermediate, { trial_id, step: length, intermediate_value: value })];
  const rungs = rungsOf(study, bracket);
  if (rung === rungs.length)
    return value === undefined ? said : [...said, state(result.trial, states.complete, [value])];
  const beside = until.filter((one) => one.bracket === bracket && one.rung === rung);
  if (beside.length < cameTo(rungs, until, bracket, rung)) return said;
  // The rung is done: the best go on.
  const measured = ranked(beside, study.plan.figure.better).filter((one) => one.value !== undefined);
  const left = measured.slice(rungs[rung] ?? 0);
  return [...said, ...left.map((one) => state(one.trial, states.pruned, [one.value as number]))];
}

/** How many trials come to a rung: fewer than planned where fewer than that were measured at the one before. */
function cameTo(
  rungs: readonly number[],
  until: readonly TrialResult[],
  bracket: number,
  rung: number,
): number {
  const planned = rungs[rung - 1] ?? 0;
  if (rung === 1) return planned;
  const before = until.filter(
    (one) => one.bracket === bracket && one.rung === rung - 1 && one.value !== undefined,
  );
  return Math.min(planned, before.length);
}

const lineSchema = z.object({ op_code: z.number().int(), worker_id: z.string() });
const studySchema = lineSchema.extend({ op_code: z.literal(operations.createStudy), study_name: z.string() });

/**
 * Opens the journal of a search, and appends what it lacks of the results so far. The dashboard may add to it.
 * @returns told of each result that comes
 * @throws DataError when the file is another study's, or none
 */
export async function openJournal(
  file: string,
  study: Study,
  earlier: readonly TrialResult[],
): Promise<(result: TrialResult) => void> {
  const written = await linesThere(file, study);
  const begun = Date.parse(study.createdAt);
  const known = new Set(earlier);
  // Of results of an earlier call nobody knows when they came, but how long the search had worked.
  const endOf: EndOf = (result) => (known.has(result) ? begun + 60_000 * result.spentMinutes : Date.now());
  const linesOf = createJournal(study, endOf);
  appendToFile(file, earlier.flatMap(linesOf).slice(written));
  return (result) => appendToFile(file, linesOf(result));
}

/** How many of its lines are ours; half a line that a killed search left is taken away.
 *  @throws DataError for a file of another study */
async function linesThere(file: string, study: Study): Promise<number> {
  let [ours, bytes] = [0, 0];
  for await (const line of readLines(file)) {
    if (!line.whole) {
      const begun = Buffer.from(JSON.stringify(creation(study))).toString('utf8', 0, line.end);
      if (bytes === 0 && line.text !== begun) throw otherStudy(file);
      await cutTo(file, bytes);
      break;
    }
    const { op_code: code, worker_id: by } = parseLine(line.text, lineSchema) ?? {};
    const begins = parseLine(line.text, studySchema)?.study_name === nameOf(study);
    const isForeign =
      code === operations.createStudy
        ? !begins || bytes > 0
        : code === operations.createTrial && by !== worker;
    if (code === undefined || isForeign || (bytes === 0 && !begins)) throw otherStudy(file);
    bytes = line.end;
    if (by === worker) ours++;
  }
  return ours;
}

async function cutTo(file: string, bytes: number): Promise<void> {
  await truncate(file, bytes).catch((error: unknown) => {
    throw fileError(error, file, 'write');
  });
}

function otherStudy(file: string): DataError {
  return new DataError(`${file} is no journal of this search: it holds something else.`, {
    hint: `Name a file of its own: --optuna-journal ${shellWord(`${file}.2`)}`,
  });
}
