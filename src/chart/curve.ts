// Curves of thousands of logged points, made readable: the mean of each stretch, and how far its points scatter.

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Curve {
  readonly line: readonly Point[];
  /** Where eight tenths of the points of each stretch lie; empty when each point is drawn. */
  readonly band: readonly { readonly x: number; readonly low: number; readonly high: number }[];
}

/**
 * Curves of at most `most` points stay what they are. Of longer ones each of `most` stretches with equally many points
 * becomes one: the mean of its x and y, and its tenth and ninetieth percentile. A mean of a stretch, unlike a running
 * average, does not trail behind.
 */
export function thinned(points: readonly Point[], most: number): Curve {
  if (points.length <= most) return { line: points, band: [] };
  const stretches = Array.from({ length: most }, (_, i) =>
    points.slice(Math.floor((i * points.length) / most), Math.floor(((i + 1) * points.length) / most)),
  );
  const means = stretches.map((stretch) => ({
    x: mean(stretch.map(({ x }) => x)),
    y: mean(stretch.map(({ y }) => y)),
  }));
  return {
    line: means,
    band: stretches.map((stretch, i) => {
      const sorted = stretch.map(({ y }) => y).sort((a, b) => a - b);
      const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] as number;
      return { x: (means[i] as Point).x, low: at(0.1), high: at(0.9) };
    }),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
