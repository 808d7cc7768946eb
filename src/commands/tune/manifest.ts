// `--on kubernetes --print`: a sweep as a Job for kubectl, which runs it.
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { SearchValues } from '../../config/tune-options';
import { parseAddress } from '../../dataset/address';
import { UsageError } from '../../errors';
import { makeFolder } from '../../files';
import type { Output } from '../../output';
import { indexedJob, manifestLines } from '../../process/kubernetes/job';
import { type KubernetesSettings, kubernetesSettings } from '../../process/kubernetes/settings';
import { sha256 } from '../../sha256';
import { taskWords } from '../../tune/job-trial';
import { type TuneFolder, type TunePlan, tuneFolder } from '../../tune/tune-folder';
import { counted, printableLine, shellWord } from '../../words';
import { remembered } from './engine';

/** @throws UsageError for what does not go together, before anything is read or written */
export function checkPrint(values: SearchValues): void {
  const { on, print, retry, resume, kubernetes, out } = values;
  if (on === 'kubernetes' && !print && values.only === undefined && !values.dryRun) {
    throw new UsageError(
      'aigc starts nothing on Kubernetes itself: kubectl does, from the Job that --print writes.',
      {
        hint: 'aigc sweep … --on kubernetes --kubernetes "image=…,claim=…" --print | kubectl apply -f -',
      },
    );
  }
  if (print && on !== 'kubernetes') {
    throw new UsageError(`--print writes a Job for Kubernetes, and --on is ${on ?? 'local'}.`, {
      hint: 'Add --on kubernetes; or --dry-run, to see what would be trained.',
    });
  }
  if (print && retry) {
    throw new UsageError('--retry and --print exclude each other: pods leave what has failed as it is.', {
      hint: 'Train those that failed again here or on Slurm, with --resume --retry and without --print.',
    });
  }
  if (kubernetes !== undefined || (print && !resume)) {
    mountOf(kubernetesSettings(kubernetes ?? ''), resolve(out));
  }
}

/** Where pods see the claim: a folder above that of the search, which has one path here and there.
 *  @param folder absolute */
function mountOf(settings: KubernetesSettings, folder: string): string {
  const { mount = dirname(folder) } = settings;
  if (mount.includes(':') || mount === '/') {
    throw new UsageError(`--kubernetes: pods can mount no volume at ${mount}.`, {
      hint: 'Choose an --out that is two folders deep or more, and has no colon in its path.',
    });
  }
  if (isInside(folder, mount)) return mount;
  throw new UsageError(`--kubernetes: the search's folder ${folder} is not inside the mount ${mount}.`, {
    hint: `Choose an --out inside ${mount}: its path is the same here and in pods.`,
  });
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

interface Prepared {
  readonly folder: TuneFolder;
  readonly plan: TunePlan;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly values: SearchValues;
}

/** Writes the Job of a search whose plan is in its folder to stdout. */
export async function printManifest(
  { folder, plan, createdAt, values }: Prepared,
  output: Output,
): Promise<void> {
  await makeFolder(folder.jobs);
  const settings = kubernetesSettings(await remembered(folder, 'kubernetes', values.kubernetes));
  const path = resolve(folder.path);
  const mount = mountOf(settings, path);
  const backend = values.backend === 'auto' ? undefined : values.backend;
  const count = plan.trials ?? plan.bracket;
  // Of the same search always the same: what is applied twice runs once.
  const name = `aigc-${sha256(`${createdAt} ${path}`).slice(0, 8)}`;
  const job = indexedJob({
    ...settings,
    name,
    mount,
    count,
    parallel: values.parallel ?? count,
    words: (number) =>
      taskWords({ trial: 1, rung: 1 }, { folder: tuneFolder(path), plan, backend }).map((word, i, words) =>
        words[i - 1] === '--only' ? number : word,
      ),
  });
  warnOfPlaces(plan, mount, output);
  if (values.budgetMinutes !== undefined)
    output.warn('--budget-minutes has no effect: a Job goes on until its trials are done.');
  output.result(
    { event: 'manifest', engine: 'kubernetes', job: name, manifest: job },
    await manifestLines(job, headOf(path, mount, count, settings).map(printableLine)),
  );
  output.progress([
    `${folder.plan} is written, and nothing started: kubectl apply -f FILE starts job ${name}.`,
    `When it is done: aigc sweep --resume --retry --out ${shellWord(folder.path)}`,
  ]);
}

function headOf(path: string, mount: string, count: number, { claim }: KubernetesSettings): string[] {
  return [
    `${counted(count, 'trial')} of ${path}, a pod each; for Kubernetes 1.29 or newer.`,
    `Pods see the claim ${claim} at ${mount}: ${path}, with tune.json in it, is to be there as ${relative(mount, path)}.`,
    'When it is done, aigc sweep --resume --retry --out FOLDER makes table and report of what is in that folder.',
  ];
}

/** Pods see what the image and the claim hold, and all of it under the path that it has here. */
function warnOfPlaces({ data, familyFile }: TunePlan, mount: string, output: Output): void {
  const { path } = parseAddress(data);
  const places = [...(isAbsolute(path) ? [path] : []), ...(familyFile ? [familyFile.path] : [])];
  for (const place of places.filter((one) => !isInside(one, mount)))
    output.warn(`${place} is not inside ${mount}: pods will miss it, unless the image has it at that path.`);
}
