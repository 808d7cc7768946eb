// Ways through the latent space: walks from one latent to another, and the grid of a two-dimensional one.
import { normalQuantile } from '../stats/normal-quantile';

export type WalkPath = 'linear' | 'spherical';

/** Angles nearer to 0 or π than this have no arc of their own: the walk is straight. */
const smallestSine = 1e-6;

/**
 * The latents from one to another, both included. Spherical: slerp, White 2016, arxiv.org/abs/1609.04468, section 2.1:
 * (sin((1−t)ω) a + sin(tω) b) / sin ω, ω the angle between a and b. Draws from a normal prior lie near a sphere of
 * radius √latentDim; the straight line leaves it, the arc does not.
 * @param steps at least 2
 * @returns [steps, latentDim], flat
 */
export function walk(from: Float32Array, to: Float32Array, steps: number, path: WalkPath): Float32Array {
  const angle = angleBetween(from, to);
  const straight = path === 'linear' || Math.sin(angle) < smallestSine;
  const latents = new Float32Array(steps * from.length);
  for (let step = 0; step < steps; step++) {
    const t = step / (steps - 1);
    const a = straight ? 1 - t : Math.sin((1 - t) * angle) / Math.sin(angle);
    const b = straight ? t : Math.sin(t * angle) / Math.sin(angle);
    for (let j = 0; j < from.length; j++) {
      latents[step * from.length + j] = a * (from[j] as number) + b * (to[j] as number);
    }
  }
  return latents;
}

/** In radians; 0 when one of them is the origin. */
function angleBetween(a: Float32Array, b: Float32Array): number {
  const lengths = Math.sqrt(dot(a, a) * dot(b, b));
  return lengths === 0 ? 0 : Math.acos(Math.min(1, Math.max(-1, dot(a, b) / lengths)));
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, j) => sum + value * (b[j] as number), 0);
}

/**
 * A grid over the latent plane, evenly spaced on the unit square and taken through the inverse of the normal
 * distribution function, so that each cell stands for as much of the prior. Kingma & Welling 2013, figure 4.
 * @returns [rows · columns, 2], flat: the first latent grows to the right, the second downwards
 */
export function manifold(rows: number, columns: number): Float32Array {
  const latents = new Float32Array(rows * columns * 2);
  for (let cell = 0; cell < rows * columns; cell++) {
    latents[2 * cell] = normalQuantile(((cell % columns) + 0.5) / columns);
    latents[2 * cell + 1] = normalQuantile((Math.floor(cell / columns) + 0.5) / rows);
  }
  return latents;
}
