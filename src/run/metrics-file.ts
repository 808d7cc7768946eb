// metrics.jsonl: one line a logged step, one an epoch and one a roll-back, for tools that plot.
import { closeSync, openSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileError, writeFileAtomic } from '../files';
import type { EpochEvent, Figures, Observer, Rollback, RollbackEvent, StepEvent } from './events';

export type MetricsEvent = StepEvent | EpochEvent | RollbackEvent;

/** Appends steps and epochs to the file; each line is with the system before the next step begins. Roll-backs come in
 *  by `rewindMetricsFile`. */
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
 * Takes back what was logged after `step`, because a run that goes on from there will log it again. Lines of roll-backs
 * stay, and those that the file lacks are added: they are on record in run.json before they are here.
 * @param rollbacks all that the run had, in order
 * @returns the losses logged in the epoch that `step` is in the middle of
 */
export async function rewindMetricsFile(
  path: string,
  step: number,
  stepsPerEpoch: number,
  rollbacks: readonly Rollback[] = [],
): Promise<readonly Figures[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const kept = parseLines(text).filter(({ event }) => event.event === 'rollback' || event.step <= step);
  const written = kept.filter(({ event }) => event.event === 'rollback').length;
  const missing = rollbacks
    .slice(written)
    .map((rollback) => JSON.stringify({ event: 'rollback', ...rollback }));
  const content = [...kept.map(({ line }) => line), ...missing].map((line) => `${line}\n`).join('');
  if (content !== text) await writeFileAtomic(path, content);
  const epochStart = Math.floor(step / stepsPerEpoch) * stepsPerEpoch;
  return kept.flatMap(({ event }) =>
    event.event === 'step' && event.step > epochStart ? [event.losses] : [],
  );
}

/** Everything that the file holds; nothing when there is none. */
export async function readMetricsFile(path: string): Promise<MetricsEvent[]> {
  return parseLines(await readFile(path, 'utf8').catch(() => '')).map(({ event }) => event);
}

function parseLines(text: string): { line: string; event: MetricsEvent }[] {
  return text.split('\n').flatMap((line) => {
    const event = parseLine(line);
    return event ? [{ line, event }] : [];
  });
}

/** Undefined for the half line that a killed writer leaves. */
function parseLine(line: string): MetricsEvent | undefined {
  try {
    const event = JSON.parse(line);
    return typeof event?.step === 'number' ? (event as MetricsEvent) : undefined;
  } catch {
    return undefined;
  }
}
