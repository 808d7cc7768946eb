// The folder of a run: where its files are, its run.json, and the lock that keeps two writers apart.
import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { DataError, UsageError } from '../errors';
import { errorCode, fileError, makeFolder, writeFileAtomic } from '../files';
import { version } from '../version';

export interface RunFolder {
  readonly path: string;
  readonly run: string;
  readonly metrics: string;
  /** What `aigc evaluate` measured of the run's checkpoints. */
  readonly evaluations: string;
  readonly samples: string;
  readonly checkpoints: string;
  readonly lock: string;
}

export function runFolder(path: string): RunFolder {
  return {
    path,
    run: join(path, 'run.json'),
    metrics: join(path, 'metrics.jsonl'),
    evaluations: join(path, 'evaluations.jsonl'),
    samples: join(path, 'samples'),
    checkpoints: join(path, 'checkpoints'),
    lock: join(path, 'lock.json'),
  };
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
  dataset: z.object({ name: z.string(), fingerprint: z.string() }),
  /** What flags and configuration files said, and the model and the data in any case; not in runs of an early aigc. */
  asked: z.record(z.string(), z.unknown()).optional(),
  /** What the run is: that, completed by defaults. */
  config: z.record(z.string(), z.unknown()),
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
  /** The best checkpoint so far: by which figure, and its value. */
  best: z.object({ step: z.number().int(), figure: z.string(), value: z.number() }).optional(),
});

export type Best = NonNullable<RunRecord['best']>;

/** What run.json holds. */
export type RunRecord = z.infer<typeof runSchema>;

/** @returns undefined when the folder holds no run. @throws DataError when its run.json is damaged */
export async function readRun(folder: RunFolder): Promise<RunRecord | undefined> {
  const text = await readFile(folder.run, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw fileError(error, folder.run, 'read');
  });
  if (text === undefined) return undefined;
  try {
    return runSchema.parse(JSON.parse(text));
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
  for (const path of [folder.checkpoints, folder.samples, folder.metrics, folder.evaluations, folder.run]) {
    await rm(path, { recursive: true, force: true }).catch((error) => {
      throw fileError(error, path, 'write');
    });
  }
}

/**
 * Makes the folder and takes its lock; a lock whose process is gone counts for nothing.
 * @returns what releases it
 * @throws UsageError when another process is training there
 */
export async function lockRun(folder: RunFolder): Promise<() => void> {
  await makeFolder(folder.path);
  const draft = `${folder.lock}.${process.pid}`;
  for (;;) {
    try {
      // A link appears with its content: no other process can see an empty lock.
      writeFileSync(draft, JSON.stringify({ pid: process.pid, host: hostname() }));
      linkSync(draft, folder.lock);
      return () => rmSync(folder.lock, { force: true });
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw fileError(error, folder.lock, 'write');
    } finally {
      rmSync(draft, { force: true });
    }
    const holder = lockHolder(folder);
    if (holder !== undefined) {
      throw new UsageError(`Another aigc (process ${holder}) is training in ${folder.path}.`, {
        hint: 'Wait for it, stop it, or choose another --out.',
      });
    }
    rmSync(folder.lock, { force: true });
  }
}

/** The process that holds the lock, if it lives; on another host nobody can tell, so there it counts as alive. */
export function lockHolder(folder: RunFolder): string | undefined {
  const schema = z.object({ pid: z.number().int(), host: z.string() });
  try {
    const { pid, host } = schema.parse(JSON.parse(readFileSync(folder.lock, 'utf8')));
    if (host !== hostname()) return `${pid} on ${host}, or it was killed: then remove ${folder.lock}`;
    if (pid === process.pid) return undefined;
    process.kill(pid, 0);
    return String(pid);
  } catch (error) {
    // A process that we may not signal lives too.
    return errorCode(error) === 'EPERM' ? 'of another user' : undefined;
  }
}
