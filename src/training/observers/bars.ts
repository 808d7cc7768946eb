// Progress for a person at a terminal: an epoch bar and a step bar, and a line for each epoch above them.
import type { Observer, StepEvent } from '../../run/events';
import {
  alarmLine,
  durationWords,
  type EpochLayout,
  epochLine,
  figureWords,
  rateWords,
  stepLine,
  stoppingLine,
} from './epoch-line';
import { openTerminalBars } from './terminal-bars';

interface Layout extends EpochLayout {
  readonly stepsPerEpoch: number;
  readonly startStep: number;
  readonly endStep: number;
  readonly batchSize: number;
}

/** @param stream where to draw, a terminal */
export function createBars(layout: Layout, stream: NodeJS.WriteStream): Observer {
  const { stepsPerEpoch, startStep, endStep } = layout;
  const started = performance.now();
  const bars = openTerminalBars(stream);
  const epochs = bars.create('Epoch', endStep, startStep);
  const steps = bars.create('Step ', stepsPerEpoch, startStep % stepsPerEpoch);
  bars.redraw(); // A first step may take long.
  let last: StepEvent | undefined;
  let unsaid: StepEvent | undefined;

  const draw = (step: number) => {
    const epoch = Math.max(1, Math.ceil(step / stepsPerEpoch));
    const inEpoch = step - (epoch - 1) * stepsPerEpoch;
    const left = ((performance.now() - started) / 1000 / Math.max(1, step - startStep)) * (endStep - step);
    epochs.update(step, { words: `${epoch}/${layout.epochs} · ${durationWords(left)} left` });
    const losses = last ? figureWords(last.losses, layout.losses) : [];
    const rate = last ? [rateWords(last.imagesPerSecond)] : [];
    steps.setTotal(stepsPerEpoch);
    steps.update(inEpoch, { words: [`${inEpoch}/${stepsPerEpoch}`, ...rate, ...losses].join(' · ') });
  };
  return {
    tick: (step) => {
      if (!bars.stopped) draw(step);
    },
    on: (event) => {
      if (event.event === 'stopping') {
        // The terminal is as it was from here on: a second Ctrl-C may end us at any moment.
        bars.stop();
        stream.write(`${stoppingLine}\n`);
      }
      if (event.event === 'step') last = unsaid = event;
      if (event.event === 'rollback' || event.event === 'collapse') {
        unsaid = undefined;
        bars.say(`warning: ${alarmLine(event)}`);
      }
      if (event.event === 'epoch') {
        unsaid = undefined;
        if (!bars.stopped) draw(event.step);
        bars.say(epochLine(event, layout));
      }
    },
    close: () => {
      if (unsaid) bars.say(stepLine(unsaid, layout));
      if (bars.stopped) return;
      bars.redraw();
      bars.stop();
    },
  };
}
