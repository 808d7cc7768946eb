// Progress for a person at a terminal: an epoch bar and a step bar, and a line for each epoch above them.
import { MultiBar as Bars, type MultiBar, Presets } from 'cli-progress';
import type { Observer, StepEvent } from '../events';
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

interface Layout extends EpochLayout {
  readonly stepsPerEpoch: number;
  readonly startStep: number;
  readonly endStep: number;
  readonly batchSize: number;
}

/** The terminal's code for it. */
export const clearToEnd = '\x1b[K';

/** @param stream where to draw, a terminal */
export function createBars(layout: Layout, stream: NodeJS.WriteStream): Observer {
  const { stepsPerEpoch, startStep, endStep } = layout;
  const started = performance.now();
  const bars: MultiBar = new Bars(
    {
      stream,
      hideCursor: true,
      clearOnComplete: true,
      barsize: (stream.columns ?? 80) < 100 ? 10 : 24,
      fps: 10,
      linewrap: false,
      format: '',
    },
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
  bars.update(); // A first step may take long.
  let stopped = false;
  let last: StepEvent | undefined;
  let unsaid: StepEvent | undefined;

  const say = (line: string) => {
    // Each row clears what the bar under it leaves to its right.
    const wrapped = wrap(line, stream.columns ?? 80).replaceAll(/$/gm, clearToEnd);
    if (stopped) stream.write(`${wrapped}\n`);
    else bars.log(`${wrapped}\n`);
  };
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
      if (!stopped) draw(step);
    },
    on: (event) => {
      if (event.event === 'stopping') {
        // The terminal is as it was from here on: a second Ctrl-C may end us at any moment.
        stopped = true;
        bars.stop();
        stream.write(`${stoppingLine}\n`);
      }
      if (event.event === 'step') last = unsaid = event;
      if (event.event === 'rollback' || event.event === 'collapse') {
        unsaid = undefined;
        say(`warning: ${alarmLine(event)}`);
      }
      if (event.event === 'epoch') {
        unsaid = undefined;
        if (!stopped) draw(event.step);
        say(epochLine(event, layout));
      }
    },
    close: () => {
      if (unsaid) say(stepLine(unsaid, layout));
      if (stopped) return;
      bars.update();
      bars.stop();
    },
  };
}

/** Breaks a line between its figures, because the bars turn the terminal's own wrapping off. */
export function wrap(line: string, columns: number): string {
  const rows: string[] = [];
  for (const part of line.split(' · ')) {
    const row = rows.at(-1);
    if (row !== undefined && row.length + 3 + part.length < columns)
      rows[rows.length - 1] = `${row} · ${part}`;
    else rows.push(row === undefined ? part : `  ${part}`);
  }
  return rows.join('\n');
}
