// The hand that writes: the same skeleton comes out a little differently each time.
import type { RandomStream } from '../../rng';
import type { Point, Stroke } from './path';
import type { Style } from './style';

export type Transform = (point: Point) => Point;

/** One of the styles, each as often as its weight says. */
export function chooseStyle(styles: readonly Style[], random: RandomStream): Style {
  let rest = random.uniform() * styles.reduce((sum, { weight }) => sum + weight, 0);
  for (const style of styles) {
    rest -= style.weight;
    if (rest < 0) return style;
  }
  return styles[0] as Style;
}

/** How much of a point's error the next point of the stroke inherits: without it round digits come out angular. */
const steady = 0.5;

/** The strokes of one writing: a random place between the style's extremes, every point a little off. */
export function writeStrokes({ extremes }: Style, random: RandomStream): Stroke[] {
  const shares = randomShares(extremes.length, random);
  const spread = 1.5 + 3 * random.uniform();
  const first = extremes[0] ?? [];
  return first.map((stroke, s) => {
    const slipX = first.length > 1 ? 2.5 * random.normal() : 0;
    const slipY = first.length > 1 ? 2.5 * random.normal() : 0;
    let [driftX, driftY] = [random.normal(), random.normal()];
    const points = stroke.map(({ corner }, p) => {
      const { x, y } = blend(extremes, shares, s, p);
      driftX = steady * driftX + Math.sqrt(1 - steady ** 2) * random.normal();
      driftY = steady * driftY + Math.sqrt(1 - steady ** 2) * random.normal();
      return { x: x + slipX + spread * driftX, y: y + slipY + spread * driftY, corner };
    });
    return stretchEnds(points, random);
  });
}

/** Shares that sum to 1, spread a little beyond the simplex so that writers also fall outside the extremes. */
function randomShares(count: number, random: RandomStream): number[] {
  const draws = Array.from({ length: count }, () => -Math.log(1 - random.uniform()));
  const total = draws.reduce((sum, draw) => sum + draw, 0);
  return draws.map((draw) => (1.2 * draw) / total - 0.2 / count);
}

function blend(extremes: Style['extremes'], shares: readonly number[], stroke: number, point: number) {
  let x = 0;
  let y = 0;
  extremes.forEach((strokes, i) => {
    const at = strokes[stroke]?.[point] as Point;
    x += at.x * (shares[i] as number);
    y += at.y * (shares[i] as number);
  });
  return { x, y };
}

/** Starts early or late, and stops short or runs on. */
function stretchEnds(points: readonly Point[], random: RandomStream): Point[] {
  const stretched = [...points];
  for (const [end, next] of [[0, 1] as const, [points.length - 1, points.length - 2] as const]) {
    const from = points[next] as Point;
    const to = points[end] as Point;
    const by = 0.16 * random.normal();
    stretched[end] = { x: to.x + by * (to.x - from.x), y: to.y + by * (to.y - from.y), corner: to.corner };
  }
  return stretched;
}

/** Proportions, a smooth warp, slant and turn: the same for all points of one digit. */
export function handTransform(random: RandomStream): Transform {
  const bend = smoothWarp(random);
  const waist = Math.exp(0.14 * random.normal());
  const width = Math.exp(0.2 * random.normal());
  const slant = 0.18 + 0.26 * random.normal();
  const turn = 0.09 * random.normal();
  const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
  return (point) => {
    const warped = bend(point);
    // Below 1, `waist` makes the upper half larger; above 1, the lower.
    const down = Math.max(0, warped.y / 100) ** waist * 100 + Math.min(0, warped.y);
    const across = (warped.x - 50) * width - (down - 50) * slant;
    return { x: cos * across - sin * (down - 50), y: sin * across + cos * (down - 50), corner: false };
  };
}

/** A smooth displacement of the whole box, waves of about its size: the elastic part of the variation. */
function smoothWarp(random: RandomStream): Transform {
  const strength = 7 * random.uniform();
  const waves = Array.from({ length: 3 }, () => ({
    dx: strength * random.normal(),
    dy: strength * random.normal(),
    fx: 0.05 * (2 * random.uniform() - 1),
    fy: 0.05 * (2 * random.uniform() - 1),
    phase: 2 * Math.PI * random.uniform(),
  }));
  return ({ x, y, corner }) => {
    let [toX, toY] = [x, y];
    for (const { dx, dy, fx, fy, phase } of waves) {
      const height = Math.sin(fx * x + fy * y + phase);
      toX += dx * height;
      toY += dy * height;
    }
    return { x: toX, y: toY, corner };
  };
}
