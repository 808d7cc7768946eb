// Where the trials of a search run, and what is asked when it is to stop while an engine has some of them.
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { EngineName, SearchValues } from '../../config/tune-options';
import { UsageError } from '../../errors';
import { makeFolder, writeFileAtomic } from '../../files';
import type { Output } from '../../output';
import type { Launcher } from '../../process/launcher';
import { localLauncher } from '../../process/local-launcher';
import { rayLauncher, rayMark } from '../../process/ray/launcher';
import { raySettings } from '../../process/ray/settings';
import { slurmMark } from '../../process/slurm/array';
import { slurmLauncher } from '../../process/slurm/launcher';
import { slurmFlags } from '../../process/slurm/settings';
import { readTextIfAny } from '../../read-file';
import type { TuneFolder } from '../../tune/tune-folder';
import { counted, printableLine } from '../../words';

/** @throws EngineError when the engine is not here or does not answer */
export async function openLauncher(
  folder: TuneFolder,
  values: SearchValues,
  output: Output,
): Promise<Launcher> {
  const engine = engineOf(folder, values);
  for (const name of ['slurm', 'ray', 'kubernetes'] as const)
    if (values[name] !== undefined && engine !== name)
      output.warn(`--${name} has no effect: --on is ${engine}.`);
  // checkPrint has refused to start trials on Kubernetes.
  if (engine === 'kubernetes') throw new Error('Nothing is started on Kubernetes.');
  return openers[engine](folder, values, output);
}

/** @throws UsageError for what engines cannot be told, and for a new search without what its engine must be told */
export function checkEngine({ on, slurm, ray, resume, only }: SearchValues): void {
  slurmFlags(slurm ?? '');
  if (ray !== undefined) raySettings(ray);
  else if (on === 'ray' && !resume && only === undefined) throw noAddress();
}

function noAddress(): UsageError {
  return new UsageError('--on ray: expected the address of the head too.', {
    hint: 'Name it with --ray http://HEAD:8265.',
  });
}

type Opener = (folder: TuneFolder, values: SearchValues, output: Output) => Promise<Launcher>;

const openers: Readonly<Record<EngineName, Opener>> = {
  local: async (_folder, values) => localLauncher(values.parallel ?? 1),
  slurm: openSlurm,
  ray: openRay,
};

async function openSlurm(folder: TuneFolder, values: SearchValues, output: Output): Promise<Launcher> {
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
    onAway: (isAway) => sayAway(output, 'slurm', isAway),
  });
}

async function openRay(folder: TuneFolder, values: SearchValues, output: Output): Promise<Launcher> {
  await makeFolder(folder.jobs);
  const words = await remembered(folder, 'ray', values.ray);
  if (words === '') throw noAddress();
  return rayLauncher({
    ...raySettings(words),
    folder: resolve(folder.jobs),
    parallel: values.parallel,
    onJobs: (jobs, isNew) =>
      output.progress(
        isNew
          ? `Ray has ${counted(jobs.length, 'trial')} as ${span(jobs)}; what each says is in ${folder.jobs}/TRIAL-RUNG.log.`
          : `Ray still has ${counted(jobs.length, 'trial')} of this search: waiting for ${jobs.length === 1 ? 'it' : 'them'}.`,
        { event: 'job', engine: 'ray', jobs, new: isNew },
      ),
    onAway: (isAway) => sayAway(output, 'ray', isAway),
    onNoRoom: (said) =>
      output.warn(`Ray had no room for a trial, which is submitted again: ${printableLine(said)}`),
  });
}

/** The first and the last of many. */
function span(jobs: readonly string[]): string {
  return jobs.length < 3 ? `job ${jobs.join(', ')}` : `jobs ${jobs[0]} to ${jobs.at(-1)}`;
}

function sayAway(output: Output, engine: Exclude<EngineName, 'local'>, isAway: boolean): void {
  const name = { slurm: 'Slurm', ray: 'Ray' }[engine];
  if (isAway) output.warn(`${name} does not answer: waiting until it does.`);
  else output.progress(`${name} answers again.`, { event: 'engine', engine, state: 'back' });
}

/** A search of which an engine may still have trials goes on there: here they would run twice. */
export function engineOf(
  folder: TuneFolder,
  { on }: Pick<SearchValues, 'on'>,
): NonNullable<SearchValues['on']> {
  if (on !== undefined) return on;
  try {
    const files = readdirSync(folder.jobs);
    if (files.some((name) => rayMark.test(name))) return 'ray';
    return files.some((name) => slurmMark.test(name)) ? 'slurm' : 'local';
  } catch {
    return 'local';
  }
}

/** What a call does not say is as the one before said it. */
export async function remembered(
  folder: TuneFolder,
  engine: 'slurm' | 'ray' | 'kubernetes',
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
