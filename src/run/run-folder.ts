// The folder of a run: where its files are, and its run.json.
import { realpath, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { DataError } from '../errors';
import { fileError } from '../file-error';
import { sweepTemporaries, writeFileAtomic } from '../files';
import { parseJson, recordOf } from '../json';
import { exists, readTextIfAny } from '../read-file';
import { version } from '../version';

export interface RunFolder {
  readonly path: string;
  readonly run: string;
  readonly metrics: string;
  /** What `aigc evaluate` measured of the run's checkpoints. */
  readonly evaluations: string;
  readonly samples: string;
  readonly checkpoints: string;
  /** The event files of --tensorboard. */
  readonly tensorboard: string;
}

export function runFolder(path: string): RunFolder {
  return {
    path,
    run: join(path, 'run.json'),
    metrics: join(path, 'metrics.jsonl'),
    evaluations: join(path, 'evaluations.jsonl'),
    samples: join(path, 'samples'),
    checkpoints: join(path, 'checkpoints'),
    tensorboard: join(path, 'tensorboard'),
  };
}

/** The run that a checkpoint's folder lies in, by whatever path or link it is named; undefined when it lies in none. */
export async function runOfCheckpoint(checkpoint: string): Promise<RunFolder | undefined> {
  const path = await realpath(checkpoint).catch(() => resolve(checkpoint));
  const folder = runFolder(dirname(dirname(path)));
  return (await exists(folder.run)) ? folder : undefined;
}

const runSchema = z.object({
  formatVersion: z.literal(1),
  aigc: z.string(),
  createdAt: z.string(),
  /** `running` also stands in a run that was killed. */
  status: z.enum(['running', 'finished', 'stopped', 'diverged', 'collapsed']),
  /** Training steps done when the status was written. */
  step: z.number().int(),
  backend: z.string(),
  /** How its steps run there; not in runs of an early aigc. */
  compile: z.enum(['off', 'graph', 'xla']).optional(),
  dataset: z.object({ name: z.string(), fingerprint: z.string() }),
  /** What flags and configuration files said, and the model and the data in any case; not in runs of an early aigc. */
  asked: recordOf(z.unknown()).optional(),
  /** What the run is: that, completed by defaults. */
  config: recordOf(z.unknown()),
  /** In the order in which they were; a run that is resumed has them behind it. */
  rollbacks: z
    .array(
      z.object({
        step: z.number().int(),
        toStep: z.number().int(),
        learningRateScale: z.number().positive(),
        reason: z.string(),
      }),
    )
    .optional(),
  /** Where it ends, and how many steps an epoch has; not in runs of an early aigc. */
  length: z
    .object({ endStep: z.number().int().positive(), stepsPerEpoch: z.number().int().positive() })
    .optional(),
  /** The best checkpoint so far: by which figure, and its value. */
  best: z.object({ step: z.number().int(), figure: z.string(), value: z.number() }).optional(),
  /** The error that ended it, such as a full disk. */
  problem: z.string().optional(),
});

export type Best = NonNullable<RunRecord['best']>;

/** What run.json holds. */
export type RunRecord = z.infer<typeof runSchema>;

/** @returns undefined when the folder holds no run. @throws DataError when its run.json is damaged */
export async function readRun(folder: RunFolder): Promise<RunRecord | undefined> {
  const text = readTextIfAny(folder.run);
  if (text === undefined) return undefined;
  try {
    return runSchema.parse(parseJson(text));
  } catch (cause) {
    throw new DataError(`${folder.run} is damaged: it is not what aigc wrote.`, {
      hint: 'Its checkpoints may still be whole: `aigc sample --checkpoint` takes one of them.',
      cause,
    });
  }
}

export async function writeRun(
  folder: RunFolder,
  record: Omit<RunRecord, 'formatVersion' | 'aigc'>,
): Promise<void> {
  const content = { formatVersion: 1, aigc: version, ...record };
  await writeFileAtomic(folder.run, `${JSON.stringify(content, null, 2)}\n`);
}

/** Takes away a run's own files, and nothing else that the folder may hold. run.json is the last to go: if this is
 *  stopped half-way, the folder still says that it holds a run. */
export async function removeRun(folder: RunFolder): Promise<void> {
  const { checkpoints, samples, tensorboard, metrics, evaluations, run } = folder;
  for (const path of [checkpoints, samples, tensorboard, metrics, evaluations, run]) {
    await rm(path, { recursive: true, force: true }).catch((error) => {
      throw fileError(error, path, 'write');
    });
  }
}

/** Removes what killed writers left half-written. For the owner of the folder. */
export async function sweepRun(folder: RunFolder): Promise<void> {
  await sweepTemporaries(folder.path);
  await sweepTemporaries(folder.samples);
  await sweepTemporaries(folder.checkpoints);
}
