// An array of Slurm's on disk: the list of its calls, by which a search finds again what it has submitted.
import { randomBytes } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { UsageError } from '../../errors';
import { writeFileAtomic } from '../../files';
import { readText } from '../../read-file';
import { shellWord } from '../../words';
import { aigcCommand } from '../aigc';
import type { Call } from '../launcher';

/** Names the file by which a search finds its tasks again. */
export const slurmMark = /^(aigc-[0-9a-f]{8})\.list$/;

export interface CallArray {
  /** Its job's name: aigc-1f2e3d4c. */
  readonly name: string;
  /** Names of its calls, by index. */
  readonly calls: readonly string[];
}

/** Writes the list, and the script that makes the call in line N + 1 of it. `exec`, so that signals reach aigc; its log is
 *  appended to, for Slurm empties that of a job that it begins anew. @returns the path of the script */
export async function writeArray(
  folder: string,
  calls: readonly Call[],
  program: readonly string[] = aigcCommand([]).flat(),
): Promise<CallArray & { script: string }> {
  const odd = calls.flatMap(({ words }) => words).find((word) => word.includes('\n'));
  if (odd !== undefined)
    throw new UsageError(`A line break in ${JSON.stringify(odd)} cannot be given to Slurm.`);
  const name = `aigc-${randomBytes(4).toString('hex')}`;
  const list = join(folder, `${name}.list`);
  const script = join(folder, `${name}.sh`);
  const line = ({ name: call, words }: Call) => `${call} ${words.map(shellWord).join(' ')}\n`;
  await writeFileAtomic(list, calls.map(line).join(''));
  await writeFileAtomic(
    script,
    [
      '#!/bin/bash',
      '# Written by aigc: a task makes the call in its line of the list, and says what it does in the log of that name.',
      `line=$(sed -n "$((SLURM_ARRAY_TASK_ID + 1))p" ${shellWord(list)})`,
      `exec >>${shellWord(folder)}/"\${line%% *}.log" 2>&1`,
      `eval "exec ${program.map(shellWord).map(inDoubleQuotes).join(' ')} \${line#* }"`,
      '',
    ].join('\n'),
  );
  return { name, calls: calls.map((call) => call.name), script };
}

function inDoubleQuotes(text: string): string {
  return text.replace(/[\\"$`]/g, '\\$&');
}

/** Those whose end was not yet seen. */
export function readArrays(folder: string): CallArray[] {
  const names = readdirSync(folder).flatMap((file) => slurmMark.exec(file)?.[1] ?? []);
  return names.map((name) => ({
    name,
    calls: readText(join(folder, `${name}.list`))
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.split(' ', 1)[0] as string),
  }));
}

/** None of its calls is at work any more. */
export function forgetArray(folder: string, name: string): void {
  for (const ending of ['list', 'sh']) rmSync(join(folder, `${name}.${ending}`), { force: true });
}
