// The pen: strokes of changing width, and the pixels that they darken.
import type { RandomStream } from '../../rng';
import { distance, type Point } from './path';

/** A dot of ink on the way of the pen, in pixels. */
interface Dab {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** MNIST's layout: the ink fits a box of 20 × 20 in an image of 28 × 28. */
const side = 28;
const box = 20;
/** How far an edge of the ink spreads, in pixels: 1 from the size of a pixel, the rest from pen, paper and scanner. */
const blur = 1.25;
/** Points of a path over which the pen is lifted at the end of a stroke. */
const liftSteps = 8;

/**
 * Draws paths with one pen as MNIST lays its digits out: scaled to fit 20 × 20, then moved by whole pixels until the
 * centre of mass is nearest the centre (LeCun, Cortes & Burges, "The MNIST database").
 * @returns 28 × 28 bytes, 0 is paper and 255 is ink
 */
export function inkPaths(paths: readonly (readonly Point[])[], random: RandomStream): Uint8Array {
  const pen = choosePen(random);
  const strokes = fitted(scaled(paths, pen.radius).map((path) => pen.press(path)));
  const ink = new Float32Array(side * side);
  for (const dabs of strokes) {
    for (let i = 0; i + 1 < dabs.length; i++) inkSegment(ink, dabs[i] as Dab, dabs[i + 1] as Dab);
  }
  return centred(ink);
}

interface Pen {
  /** Its radius at its usual pressure, in pixels. */
  readonly radius: number;
  press(path: readonly Point[]): Dab[];
}

/** A pen and how hard it is pressed: its width, the slope of its nib, and how the pressure comes and goes. */
function choosePen(random: RandomStream): Pen {
  const radius = Math.min(2.6, Math.max(0.55, 1.26 * Math.exp(0.3 * random.normal())));
  const nibAngle = Math.PI * random.uniform();
  const nibSlope = 0.2 * random.uniform();
  const swell = 0.16 * random.uniform();
  const rate = 0.05 + 0.15 * random.uniform();
  const taper = 0.45 * random.uniform();
  const grain = 0.09 * random.uniform();
  function press(path: readonly Point[]): Dab[] {
    const phase = 2 * Math.PI * random.uniform();
    let way = 0;
    return path.map((point, i) => {
      const next = path[i + 1] ?? point;
      const last = path[i - 1] ?? point;
      const angle = Math.atan2(next.y - last.y, next.x - last.x);
      way += distance(last, point);
      const nib = 1 + nibSlope * Math.cos(2 * (angle - nibAngle));
      const wave = 1 + swell * Math.sin(rate * 2 * Math.PI * way + phase);
      const grit = 1 + grain * random.normal();
      const left = (path.length - 1 - i) / liftSteps;
      const lift = left < 1 ? 1 - taper * (1 - left) : 1;
      return { x: point.x, y: point.y, radius: radius * nib * wave * lift * grit };
    });
  }
  return { radius, press };
}

/** Scales paths to the size that they will have in the image, given the ink around them. */
function scaled(paths: readonly (readonly Point[])[], radius: number): Point[][] {
  const { left, right, top, bottom } = extents(paths.flat().map(({ x, y }) => ({ x, y, radius: 0 })));
  const scale = (box - 2 * radius) / Math.max(right - left, bottom - top, 1);
  return paths.map((path) => path.map(({ x, y, corner }) => ({ x: x * scale, y: y * scale, corner })));
}

/** Scales ink to fill the box exactly, and puts it into the box's top left corner. */
function fitted(strokes: readonly (readonly Dab[])[]): Dab[][] {
  const { left, right, top, bottom } = extents(strokes.flat());
  const scale = (box + 1 - blur) / Math.max(right - left, bottom - top);
  const start = (side - box + blur - 1) / 2;
  return strokes.map((dabs) =>
    dabs.map(({ x, y, radius }) => ({
      x: start + (x - left) * scale,
      y: start + (y - top) * scale,
      radius: radius * scale,
    })),
  );
}

function extents(dabs: readonly Dab[]) {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y, radius } of dabs) {
    [left, right] = [Math.min(left, x - radius), Math.max(right, x + radius)];
    [top, bottom] = [Math.min(top, y - radius), Math.max(bottom, y + radius)];
  }
  return { left, right, top, bottom };
}

/** Darkens the pixels around a segment; each keeps the darkest it has been. */
function inkSegment(ink: Float32Array, from: Dab, to: Dab): void {
  const reach = Math.max(from.radius, to.radius) + blur / 2;
  const { x: x0, y: y0 } = from;
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const square = dx * dx + dy * dy || 1;
  const firstRow = Math.max(0, Math.floor(Math.min(y0, y0 + dy) - reach));
  const lastRow = Math.min(side - 1, Math.ceil(Math.max(y0, y0 + dy) + reach));
  const firstColumn = Math.max(0, Math.floor(Math.min(x0, x0 + dx) - reach));
  const lastColumn = Math.min(side - 1, Math.ceil(Math.max(x0, x0 + dx) + reach));
  for (let row = firstRow; row <= lastRow; row++) {
    for (let column = firstColumn; column <= lastColumn; column++) {
      const px = column + 0.5 - x0;
      const py = row + 0.5 - y0;
      const t = Math.min(1, Math.max(0, (px * dx + py * dy) / square));
      const away = Math.sqrt((px - t * dx) ** 2 + (py - t * dy) ** 2);
      const shade = coverage(away, from.radius + t * (to.radius - from.radius));
      const pixel = row * side + column;
      if (shade > (ink[pixel] as number)) ink[pixel] = shade;
    }
  }
}

/** How dark a pixel is beside a straight line of this radius, its middle `away` from the pixel's. */
function coverage(away: number, radius: number): number {
  return Math.max(0, Math.min(away + blur / 2, radius) - Math.max(away - blur / 2, -radius)) / blur;
}

/** Rounds ink to bytes, moved so that its centre of mass is within half a pixel of (14, 14). */
function centred(ink: Float32Array): Uint8Array {
  let [mass, sumX, sumY] = [0, 0, 0];
  let [left, right, top, bottom] = [side, 0, side, 0];
  ink.forEach((shade, pixel) => {
    if (shade === 0) return;
    const column = pixel % side;
    const row = (pixel - column) / side;
    mass += shade;
    sumX += shade * column;
    sumY += shade * row;
    [left, right] = [Math.min(left, column), Math.max(right, column)];
    [top, bottom] = [Math.min(top, row), Math.max(bottom, row)];
  });
  const moveX = Math.min(side - 1 - right, Math.max(-left, Math.round(side / 2 - sumX / mass)));
  const moveY = Math.min(side - 1 - bottom, Math.max(-top, Math.round(side / 2 - sumY / mass)));
  const pixels = new Uint8Array(side * side);
  for (let row = top; row <= bottom; row++) {
    for (let column = left; column <= right; column++) {
      const shade = ink[row * side + column] as number;
      pixels[(row + moveY) * side + column + moveX] = Math.round(255 * shade);
    }
  }
  return pixels;
}
