// Progress without a terminal: plain lines, and every event for those who read JSON.
import type { Output } from '../../output';
import type { Observer, StepEvent } from '../../run/events';
import { alarmLine, type EpochLayout, epochLine, isAlarm, stepLine, stoppingLine } from './epoch-line';

/** A long epoch says every so often that it lives. */
const stepLineEveryMs = 30_000;

/** One line an epoch for people, and one now and then within it; every event as JSON under --json. */
export function createLines(layout: EpochLayout, write: Output): Observer {
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
      if (write.json) write.event({ ...event });
      else if (isAlarm(event)) write.warn(alarmLine(event));
      if (event.event !== 'step') return;
      unsaid = event;
      if (performance.now() - lineAt >= stepLineEveryMs) sayStep(event);
    },
    close: () => {
      if (unsaid) sayStep(unsaid);
    },
  };
}
