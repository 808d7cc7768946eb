// Progress for a person at a terminal: an epoch bar and a step bar, and a line for each epoch above them.
import type { Bars, Output } from '../../output';
import type { Observer, StepEvent } from '../../run/events';
import { duration, imageRate } from '../../words';
import {
  alarmLine,
  type EpochLayout,
  epochLine,
  figureWords,
  isAlarm,
  stepLine,
  stoppingLine,
} from './epoch-line';

interface Layout extends EpochLayout {
  readonly stepsPerEpoch: number;
  readonly startStep: number;
  readonly endStep: number;
  readonly batchSize: number;
}

export function createBars(layout: Layout, bars: Bars, output: Pick<Output, 'progress' | 'warn'>): Observer {
  const { stepsPerEpoch, startStep, endStep } = layout;
  const started = performance.now();
  const epochs = bars.create('Epoch', endStep, startStep);
  const steps = bars.create('Step ', stepsPerEpoch, startStep % stepsPerEpoch);
  bars.redraw(); // A first step may take long.
  let last: StepEvent | undefined;
  let unsaid: StepEvent | undefined;

  const draw = (step: number) => {
    const epoch = Math.max(1, Math.ceil(step / stepsPerEpoch));
    const inEpoch = step - (epoch - 1) * stepsPerEpoch;
    const left = ((performance.now() - started) / 1000 / Math.max(1, step - startStep)) * (endStep - step);
    epochs.update(step, { words: `${epoch}/${layout.epochs} · ${duration(left)} left` });
    const losses = last ? figureWords(last.losses, layout.losses) : [];
    const rate = last ? [imageRate(last.imagesPerSecond)] : [];
    steps.setTotal(stepsPerEpoch);
    steps.update(inEpoch, { words: [`${inEpoch}/${stepsPerEpoch}`, ...rate, ...losses].join(' · ') });
  };
  return {
    tick: (step) => {
      if (!bars.closed) draw(step);
    },
    on: (event) => {
      if (event.event === 'stopping') {
        // The terminal is as it was from here on: a second Ctrl-C may end us at any moment.
        bars.close();
        output.progress(stoppingLine);
      }
      if (event.event === 'step') last = unsaid = event;
      if (isAlarm(event)) {
        unsaid = undefined;
        output.warn(alarmLine(event));
      }
      if (event.event === 'epoch') {
        unsaid = undefined;
        if (!bars.closed) draw(event.step);
        output.progress(epochLine(event, layout));
      }
    },
    close: () => {
      if (unsaid) output.progress(stepLine(unsaid, layout));
      bars.close();
    },
  };
}
