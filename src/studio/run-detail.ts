// All that the page shows of one run, but for its curves.
import { join } from 'node:path';
import { figureSpec } from '../compare/figures';
import { protocolWords } from '../compare/protocol';
import { readChosen } from '../compare/run-summary';
import type { Options, OptionValues } from '../config/option';
import { families } from '../models';
import { checkpointFolder, listCheckpoints } from '../run/checkpoint';
import type { RunRecord } from '../run/run-folder';
import type { Checkpoint, EvaluatedFigure, RunDetail, RunRow, Warning } from './api';
import { HttpError } from './failure';
import { lookAt } from './look';
import { plainValues, trains } from './run-row';
import type { RunWatch } from './run-watch';
import { commandOf } from './train-words';

export interface Around {
  /** As the list shows it. */
  readonly row: RunRow;
  /** What the watchdog said. */
  readonly warnings: readonly Warning[];
  /** Whether it is a trial of a search at work: then that one rules it. */
  readonly isRuled: boolean;
}

/** @throws HttpError when its run.json cannot be read; DataError for other files of it */
export async function detailOf(watch: RunWatch, { row, warnings, isRuled }: Around): Promise<RunDetail> {
  const { record, owner } = watch;
  if (!record) throw new HttpError(409, row.problem ?? 'Its run.json cannot be read.');
  const family = families.find(({ name }) => name === record.config.model);
  const checkpoints = await checkpointsOf(watch, record, family !== undefined);
  const isAtWork = trains(row.state);
  const has = family !== undefined && checkpoints.length > 0;
  const note = family?.figuresNote?.(record.config as OptionValues<Options>);
  const { fingerprint } = record.dataset;
  return {
    ...row,
    ...(record.asked && { asked: plainValues(record.asked) }),
    resolved: plainValues(record.config),
    command: commandOf(record),
    grids: watch.grids(),
    checkpoints,
    warnings: [...warnings, ...problemOf(record)],
    evaluations: await evaluationsOf(watch, fingerprint),
    provenance: {
      version: record.aigc,
      backend: record.backend,
      dataset: record.dataset.name,
      fingerprint,
      ...(owner && isAtWork && { owner: `process ${owner.pid} on ${owner.host}` }),
    },
    ...(note !== undefined && { note }),
    can: {
      stop: isAtWork && !isRuled,
      checkpoint: isAtWork && !isRuled,
      resume: !isAtWork && !isRuled && family !== undefined && row.state !== 'starting',
      evaluate: has,
      play: has,
    },
  };
}

function problemOf({ problem, step }: RunRecord): Warning[] {
  return problem === undefined ? [] : [{ kind: 'problem', step, message: problem }];
}

/** The newest first; what is reached by a link is left out. */
async function checkpointsOf(
  { folder }: RunWatch,
  { best }: RunRecord,
  plays: boolean,
): Promise<Checkpoint[]> {
  if (!lookAt(folder.checkpoints)?.isDirectory()) return [];
  const steps = await listCheckpoints(folder.checkpoints);
  return steps.flatMap((step) => {
    const path = checkpointFolder(folder.checkpoints, step);
    const weights = lookAt(join(path, 'weights.safetensors'));
    if (!lookAt(path)?.isDirectory() || !weights?.isFile()) return [];
    const written = new Date(weights.mtimeMs).toISOString();
    return [{ step, best: best?.step === step, plays, written, bytes: weights.size }];
  });
}

async function evaluationsOf({ folder }: RunWatch, fingerprint: string): Promise<EvaluatedFigure[]> {
  if (!lookAt(folder.evaluations)?.isFile()) return [];
  const { chosen } = await readChosen(folder.evaluations, fingerprint);
  return chosen.map((line) => {
    const { figure, mean, standardError, step, real, unit } = line;
    return {
      ...(unit !== undefined && { unit }),
      ...figureSpec(figure),
      ...(step !== undefined && { step }),
      value: mean,
      ...(standardError !== undefined && { standardError }),
      ...(real && { real: real.mean }),
      protocol: protocolWords(line),
    };
  });
}
