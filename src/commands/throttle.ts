// How often a long piece of work says how far it is.
import type { Output } from '../output';
import { grouped } from '../words';

const everyMs = 5000;

/** @returns what says a thing when the last was said 5 seconds ago, or must be said now */
export function throttle(): (now: boolean, say: () => void) => void {
  let last = performance.now();
  return (now, say) => {
    if (!now && performance.now() - last < everyMs) return;
    last = performance.now();
    say();
  };
}

/** Says how many images are drawn, where that takes long. */
export function drawnProgress(output: Output): (done: number, total: number) => void {
  const throttled = throttle();
  return (done, total) =>
    throttled(false, () =>
      output.progress(`Drew ${grouped(done)} of ${grouped(total)} images`, {
        event: 'drawn',
        images: done,
        of: total,
      }),
    );
}
