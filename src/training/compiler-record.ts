// Which compiler is the faster for steps with convolutions depends on the processor. What `raceCompilers` found on this machine is kept in
// the user's cache, until the machine or TensorFlow is another.
import { cpus } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheFolder } from '../cache-folder';
import { makeFolder, writeFileAtomic } from '../files';
import { readJson } from '../json';
import { readText } from '../read-file';
import type { Compiler } from '../tensor/compile/compile';
import { findInstallation } from '../tensor/native/location';

/** Milliseconds a step. */
export interface CompilerRace {
  readonly graphMs: number;
  readonly xlaMs: number;
}

const schema = z.object({
  format: z.literal(1),
  /** What the figures depend on. */
  machine: z.string(),
  tensorflow: z.string(),
  graphMs: z.number().positive(),
  xlaMs: z.number().positive(),
});

/** XLA takes more memory, and seconds before the first step, so it has to bring this much. */
const worthwhile = 0.85;

/** The compiler for a step with convolutions. @param race undefined where none was held */
export function winnerOf(race: CompilerRace | undefined): Compiler {
  return race && race.xlaMs < worthwhile * race.graphMs ? 'xla' : 'graph';
}

/** @returns undefined when none was held here, or only on another machine or with another TensorFlow */
export function readRace(cache: string = cacheFolder()): CompilerRace | undefined {
  try {
    const { machine, tensorflow, graphMs, xlaMs } = schema.parse(readJson(pathIn(cache)));
    const isOurs = machine === machineName() && tensorflow === findInstallation()?.tensorflow;
    return isOurs ? { graphMs, xlaMs } : undefined;
  } catch {
    return undefined; // None, or one by a version of aigc that is not born yet: the same to us.
  }
}

export async function writeRace(race: CompilerRace, cache: string = cacheFolder()): Promise<void> {
  await makeFolder(cache);
  const tensorflow = findInstallation()?.tensorflow ?? '';
  const record = { format: 1, machine: machineName(), tensorflow, ...race };
  await writeFileAtomic(pathIn(cache), `${JSON.stringify(record, null, 2)}\n`);
}

const pathIn = (cache: string) => join(cache, 'compilers.json');

/** The processor, how many cores there are of it, and its vectors, where the system tells: processors of one name can differ in
 *  them. */
export function machineName(): string {
  const all = cpus();
  return [all[0]?.model ?? 'unknown', `${all.length} cores`, ...vectorsOfProcessor()].join(', ');
}

function vectorsOfProcessor(): string[] {
  try {
    const [, flags = ''] = /^flags\s*:(.*)$/m.exec(readText('/proc/cpuinfo')) ?? [];
    return flags
      .split(' ')
      .filter((flag) => /^(avx|amx)/.test(flag))
      .sort();
  } catch {
    return []; // Not Linux.
  }
}
