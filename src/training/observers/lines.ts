// Progress without a terminal: plain lines, and every event for those who read JSON.
import type { Observer } from '../events';
import { type EpochLayout, epochLine } from './epoch-line';

interface Writer {
  readonly json: boolean;
  result(event: Readonly<Record<string, unknown>>, line: string): void;
  progress(line: string, event?: Readonly<Record<string, unknown>>): void;
}

/** One line an epoch for people; every event as JSON under --json. */
export function createLines(layout: EpochLayout, write: Writer): Observer {
  return {
    on: (event) => {
      if (event.event === 'epoch') write.progress(epochLine(event, layout), { ...event });
      else if (write.json) write.result({ ...event }, '');
    },
  };
}
