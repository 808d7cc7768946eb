// Checkpoints on disk: written whole or not at all, checked by hash when they are read.
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { DataError } from '../errors';
import { fileError } from '../file-error';
import { makeFolder, syncFolder, writeFileAtomic } from '../files';
import { parseJson } from '../json';
import { readText, readWhole } from '../read-file';
import { sha256 } from '../sha256';
import { version } from '../version';
import { decodeSafetensors, encodeSafetensors, type StoredTensor, safetensorsParts } from './safetensors';

/** Raised when readers of an older aigc could not read the files any more. */
export const formatVersion = 1;

const manifestFile = 'manifest.json';
const weightsFile = 'weights.safetensors';
const folderPattern = /^step-(\d{6,})$/;

/** Values in an image: with more, a model of them is not to be had, whoever wrote the manifest. */
const maxImageValues = 2 ** 24;
const maxWeightBytes = 2 ** 31;

const manifestSchema = z.object({
  formatVersion: z.number().int(),
  aigc: z.string(),
  family: z.string(),
  /** The file that defines the family, of one from outside of aigc. */
  familyFile: z.object({ name: z.string(), sha256: z.string() }).optional(),
  /** Training steps done. */
  step: z.number().int().nonnegative(),
  /** What the model is built from. */
  setting: z.object({
    image: z
      .object({
        height: z.number().int().positive(),
        width: z.number().int().positive(),
        channels: z.union([z.literal(1), z.literal(3)]),
      })
      .refine(({ height, width, channels }) => height * width * channels <= maxImageValues),
    classCount: z.number().int().nonnegative().max(256),
    pixelMean: z.number(),
    seed: z.number().int().nonnegative(),
    options: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]).optional()),
  }),
  dataset: z.object({ name: z.string(), fingerprint: z.string() }),
  /** The names of the classes by label, and the labels of no training image; left out where all are there and unnamed. */
  classes: z
    .object({ names: z.array(z.string()).optional(), absent: z.array(z.number().int()).optional() })
    .optional(),
  weights: z.object({
    /** In the same folder. */
    file: z.string().regex(/^[\w-][\w.-]*$/),
    bytes: z.number().int().nonnegative().max(maxWeightBytes),
    sha256: z.string(),
  }),
  /** What roll-backs had left of the learning rate; 1 when left out. */
  learningRateScale: z.number().positive().optional(),
  /** Its samples looked alike: no place to roll back to because of that. */
  collapsed: z.literal(true).optional(),
});

export type Manifest = z.infer<typeof manifestSchema>;

/** What the caller says of a checkpoint; the rest of the manifest is worked out here. */
export type CheckpointHead = Omit<Manifest, 'formatVersion' | 'aigc' | 'weights'>;

/** What the weights' file of a checkpoint holds. */
export interface StoredWeights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Checkpoint {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}

/** The folder of a step's checkpoint: step-000468. */
export function checkpointFolder(parent: string, step: number): string {
  return join(parent, `step-${String(step).padStart(6, '0')}`);
}

/**
 * Writes a checkpoint under a temporary name, the manifest last, and renames it into place.
 * @param parent the run's `checkpoints` folder; made when it is missing
 * @param confirm called before the rename; what it throws leaves everything as it was
 * @returns the checkpoint's folder
 * @throws DataError when the disk refuses; what was there before is untouched
 */
export async function writeCheckpoint(
  parent: string,
  head: CheckpointHead,
  { tensors, metadata }: StoredWeights,
  confirm: () => void = () => undefined,
): Promise<string> {
  const folder = checkpointFolder(parent, head.step);
  const temporary = join(parent, `.step-${head.step}.${process.pid}.tmp`);
  const bytes = encodeSafetensors(tensors, metadata);
  const manifest: Manifest = {
    formatVersion,
    aigc: version,
    ...head,
    weights: { file: weightsFile, bytes: bytes.length, sha256: sha256(bytes) },
  };
  let replaced: string | undefined;
  try {
    await makeFolder(temporary);
    await writeFileAtomic(join(temporary, weightsFile), bytes);
    await writeFileAtomic(join(temporary, manifestFile), sealed(manifest));
    confirm();
    // A run that was resumed writes the same step again; the new one is whole, so the old one may go.
    replaced = await moveAway(parent, head.step);
    await rename(temporary, folder);
    if (replaced) await rm(replaced, { recursive: true, force: true });
  } catch (error) {
    if (replaced) await rename(replaced, folder).catch(() => undefined);
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    throw fileError(error, folder, 'write');
  }
  await syncFolder(parent);
  return folder;
}

/** The SHA-256 that the weights' file of a checkpoint has, or would have. */
export function weightsSha256({ tensors, metadata }: StoredWeights): string {
  return sha256(...safetensorsParts(tensors, metadata));
}

/** Removes all but the `keep` newest checkpoints and those of the steps `spared`, and what an interrupted writer left. */
export async function pruneCheckpoints(
  parent: string,
  keep: number,
  spared: readonly number[] = [],
): Promise<void> {
  const steps = await listCheckpoints(parent);
  for (const step of steps.slice(keep).filter((old) => !spared.includes(old))) await moveAway(parent, step);
  for (const name of await readdir(parent).catch(() => [])) {
    if (name.startsWith('.step-')) await rm(join(parent, name), { recursive: true, force: true });
  }
}

/** Sets aside checkpoints of later steps than a resumed run has reached, because they are damaged: as step-N.damaged
 *  they count no more, and nothing is lost. */
export async function setAsideAfter(parent: string, step: number): Promise<void> {
  for (const later of (await listCheckpoints(parent)).filter((other) => other > step)) {
    const folder = checkpointFolder(parent, later);
    await rm(`${folder}.damaged`, { recursive: true, force: true });
    await rename(folder, `${folder}.damaged`);
  }
}

/** Removes the checkpoints of later steps than a run is rolled back to. */
export async function removeAfter(parent: string, step: number): Promise<void> {
  const hidden: string[] = [];
  for (const later of (await listCheckpoints(parent)).filter((other) => other > step)) {
    const name = await moveAway(parent, later);
    if (name) hidden.push(name);
  }
  await syncFolder(parent);
  for (const name of hidden) await rm(name, { recursive: true, force: true });
}

/**
 * Takes a checkpoint away at once, by a rename: file by file, a killed process would leave half of one.
 * @returns where it is, for the caller to remove: a name that `pruneCheckpoints` removes too; undefined when there was none
 */
async function moveAway(parent: string, step: number): Promise<string | undefined> {
  const name = join(parent, `.step-${step}.${process.pid}.old.tmp`);
  await rm(name, { recursive: true, force: true });
  try {
    await rename(checkpointFolder(parent, step), name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return name;
}

/** The steps that have a checkpoint folder, newest first. */
export async function listCheckpoints(parent: string): Promise<number[]> {
  const names = await readdir(parent).catch(() => []);
  return names
    .map((name) => folderPattern.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => b - a);
}

/**
 * Reads the newest whole checkpoint of a run.
 * @param warn told of each newer one that is damaged
 * @returns undefined when there is none at all
 * @throws DataError when there are some, and every one is damaged
 */
export async function readNewestCheckpoint(
  parent: string,
  warn: (message: string) => void,
): Promise<Checkpoint | undefined> {
  let damage: unknown;
  for (const step of await listCheckpoints(parent)) {
    const folder = checkpointFolder(parent, step);
    try {
      const checkpoint = await readCheckpoint(folder);
      if (damage !== undefined)
        warn(`${(damage as Error).message} Using the checkpoint of step ${step} instead.`);
      return checkpoint;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      // A run that goes on meanwhile has replaced it by a newer one.
      if (!(await stat(folder).catch(() => undefined))) return readNewestCheckpoint(parent, warn);
      damage ??= error;
    }
  }
  if (damage !== undefined) throw damage;
  return undefined;
}

/**
 * Reads one checkpoint and checks every byte of it.
 * @throws DataError when a file is missing, damaged, or written by a newer format
 */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const manifest = await readManifest(join(folder, manifestFile));
  const path = join(folder, manifest.weights.file);
  const bytes = await readWhole(path, Math.max(manifest.weights.bytes, 2 ** 20));
  if (bytes.length !== manifest.weights.bytes) {
    throw damaged(path, `expected ${manifest.weights.bytes} bytes, got ${bytes.length}`);
  }
  if (sha256(bytes) !== manifest.weights.sha256) {
    throw damaged(path, `expected SHA-256 ${manifest.weights.sha256}, got ${sha256(bytes)}`);
  }
  return { folder, manifest, tensors: decodeSafetensors(bytes, path) };
}

async function readManifest(path: string): Promise<Manifest> {
  const text = readText(path);
  const { content, whole } = unsealed(text, path);
  const found = z.object({ formatVersion: z.number() }).safeParse(content);
  if (whole && found.success && found.data.formatVersion > formatVersion) {
    throw new DataError(
      `${path} is of checkpoint format ${found.data.formatVersion}; aigc ${version} reads up to ${formatVersion}.`,
      { hint: 'Use a newer aigc.' },
    );
  }
  const parsed = manifestSchema.safeParse(content);
  if (!whole || !parsed.success) throw damaged(path, 'it is not what was written');
  return parsed.data;
}

/** The manifest as JSON, with the hash of that JSON as its last field. */
function sealed(manifest: Manifest): string {
  const body = JSON.stringify(manifest, null, 2);
  return `${body.slice(0, -2)},\n  "sha256": "${sha256(body)}"\n}\n`;
}

function unsealed(text: string, path: string): { content: unknown; whole: boolean } {
  const end = /,\n {2}"sha256": "([0-9a-f]{64})"\n\}\n$/.exec(text);
  const body = end ? `${text.slice(0, end.index)}\n}` : text;
  try {
    return { content: parseJson(body), whole: end?.[1] === sha256(body) };
  } catch (cause) {
    throw damaged(path, 'it is not JSON', cause);
  }
}

function damaged(path: string, detail: string, cause?: unknown): DataError {
  return new DataError(`${path} is damaged: ${detail}.`, {
    hint: 'Use another checkpoint of the run: --checkpoint RUN/checkpoints/step-N.',
    cause,
  });
}
