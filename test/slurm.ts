// A real Slurm of one node for tests, in a folder of its own. Where there is none, such tests are skipped, and say so.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const isHere = ['/usr/sbin/slurmctld', '/usr/sbin/slurmd', '/usr/sbin/munged'].every((file) =>
  existsSync(file),
);

/** `describe`, or `describe.skip` where Slurm cannot be started. */
export function describeOnSlurm(): jest.Describe {
  if (isHere && process.getuid?.() === 0) return describe;
  console.warn('No Slurm that we may start (as root: apt-get install slurm-wlm munge): jobs are not tested.');
  return describe.skip;
}

export interface Cluster {
  /** To be in the environment of its programs, and of aigc. */
  readonly environment: { readonly SLURM_CONF: string };
  /** One of its programs. @returns what it wrote */
  run(program: string, ...words: string[]): string;
  /** Kills the controller, and starts another in its place. */
  restartController(): void;
  stop(): void;
}

export function startCluster(folder: string): Cluster {
  const port = String(20_000 + (process.pid % 20_000));
  const environment = { SLURM_CONF: join(folder, 'slurm.conf') };
  const script = (todo: string) =>
    execFileSync(join(__dirname, 'slurm', 'cluster.sh'), [todo, folder, port], { stdio: 'pipe' });
  script('start');
  return {
    environment,
    run: (program, ...words) =>
      execFileSync(program, words, { env: { ...process.env, ...environment }, encoding: 'utf8' }),
    restartController: () => script('restart-controller'),
    stop: () => script('stop'),
  };
}
