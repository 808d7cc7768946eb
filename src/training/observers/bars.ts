// Progress for a person at a terminal: an epoch bar and a step bar, and a line for each epoch above them.
import { MultiBar as Bars, type MultiBar, Presets } from 'cli-progress';
import type { Observer, StepEvent } from '../events';
import { durationWords, type EpochLayout, epochLine, figureWords, rateWords, stepLine } from './epoch-line';

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
  const bars: MultiBar = new Bars(
    { stream, hideCursor: true, clearOnComplete: true, barsize: 24, fps: 10, linewrap: false, format: '' },
    Presets.shades_classic,
  );
  const format = (label: string) => `${label} {bar} {words}`;
  const epochs = bars.create(endStep, startStep, { words: '' }, { format: format('Epoch') });
  const steps = bars.create(
    stepsPerEpoch,
    startStep % stepsPerEpoch,
    { words: '' },
    { format: format('Step ') },
  );
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
    tick: draw,
    on: (event) => {
      if (event.event === 'step') last = unsaid = event;
      if (event.event === 'epoch') {
        unsaid = undefined;
        draw(event.step);
        bars.log(`${epochLine(event, layout)}\n`);
      }
    },
    close: () => {
      if (unsaid) bars.log(`${stepLine(unsaid, layout)}\n`);
      bars.update();
      bars.stop();
    },
  };
}
