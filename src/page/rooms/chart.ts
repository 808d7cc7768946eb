// A curve over the epochs, small.

import { element } from '../dom';
import type { Curve } from '../page-data';

const width = 320;
const height = 120;
const edge = 6;

export function chart({ label, unit, points }: Curve): HTMLElement {
  const values = points.map(([, value]) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const [first, last] = [points[0] as readonly [number, number], points.at(-1) as readonly [number, number]];
  const x = (epoch: number) =>
    edge + ((width - 2 * edge) * (epoch - first[0])) / Math.max(1, last[0] - first[0]);
  const y = (value: number) => height - edge - ((height - 2 * edge) * (value - low)) / (high - low || 1);
  const svg = svgElement('svg', {
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'aria-label': words(label, unit, first, last),
  });
  svg.append(
    svgElement('path', { class: 'base', d: `M${edge} ${height - 1}H${width - edge}` }),
    svgElement('path', {
      class: 'line',
      d: points
        .map(([epoch, value], i) => `${i === 0 ? 'M' : 'L'}${x(epoch).toFixed(1)} ${y(value).toFixed(1)}`)
        .join(''),
    }),
    svgElement('circle', { cx: x(last[0]).toFixed(1), cy: y(last[1]).toFixed(1), r: 3.5 }),
  );
  return element(
    'figure',
    { class: 'chart' },
    element(
      'figcaption',
      {},
      element('span', {}, label),
      element('strong', {}, `${short(last[1])}${unit && ` ${unit}`}`),
    ),
    svg,
  );
}

function words(
  label: string,
  unit: string,
  first: readonly [number, number],
  last: readonly [number, number],
): string {
  return `${label}: ${short(first[1])} after epoch ${first[0]}, ${short(last[1])} ${unit} after epoch ${last[0]}`;
}

const short = (value: number) => value.toFixed(Math.abs(value) >= 10 ? 1 : 3).replace('-', '−');

function svgElement(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  return made;
}
