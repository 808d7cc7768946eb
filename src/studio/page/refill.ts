// Parts of a page that are made anew while someone is at work in them.

/** Other content for an element. What had the focus has it again, by its data-key. */
export function refill(place: HTMLElement, ...children: readonly (Node | string | undefined)[]): void {
  const active = place.contains(document.activeElement) ? (document.activeElement as HTMLElement) : undefined;
  const key = active?.dataset.key;
  place.replaceChildren(...children.filter((child) => child !== undefined));
  if (key === undefined) return;
  const same = [...place.querySelectorAll<HTMLElement>('[data-key]')].find(
    ({ dataset }) => dataset.key === key,
  );
  same?.focus({ preventScroll: true });
}

/** Text that is written only where it is another. */
export function setText(place: Node, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}

/** Runs `work` after a pause of so many ms, once however often it was asked for, and not again before it has ended. */
export function calmly(work: () => Promise<void> | void, pauseMs: number): { ask(): void; end(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = false;
  let again = false;
  let ended = false;
  const run = async () => {
    timer = undefined;
    running = true;
    try {
      await work();
    } finally {
      running = false;
      if (again) {
        again = false;
        ask();
      }
    }
  };
  const ask = () => {
    if (ended || timer !== undefined) return;
    if (running) again = true;
    else timer = setTimeout(run, pauseMs);
  };
  return {
    ask,
    end: () => {
      ended = true;
      clearTimeout(timer);
    },
  };
}
