// Runs calls of aigc as processes of this machine.
import { aigcCommand, type ChildEvent, parseEvent } from './aigc';
import type { Child, Launcher } from './launcher';
import { startProgram } from './program';

const wordsKept = 2000;

/** Each in a process group of its own: Ctrl-C reaches it through us, once. @param limit processes at a time */
export function localLauncher(limit: number): Launcher {
  return { limit, outlives: false, start: ({ words, onStep }) => startHere(words, onStep) };
}

function startHere(words: readonly string[], onStep?: (step: number) => void): Child {
  const events: ChildEvent[] = [];
  const onLine = (line: string) => {
    const event = parseEvent(line);
    if (event && event.event !== 'step') events.push(event);
    else if (typeof event?.step === 'number') onStep?.(event.step);
  };
  const options = { ownGroup: true, onLine, stderrKept: wordsKept };
  const { child, done } = startProgram(...aigcCommand(words), options);
  let [asked, ended] = [false, false];
  return {
    state: () => (ended ? 'ended' : 'running'),
    done: done
      .finally(() => {
        ended = true;
      })
      .then((outcome) => ({
        code: outcome?.exitCode ?? null,
        events,
        lastWords: outcome?.stderr.trim() ?? '',
      })),
    stop: () => {
      if (!asked) child.kill('SIGTERM');
      asked = true;
    },
  };
}
