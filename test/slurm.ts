// A real Slurm of one node for tests, in a folder of its own. Where there is none, such tests are skipped, and say so.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

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
  /** Ends the controller, and starts another in its place. */
  restartController(): void;
  /** Waits for what becomes true by itself. @throws Error with the cluster's words when it takes longer than a minute */
  until<T>(look: () => T | undefined | false): Promise<T>;
  stop(): void;
}

const mostWaitMs = 60_000;

export function startCluster(folder: string): Cluster {
  const port = String(20_000 + (process.pid % 20_000));
  const environment = { SLURM_CONF: join(folder, 'slurm.conf') };
  const script = (todo: string) =>
    execFileSync(join(__dirname, 'slurm', 'cluster.sh'), [todo, folder, port], { stdio: 'pipe' });
  const run: Cluster['run'] = (program, ...words) =>
    execFileSync(program, words, { env: { ...process.env, ...environment }, encoding: 'utf8' });
  const until: Cluster['until'] = async (look) => {
    for (const begun = performance.now(); performance.now() - begun < mostWaitMs; await sleep(50)) {
      const found = look();
      if (found !== undefined && found !== false) return found;
    }
    const logs = ['slurmctld.log', 'slurmd.log'].map((name) => readFileSync(join(folder, name), 'utf8'));
    const said = [run('sinfo', '-N', '-l'), run('squeue', '-r'), ...logs.map((log) => log.slice(-2000))];
    throw new Error(`It did not come:\n${said.join('\n')}`);
  };
  script('start');
  return {
    environment,
    run,
    until,
    restartController: () => script('restart-controller'),
    stop: () => script('stop'),
  };
}
