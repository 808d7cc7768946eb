// What --slurm says, as flags of sbatch: "partition=gpu,gres=gpu:1,time=2:00:00".
import { UsageError } from '../../errors';

/** What a search says itself. */
const ours = ['array', 'output', 'error', 'open-mode', 'job-name', 'wrap', 'wait', 'parsable', 'test-only'];

/** Flags of sbatch without a value: after a comma, other words are of a list such as nodelist=a,b. */
const bare = [
  'exclusive',
  'requeue',
  'no-requeue',
  'contiguous',
  'overcommit',
  'oversubscribe',
  'hold',
  'use-min-nodes',
];

const separator = new RegExp(`,(?=[a-z][a-z0-9-]*=|(?:${bare.join('|')})(?:,|$))`);

/** @throws UsageError for what is no setting, and what aigc says itself */
export function slurmFlags(words: string): string[] {
  return words
    .split(separator)
    .map((word) => word.trim().replace(/^--/, ''))
    .filter((word) => words.trim() !== '' || word !== '')
    .map((word) => {
      const [name = ''] = word.split('=', 1);
      if (!/^[a-z][a-z0-9-]*$/.test(name)) {
        throw new UsageError(
          `--slurm: expected settings of sbatch such as partition=gpu,time=2:00:00, got "${word}".`,
          {
            hint: 'Name long options of sbatch, without their dashes, with commas between.',
          },
        );
      }
      if (!ours.includes(name)) return `--${word}`;
      throw new UsageError(`--slurm: ${name} is what aigc says itself.`, {
        hint: 'Leave it out; --parallel says how many trials run at a time.',
      });
    });
}

/** Seconds before a limit at which a task is told of it: a minute, and of short limits a quarter. Slurm looks at signals only
 *  now and then, so that it may come a minute earlier. @param flags of sbatch */
export function warningSeconds(flags: readonly string[]): number {
  const limit = flags.find((flag) => flag.startsWith('--time='));
  const seconds = limit === undefined ? undefined : timeLimit(limit.slice('--time='.length));
  return seconds === undefined ? 60 : Math.max(1, Math.min(60, Math.floor(seconds / 4)));
}

/** sbatch(1): minutes, minutes:seconds, h:m:s, days-h, days-h:m, days-h:m:s. @returns seconds; undefined for no limit */
export function timeLimit(text: string): number | undefined {
  const found = /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text);
  if (!found) return undefined;
  const [days, ...parts] = found.slice(1).map((part) => (part === undefined ? undefined : Number(part)));
  const [first = 0, second, third] = parts;
  if (days !== undefined) return days * 86_400 + first * 3600 + (second ?? 0) * 60 + (third ?? 0);
  if (third !== undefined) return first * 3600 + (second ?? 0) * 60 + third;
  return first * 60 + (second ?? 0);
}
