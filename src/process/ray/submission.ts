// What Ray is told of a job.
import { join } from 'node:path';
import { shellWord } from '../../words';
import { aigcCommand } from '../aigc';
import type { Call } from '../launcher';
import type { Submission } from './head';

/** Between SIGTERM and SIGKILL, for a checkpoint; Ray's own are 3. */
const stopSeconds = 60;

export interface Wanted {
  /** Of the logs. */
  readonly folder: string;
  readonly cpus: number;
  readonly gpus: number;
  readonly program?: readonly string[];
}

/** The same call in the same folder. `exec`, so that signals reach aigc; its log is appended to when it is begun anew. */
export function submissionOf(id: string, { name, words }: Call, wanted: Wanted): Submission {
  const { folder, cpus, gpus, program = aigcCommand([]).flat() } = wanted;
  const log = join(folder, `${name}.log`);
  const call = [...program, ...words].map(shellWord).join(' ');
  return {
    submission_id: id,
    entrypoint: `cd ${shellWord(process.cwd())} && exec ${call} >>${shellWord(log)} 2>&1`,
    entrypoint_num_cpus: cpus,
    entrypoint_num_gpus: gpus,
    metadata: { name: `aigc ${name}`, log },
    runtime_env: { env_vars: variablesOf(cpus) },
  };
}

/** What aigc goes by here holds there. Ray says one thread whatever a job has asked for. */
function variablesOf(cpus: number): Record<string, string> {
  const ours = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
    /^AIGC_|^XDG_CACHE_HOME$/.test(name) && value !== undefined ? [[name, value]] : [],
  );
  return {
    ...Object.fromEntries(ours),
    OMP_NUM_THREADS: String(Math.max(1, Math.floor(cpus))),
    RAY_JOB_STOP_WAIT_TIME_S: String(stopSeconds),
  };
}
