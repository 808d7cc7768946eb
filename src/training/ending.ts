// What is said when `aigc train` ends.
import { constants } from 'node:os';
import { InterruptedError } from '../errors';
import type { Best } from '../run/run-folder';
import { figure as figureWords, shellWord } from '../words';
import type { Outcome } from './loop';
import type { Session } from './open-session';
import type { StopSignal } from './stop';

/** @param figure by which the best is the best, for people */
export function reportEnd(
  { folder, output, endStep, values }: Session,
  { step, reason, verdict }: Outcome,
  best: Best | undefined,
  figure: string,
): void {
  const path = shellWord(folder.path);
  const lines = {
    finished: `Trained ${step} steps. Draw with it: aigc sample --checkpoint ${path}`,
    time: `Time is up at step ${step} of ${endStep}. Go on with: aigc train --resume --out ${path}`,
    signal: `Stopped at step ${step} of ${endStep}. Go on with: aigc train --resume --out ${path}`,
    'early-stop': `Stopped at step ${step} of ${endStep}: for ${values.patience} epochs the ${figure} has not become better.`,
  };
  const earlier = best && best.step < step;
  const end = [lines[reason], ...(verdict ? [verdict] : [])];
  const line = earlier
    ? [
        ...end,
        `The best is of step ${best.step} (${figure} ${figureWords(best.value)}): aigc sample --checkpoint ${shellWord(`${folder.path}/best`)}`,
      ]
    : end;
  output.result(
    { event: 'end', reason, step, run: folder.path, ...(verdict && { verdict }), ...(best && { best }) },
    line,
  );
}

/** @param why "SIGINT", or another word for it */
export function interrupted(
  { folder }: Session,
  why: string,
  signal: StopSignal,
  step: number,
): InterruptedError {
  return new InterruptedError(
    constants.signals[signal],
    `${why} at step ${step}; a checkpoint holds everything.`,
    {
      hint: `Go on with: aigc train --resume --out ${shellWord(folder.path)}`,
    },
  );
}
