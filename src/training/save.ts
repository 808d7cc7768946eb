// Writes a run's checkpoints, keeps the best and those that a roll-back goes to, and removes the others.
import { classesOf } from '../dataset/classes';
import type { DataSet } from '../dataset/image-set';
import {
  type CheckpointHead,
  checkpointFolder,
  listCheckpoints,
  pruneCheckpoints,
  readCheckpoint,
  type StoredWeights,
  writeCheckpoint,
} from '../run/checkpoint';
import type { Best } from '../run/run-folder';
import { checkFinite, readVariables } from '../run/variables';
import { weightsMetadata } from '../run/weights-metadata';
import type { HeldSession, Session } from './open-session';
import type { RunFile } from './run-file';

/** What is known of the step that is saved. */
export interface CheckpointMarks {
  /** The best checkpoint, if it is this one. */
  readonly best?: Best | undefined;
  readonly collapsed: boolean;
}

/** @throws DivergedError when weights are not finite; DataError when the disk refuses or the folder is no longer ours.
 *  @returns the folder */
export async function saveCheckpoint(
  session: HeldSession,
  runFile: RunFile,
  step: number,
  { best, collapsed }: CheckpointMarks,
): Promise<string> {
  const { folder, lock } = session;
  lock.check();
  const weights = await weightsAt(session, step);
  checkFinite(weights.tensors, step);
  const { learningRateScale } = runFile;
  const written = await writeCheckpoint(
    folder.checkpoints,
    {
      ...checkpointHead(session, step),
      ...(learningRateScale !== 1 && { learningRateScale }),
      ...(collapsed && { collapsed }),
    },
    weights,
    lock.check,
  );
  if (best) {
    // The old one goes only when run.json names the new one.
    runFile.setBest(best);
    await runFile.write('running', step);
  }
  await prune(session, runFile);
  return written;
}

/** Removes the checkpoints that --keep does not keep. */
export async function prune(session: HeldSession, runFile: RunFile): Promise<void> {
  const spared = await sparedSteps(session, runFile);
  session.lock.check();
  await pruneCheckpoints(session.folder.checkpoints, session.values.keep, spared);
}

/** What the checkpoint of a step holds of a model, the session's own when none is given. */
export async function weightsAt(
  session: Session,
  step: number,
  model = session.model,
): Promise<StoredWeights> {
  return { tensors: await readVariables(model), metadata: weightsMetadata({ ...session, step }) };
}

export function checkpointHead({ family, setting, data }: Session, step: number): CheckpointHead {
  return {
    family: family.name,
    ...(family.file && { familyFile: family.file }),
    step,
    setting: setting as CheckpointHead['setting'],
    dataset: { name: data.name, fingerprint: data.fingerprint },
    ...classesOfHead(data),
  };
}

/** What is to be remembered of the classes, if anything. */
function classesOfHead(data: DataSet): Pick<CheckpointHead, 'classes'> {
  const { names, absent } = classesOf(data);
  if (!names && absent.length === 0) return {};
  return {
    classes: { ...(names && { names: [...names] }), ...(absent.length > 0 && { absent: [...absent] }) },
  };
}

/** Whether a roll-back may go to a step: only to an epoch's end or the beginning, for other checkpoints come when the
 *  clock says, and the same seed has to give the same run. */
export function isRollbackStep({ stepsPerReport }: Session, step: number): boolean {
  return step % stepsPerReport === 0;
}

/** The checkpoints that stay whatever --keep says. */
async function sparedSteps(session: Session, { best }: RunFile): Promise<number[]> {
  const spared = best ? [best.step] : [];
  if (session.values.rollbacks === 0) return spared;
  const { checkpoints } = session.folder;
  for (const step of await listCheckpoints(checkpoints)) {
    if (!isRollbackStep(session, step)) continue;
    spared.push(step);
    if (session.values.onCollapse !== 'rollback') break;
    const found = await readCheckpoint(checkpointFolder(checkpoints, step)).catch(() => undefined);
    if (found && !found.manifest.collapsed) break;
  }
  return spared;
}
