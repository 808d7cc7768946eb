// What the curves of a chart are at a place, in numbers.
import { element } from '../../../page/dom';
import { grouped } from '../../../words';
import { reading } from '../figure-words';
import type { PlotSpec } from './plot-spec';

type Place = readonly [spec: PlotSpec, at: number | undefined];

/** What the curves are at a place, or at their ends. */
export function readings({ lines, unit }: PlotSpec, at: number | undefined): HTMLElement[] {
  return lines.flatMap(({ label, x, y, style }) => {
    const found = valueAt(x, y, at);
    if (found === undefined) return [];
    const dot = element('i', { 'aria-hidden': true });
    dot.style.background = `var(${style.colour})`;
    const number = element('strong', {}, reading(found) + (unit && ` ${unit}`));
    return [lines.length > 1 ? element('span', {}, dot, `${label} `, number) : element('span', {}, number)];
  });
}

/** Where that is: "step 920". */
export function placeWords(...[{ axis }, at]: Place): string {
  if (at === undefined) return '';
  return `${axis} ${at >= 100 || Number.isInteger(at) ? grouped(Math.round(at)) : at.toFixed(2)}`;
}

/** Both for those who do not see them. */
export const words = (...place: Place) =>
  [placeWords(...place), ...readings(...place).map(({ textContent }) => textContent)]
    .filter(Boolean)
    .join(', ');

/** The last value that is not beyond `at`. A chart has some thousand points: they are gone through. */
function valueAt(
  x: readonly number[],
  y: readonly (number | null)[],
  at: number | undefined,
): number | undefined {
  const isShown = (value: number | null, i: number) =>
    value !== null && (at === undefined || (x[i] as number) <= at);
  return y.findLast(isShown) ?? undefined;
}
