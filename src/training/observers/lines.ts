// Progress without a terminal: plain lines, and every event for those who read JSON.
import type { Observer, StepEvent } from '../../run/events';
import { alarmLine, type EpochLayout, epochLine, stepLine, stoppingLine } from './epoch-line';

interface Writer {
  readonly json: boolean;
  result(event: Readonly<Record<string, unknown>>, line: string): void;
  progress(line: string, event?: Readonly<Record<string, unknown>>): void;
  warn(line: string): void;
}

/** A long epoch says every so often that it lives. */
const stepLineEveryMs = 30_000;

/** One line an epoch for people, and one now and then within it; every event as JSON under --json. */
export function createLines(layout: EpochLayout, write: Writer): Observer {
  let lineAt = performance.now();
  let unsaid: StepEvent | undefined;
  const sayStep = (event: StepEvent) => {
    write.progress(stepLine(event, layout));
    lineAt = performance.now();
    unsaid = undefined;
  };
  return {
    on: (event) => {
      if (event.event === 'epoch') {
        write.progress(epochLine(event, layout), { ...event });
        lineAt = performance.now();
        unsaid = undefined;
        return;
      }
      if (event.event === 'stopping') return write.progress(stoppingLine, { ...event });
      if (write.json) write.result({ ...event }, '');
      else if (event.event === 'rollback' || event.event === 'collapse') write.warn(alarmLine(event));
      if (event.event !== 'step') return;
      unsaid = event;
      if (performance.now() - lineAt >= stepLineEveryMs) sayStep(event);
    },
    close: () => {
      if (unsaid) sayStep(unsaid);
    },
  };
}
