// Parts of a page that are made anew while someone is at work in them.
import { paced } from '../../page/dom';

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

/** Puts these into an element, where they are not there in this order already. What had the focus keeps it. */
export function arrange(place: HTMLElement, children: readonly HTMLElement[]): void {
  const isSame =
    children.length === place.children.length && children.every((each, i) => place.children[i] === each);
  if (isSame) return;
  const focused = document.activeElement;
  place.replaceChildren(...children);
  if (focused instanceof HTMLElement && place.contains(focused)) focused.focus({ preventScroll: true });
}

/** Text that is written only where it is another. */
export function setText(place: Node, text: string): void {
  if (place.textContent !== text) place.textContent = text;
}

/** Runs `work` after a pause of so many ms, once however often it was asked for, and not again before it has ended. */
export const calmly = (work: () => Promise<void> | void, pauseMs: number) =>
  paced(work, (run) => setTimeout(run, pauseMs));
