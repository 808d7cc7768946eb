// The end of a log: what is newest, without reading the rest.
import { closeSync, readSync } from 'node:fs';
import { openRegularSync } from '../read-file';
import {
  type EpochLine,
  isTrainingLine,
  parseMetricsLine,
  type StepLine,
  type TrainingLine,
} from '../run/run-log';

export interface Newest {
  /** Undefined where none is near the end. */
  readonly epoch: EpochLine | undefined;
  /** The last few, the newest last. */
  readonly steps: readonly StepLine[];
  readonly last: TrainingLine | undefined;
}

const stepsKept = 20;

/** The last whole lines within so many bytes of the end. @throws DataError when it cannot be read */
export function lastLines(path: string, bytes: number): string[] {
  const { file, found } = openRegularSync(path);
  try {
    const from = Math.max(0, found.size - bytes);
    const buffer = Buffer.alloc(Math.min(bytes, found.size));
    const count = readSync(file, buffer, 0, buffer.length, from);
    const lines = buffer.toString('utf8', 0, count).split('\n');
    lines.pop(); // What follows the last end of a line: nothing, or half a line.
    return from === 0 ? lines : lines.slice(1);
  } finally {
    closeSync(file);
  }
}

/** @throws DataError when it cannot be read */
export function newestOf(path: string, bytes: number): Newest {
  const lines = lastLines(path, bytes);
  const steps: StepLine[] = [];
  let epoch: EpochLine | undefined;
  let last: TrainingLine | undefined;
  for (let i = lines.length - 1; i >= 0 && (epoch === undefined || steps.length < stepsKept); i--) {
    const line = parseMetricsLine(lines[i] as string);
    if (!line || !isTrainingLine(line)) continue;
    last ??= line;
    if (line.event === 'epoch') epoch ??= line;
    else if (steps.length < stepsKept) steps.unshift(line);
  }
  return { epoch, steps, last };
}
