// Progress for a person at a terminal: an epoch bar and a step bar, and a line for each epoch above them.
import type { Bars, Output } from '../../output';
import type { Figures, Observer, StepEvent } from '../../run/events';
import { duration, imageRate, sparkline } from '../../words';
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
  /** When the call is to end whatever is left, milliseconds from now. */
  readonly maxMs: number | undefined;
}

export function createBars(layout: Layout, bars: Bars, output: Pick<Output, 'progress' | 'warn'>): Observer {
  const { stepsPerEpoch, startStep, endStep, maxMs = Number.POSITIVE_INFINITY } = layout;
  const started = performance.now();
  const epochs = bars.create('Epoch', endStep, startStep);
  const steps = bars.create('Step ', stepsPerEpoch, startStep % stepsPerEpoch);
  bars.redraw(); // A first step may take long.
  let last: StepEvent | undefined;
  let unsaid: StepEvent | undefined;
  const trends = createTrends();

  const draw = (step: number) => {
    const epoch = Math.max(1, Math.ceil(step / stepsPerEpoch));
    const inEpoch = step - (epoch - 1) * stepsPerEpoch;
    const elapsedMs = performance.now() - started;
    const wholeMs = (elapsedMs / Math.max(1, step - startStep)) * (endStep - step);
    const left = Math.min(wholeMs, Math.max(0, maxMs - elapsedMs)) / 1000;
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
        output.progress(epochLine(event, layout, trends(event.losses)));
      }
    },
    close: () => {
      if (unsaid) output.progress(stepLine(unsaid, layout));
      bars.close();
    },
  };
}

/** Epochs that a small curve shows. */
const trendEpochs = 12;

/** @returns takes an epoch's losses, gives the small curve of each, once there are two */
function createTrends(): (losses: Figures) => Readonly<Record<string, string>> {
  const kept = new Map<string, number[]>();
  return (losses) => {
    const curves = Object.entries(losses).map(([name, value]) => {
      const values = [...(kept.get(name) ?? []), value].slice(-trendEpochs);
      kept.set(name, values);
      return [name, values.length > 1 ? sparkline(values) : ''] as const;
    });
    return Object.fromEntries(curves);
  };
}
