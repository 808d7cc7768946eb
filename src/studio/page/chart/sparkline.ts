// A curve the size of a word.

const [width, height, edge] = [104, 28, 3];
const namespace = 'http://www.w3.org/2000/svg';

/** For the eye alone: the number stands beside it. */
export function sparkline(): { readonly svg: SVGElement; draw(values: readonly (number | null)[]): void } {
  const svg = document.createElementNS(namespace, 'svg');
  const line = document.createElementNS(namespace, 'path');
  const end = document.createElementNS(namespace, 'circle');
  svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
  svg.setAttribute('class', 'spark');
  svg.setAttribute('aria-hidden', 'true');
  end.setAttribute('r', '2.2');
  svg.append(line);
  return {
    svg,
    draw: (values) => {
      const known = values.filter((value) => value !== null);
      if (known.length === 0) return svg.replaceChildren();
      const { low, high } = extent(known);
      const x = (i: number) => edge + ((width - 2 * edge) * i) / Math.max(1, known.length - 1);
      const y = (value: number) =>
        height - edge - ((height - 2 * edge) * (clamp(value, low, high) - low)) / (high - low || 1);
      const path = known.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`);
      line.setAttribute('d', path.join(''));
      end.setAttribute('cx', x(known.length - 1).toFixed(1));
      end.setAttribute('cy', y(known.at(-1) as number).toFixed(1));
      svg.replaceChildren(line, end);
    },
  };
}

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/** Between which values the curve is drawn: the first steps of a run are often so far off that nothing else would be seen. */
function extent(values: readonly number[]): { low: number; high: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
  return values.length < 20 ? { low: at(0), high: at(1) } : { low: at(0.02), high: at(0.98) };
}
