// Where the trials of a search run, and what is asked when it is to stop while an engine has some of them.
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { SearchValues } from '../../config/tune-options';
import { makeFolder, writeFileAtomic } from '../../files';
import type { Output } from '../../output';
import type { Launcher } from '../../process/launcher';
import { localLauncher } from '../../process/local-launcher';
import { slurmLauncher } from '../../process/slurm/launcher';
import { readTextIfAny } from '../../read-file';
import type { TuneFolder } from '../../tune/tune-folder';
import { counted } from '../../words';

/** @throws EngineError when the engine is not here or does not answer */
export async function openLauncher(
  folder: TuneFolder,
  values: SearchValues,
  output: Output,
): Promise<Launcher> {
  if (engineOf(folder, values) === 'local') {
    for (const name of ['slurm', 'kubernetes'] as const)
      if (values[name] !== undefined) output.warn(`--${name} has no effect: --on is local.`);
    return localLauncher(values.parallel ?? 1);
  }
  await makeFolder(folder.jobs);
  return slurmLauncher({
    folder: resolve(folder.jobs),
    settings: await remembered(folder, 'slurm', values.slurm),
    parallel: values.parallel,
    onArray: (id, calls, isNew) =>
      output.progress(
        isNew
          ? `Slurm has ${counted(calls.length, 'trial')} as job ${id}; what each says is in ${folder.jobs}/TRIAL-RUNG.log.`
          : `Slurm still has ${counted(calls.length, 'trial')} of job ${id}: waiting for ${calls.length === 1 ? 'it' : 'them'}.`,
        { event: 'job', engine: 'slurm', job: id, calls, new: isNew },
      ),
    onAway: (isAway) =>
      isAway
        ? output.warn('Slurm does not answer: waiting until it does.')
        : output.progress('Slurm answers again.', { event: 'engine', engine: 'slurm', state: 'back' }),
  });
}

/** A search of which an engine may still have trials goes on there: here they would run twice. */
export function engineOf(
  folder: TuneFolder,
  { on }: Pick<SearchValues, 'on'>,
): NonNullable<SearchValues['on']> {
  if (on !== undefined) return on;
  try {
    return readdirSync(folder.jobs).some((name) => /^aigc-.*\.list$/.test(name)) ? 'slurm' : 'local';
  } catch {
    return 'local';
  }
}

/** What a call does not say is as the one before said it. */
export async function remembered(
  folder: TuneFolder,
  engine: 'slurm' | 'kubernetes',
  settings: string | undefined,
): Promise<string> {
  const file = resolve(folder.jobs, `${engine}-settings`);
  if (settings === undefined) return (readTextIfAny(file) ?? '').trim();
  await writeFileAtomic(file, `${settings}\n`);
  return settings;
}

/** Asks a person at a terminal what is to become of jobs; nobody there, or no answer, leaves them at work. */
export async function asksToCancel(): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const gone = new Promise<string>((resolveGone) => {
      asking.on('SIGINT', () => resolveGone(''));
      asking.on('close', () => resolveGone(''));
    });
    const answer = await Promise.race([
      asking.question(
        'Jobs of this search are still with the engine: [l]eave them at work, or [c]ancel them? ',
      ),
      gone,
    ]);
    return /^c/i.test(answer.trim());
  } finally {
    asking.close();
  }
}
