// Pen paths: how skeletons are written down, and the smooth curves through their points.

export interface Point {
  /** Across, percent of the skeleton's box. */
  readonly x: number;
  /** Down, percent of the skeleton's box. */
  readonly y: number;
  /** The pen turns sharply here: the curve before it and the curve after it are two pieces. */
  readonly corner: boolean;
}

/** What the pen draws without being lifted. */
export type Stroke = readonly Point[];

/** Reads "50,0 20,40! 60,90": x,y pairs, with an exclamation mark after a corner. */
export function parseStroke(text: string): Stroke {
  return text.split(' ').map((word) => {
    const [x, y] = word.replace('!', '').split(',').map(Number);
    if (x === undefined || y === undefined || Number.isNaN(x + y)) throw new Error(`Not a point: ${word}`);
    return { x, y, corner: word.endsWith('!') };
  });
}

/** The points of a smooth curve through a stroke, `stepsPerSpan` for each point of the stroke but the last. */
export function smoothPath(stroke: Stroke, stepsPerSpan: number): Point[] {
  const path: Point[] = [];
  for (let i = 0; i + 1 < stroke.length; i++) {
    const from = stroke[i] as Point;
    const to = stroke[i + 1] as Point;
    const before = from.corner ? undefined : stroke[i - 1];
    const after = to.corner ? undefined : stroke[i + 2];
    const tangents = spanTangents(before ?? mirrored(from, to), from, to, after ?? mirrored(to, from));
    for (let step = 0; step < stepsPerSpan; step++)
      path.push(hermite(from, to, tangents, step / stepsPerSpan));
  }
  const last = stroke.at(-1);
  if (last !== undefined) path.push(last);
  return path;
}

interface Tangents {
  readonly startX: number;
  readonly startY: number;
  readonly endX: number;
  readonly endY: number;
}

/**
 * Tangents of the centripetal Catmull-Rom curve, which has no cusps or loops of its own between uneven points
 * (Yuksel, Schaefer & Keyser 2011, doi.org/10.1016/j.cad.2010.08.008).
 */
function spanTangents(p0: Point, p1: Point, p2: Point, p3: Point): Tangents {
  const a = knotGap(p0, p1);
  const b = knotGap(p1, p2);
  const c = knotGap(p2, p3);
  const start = (v0: number, v1: number, v2: number) => b * ((v1 - v0) / a - (v2 - v0) / (a + b)) + v2 - v1;
  const end = (v1: number, v2: number, v3: number) => b * ((v3 - v2) / c - (v3 - v1) / (b + c)) + v2 - v1;
  return {
    startX: start(p0.x, p1.x, p2.x),
    startY: start(p0.y, p1.y, p2.y),
    endX: end(p1.x, p2.x, p3.x),
    endY: end(p1.y, p2.y, p3.y),
  };
}

/** The square root of the distance: the centripetal spacing of knots. */
function knotGap(from: Point, to: Point): number {
  return Math.max(1e-3, Math.sqrt(distance(from, to)));
}

export function distance(from: Point, to: Point): number {
  return Math.sqrt((to.x - from.x) ** 2 + (to.y - from.y) ** 2);
}

/** The point on the far side of `end`, where a curve that starts there may be imagined to come from. */
function mirrored(end: Point, inner: Point): Point {
  return { x: 2 * end.x - inner.x, y: 2 * end.y - inner.y, corner: false };
}

function hermite(from: Point, to: Point, tangents: Tangents, t: number): Point {
  const fromWeight = (1 + 2 * t) * (1 - t) ** 2;
  const startWeight = t * (1 - t) ** 2;
  const endWeight = t * t * (t - 1);
  const x =
    fromWeight * from.x + (1 - fromWeight) * to.x + startWeight * tangents.startX + endWeight * tangents.endX;
  const y =
    fromWeight * from.y + (1 - fromWeight) * to.y + startWeight * tangents.startY + endWeight * tangents.endY;
  return { x, y, corner: false };
}
