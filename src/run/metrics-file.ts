// metrics.jsonl as its run writes it: one line a logged step, one an epoch, one a roll-back and one each time that samples
// look alike, for tools that plot.
import { closeSync } from 'node:fs';
import { z } from 'zod';
import { writeFileAtomic } from '../files';
import { openRegular, openToAppend } from '../read-file';
import type { Figures, Observer, Rollback } from './events';
import { appendLines, parseLine } from './json-lines';
import { isDamaged, type Logged, type LogLine, readMetrics } from './run-log';

const logged: readonly string[] = ['step', 'epoch', 'collapse'];

/** Appends steps, epochs and the watchdog's alarms to the file; each line is with the system before the next step begins.
 *  Roll-backs come in by `rewindMetricsFile`. */
export function createMetricsFile(path: string): Observer {
  const file = openToAppend(path);
  return {
    on: (event) => {
      if (logged.includes(event.event)) appendLines(file, path, [event]);
    },
    close: () => closeSync(file),
  };
}

/**
 * Takes back what was logged after `step`, because a run that goes on from there will log it again. Lines of roll-backs
 * stay, and those that the file lacks are added: they are on record in run.json before they are here. Lines that cannot
 * be read stay too, but for the half line at the end. The file is read as a stream, and written anew when it changes.
 * @param rollbacks all that the run had, in order
 * @param warn told when lines cannot be read
 * @returns the losses logged in the epoch that `step` is in the middle of
 * @throws DataError when the file cannot be read: it is left as it is
 */
export async function rewindMetricsFile(
  path: string,
  step: number,
  stepsPerEpoch: number,
  rollbacks: readonly Rollback[] = [],
  warn: (message: string) => void = () => undefined,
): Promise<readonly Figures[]> {
  const epochStart = Math.floor(step / stepsPerEpoch) * stepsPerEpoch;
  const losses: Figures[] = [];
  let written = 0;
  let damaged = 0;
  let keptBytes = 0; // Up to the first line that goes.
  let changes = false;
  for await (const line of readMetrics(path)) {
    if (isDamaged(line)) damaged++;
    changes ||= !stays(line, step);
    if (!changes) keptBytes = line.end;
    if (!stays(line, step)) continue;
    if (line.value?.event === 'rollback') written++;
    else if (line.value?.event === 'step' && line.value.step > epochStart) losses.push(line.value.losses);
  }
  if (damaged > 0) warn(`${path}: ${damaged} of its lines cannot be read and are passed over.`);
  const missing = rollbacks.slice(written).map((rollback) => ({ event: 'rollback', ...rollback }));
  if (changes || missing.length > 0) await writeFileAtomic(path, rewound(path, keptBytes, step, missing));
  return losses;
}

function stays({ text, value, whole }: Logged<LogLine>, step: number): boolean {
  if (!whole) return false;
  const said = value ?? parseLine(text, atStep); // A line may tell its step and yet be damaged.
  return said === undefined || ('event' in said && said.event === 'rollback') || said.step <= step;
}

const atStep = z.object({ step: z.number() });

/** The file as it will be, in pieces: as it is up to where something goes, and from there line by line. */
async function* rewound(
  path: string,
  keptBytes: number,
  step: number,
  missing: readonly object[],
): AsyncGenerator<Buffer> {
  if (keptBytes > 0) {
    const { file } = await openRegular(path);
    for await (const piece of file.createReadStream({ end: keptBytes - 1 })) yield piece as Buffer;
  }
  for await (const line of readMetrics(path, keptBytes))
    if (stays(line, step)) yield Buffer.from(`${line.text}\n`);
  yield Buffer.from(missing.map((event) => `${JSON.stringify(event)}\n`).join(''));
}
