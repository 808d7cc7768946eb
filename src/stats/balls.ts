// Which points lie in which balls: what precision, recall, density and coverage count.
import {
  exactSquaredDistance,
  type Features,
  featurePoints,
  forEachRow,
  meanRow,
  neighbourSquared,
  type Points,
} from './neighbours';

/** A ball around each point, which reaches to its k-th nearest neighbour in its own set. */
export interface Balls {
  readonly centres: Points;
  /** [centres.count] */
  readonly squaredRadii: Float64Array;
}

export interface Hits {
  /** [points.count]: the balls that each point lies in */
  readonly ofPoints: Uint32Array;
  /** [centres.count]: the points that lie in each ball */
  readonly ofBalls: Uint32Array;
}

/** @param centre the shift that the comparison shares; the radii are measured about the set's own mean, so that those
 *  of a collapsed generator, all in one place, lose nothing */
export async function ballsAround(images: Features, centre: Float32Array, k: number): Promise<Balls> {
  const own = featurePoints(images, meanRow(images.features, images.count));
  return { centres: featurePoints(images, centre), squaredRadii: await neighbourSquared(own, k) };
}

const ballsOfTest = new WeakMap<Features, Map<number, Promise<Balls>>>();

/** Those around test images, about their own mean; found once, for all that is held against the same images. */
export function testBalls(test: Features, k: number): Promise<Balls> {
  const known = ballsOfTest.get(test) ?? new Map<number, Promise<Balls>>();
  ballsOfTest.set(test, known);
  const balls = known.get(k) ?? ballsAround(test, meanRow(test.features, test.count), k);
  known.set(k, balls);
  return balls;
}

/** What becomes of a point on a ball's surface. `prdc` leaves it outside, and all points of a ball of radius zero. */
export type Surface = 'outside' | 'inside';

/** Whatever is too near to tell in float32 is measured again. */
export async function countHits(
  { centres, squaredRadii }: Balls,
  images: Features,
  surface: Surface = 'outside',
): Promise<Hits> {
  const isIn =
    surface === 'inside'
      ? (squared: number, radius: number) => squared <= radius
      : (squared: number, radius: number) => squared < radius;
  const points = featurePoints(images, centres.centre);
  const ofPoints = new Uint32Array(points.count);
  const ofBalls = new Uint32Array(centres.count);
  await forEachRow(points, centres, ({ query, squared, uncertainty }) => {
    let hits = 0;
    for (let ball = 0; ball < squared.length; ball++) {
      const radius = squaredRadii[ball] as number;
      const beyond = (squared[ball] as number) - radius;
      if (beyond > uncertainty || (radius === 0 && surface === 'outside')) continue;
      const isClear = beyond < -uncertainty;
      if (!isClear && !isIn(exactSquaredDistance(points, query, centres, ball), radius)) continue;
      hits++;
      (ofBalls[ball] as number)++;
    }
    ofPoints[query] = hits;
  });
  return { ofPoints, ofBalls };
}

/** 1 for each that was hit. */
export function isHit(hits: Uint32Array): number[] {
  return Array.from(hits, (count) => (count > 0 ? 1 : 0));
}
