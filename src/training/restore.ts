// Where a resumed run goes on: its newest whole checkpoint, if that is of this run.
import { DataError } from '../errors';
import { type Checkpoint, readNewestCheckpoint, setAsideAfter } from '../run/checkpoint';
import type { RunRecord } from '../run/run-folder';
import { restoreVariables } from '../run/variables';
import type { Session } from './open-session';
import { warmStart } from './warm-start';

/** Loads the newest whole checkpoint into the model; without one, what the run began with. @returns the steps done */
export async function restore(session: Session, record: RunRecord): Promise<number> {
  const { folder, family, model, output, values } = session;
  const checkpoint = await readNewestCheckpoint(folder.checkpoints, output.warn);
  if (!checkpoint) {
    if (record.step > 0)
      output.warn(`${folder.path} holds no checkpoint any more: starting from the beginning.`);
    if (values.init !== undefined) await warmStart(family, model, values.init, output.warn);
    return 0;
  }
  if (checkpoint.manifest.family !== family.name) {
    throw new DataError(
      `${checkpoint.folder} is of a ${checkpoint.manifest.family}, not of a ${family.name}.`,
      {
        hint: 'The run folder mixes two runs: resume the other one, or use --force.',
      },
    );
  }
  checkSameRun(session, checkpoint);
  restoreVariables(model, checkpoint);
  await setAsideAfter(folder.checkpoints, checkpoint.manifest.step);
  return checkpoint.manifest.step;
}

/** A checkpoint of other data, another seed or other options would make the run neither one nor the other. */
function checkSameRun({ setting, data, folder }: Session, { folder: found, manifest }: Checkpoint): void {
  const same =
    manifest.dataset.fingerprint === data.fingerprint &&
    manifest.setting.seed === setting.seed &&
    Object.entries(manifest.setting.options).every(([name, value]) => setting.options[name] === value);
  if (same) return;
  throw new DataError(`${found} is of another run than ${folder.run}: other data, seed or options.`, {
    hint: 'Undo the changes to run.json, or start anew with --force.',
  });
}
