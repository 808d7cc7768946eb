// metrics.jsonl: one line a logged step and one an epoch, for tools that plot.
import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileError, writeFileAtomic } from '../../files';
import type { EpochEvent, Figures, Observer, StepEvent } from '../events';

/** Appends to the file; each line is with the system before the next step begins. */
export function createMetricsFile(path: string): Observer {
  let file: number;
  try {
    file = openSync(path, 'a');
  } catch (error) {
    throw fileError(error, path, 'write');
  }
  return {
    on: (event) => {
      if (event.event !== 'step' && event.event !== 'epoch') return;
      try {
        writeSync(file, `${JSON.stringify(event)}\n`);
      } catch (error) {
        throw fileError(error, path, 'write');
      }
    },
    close: () => closeSync(file),
  };
}

/**
 * Takes back what was logged after `step`, because a resumed run will log it again.
 * @returns the losses logged in the epoch that `step` is in the middle of
 */
export async function rewindMetricsFile(
  path: string,
  step: number,
  stepsPerEpoch: number,
): Promise<readonly Figures[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const kept = text
    .split('\n')
    .map((line) => ({ line, event: parseLine(line) }))
    .filter(({ event }) => event !== undefined && event.step <= step);
  const content = kept.map(({ line }) => `${line}\n`).join('');
  if (content !== text) await writeFileAtomic(path, content);
  const epochStart = Math.floor(step / stepsPerEpoch) * stepsPerEpoch;
  return kept.flatMap(({ event }) =>
    event?.event === 'step' && event.step > epochStart ? [event.losses] : [],
  );
}

/** Undefined for the half line that a killed writer leaves. */
function parseLine(line: string): StepEvent | EpochEvent | undefined {
  try {
    const event = JSON.parse(line);
    return typeof event?.step === 'number' ? (event as StepEvent | EpochEvent) : undefined;
  } catch {
    return undefined;
  }
}
