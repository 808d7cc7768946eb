// Which points lie in which balls: what precision, recall, density and coverage count.
import {
  type DistanceRow,
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
async function ballsAround(images: Features, centre: Float32Array, k: number): Promise<Balls> {
  const own = featurePoints(images, meanRow(images.features, images.count));
  return { centres: featurePoints(images, centre), squaredRadii: await neighbourSquared(own, k) };
}

/** What becomes of a point on a ball's surface. `prdc` leaves it outside, and all points of a ball of radius zero. */
export type Surface = 'outside' | 'inside';

/** Balls of one of two sets, and what of the other set is counted in them. */
interface Count {
  readonly squaredRadii: Float64Array;
  /** Whether the balls are around the references, and hold queries, or the other way about. */
  readonly around: 'references' | 'queries';
  readonly surface: Surface;
}

/** Counts all of it in one pass. Whatever is too near to tell in float32 is measured again. */
async function countEach(queries: Points, references: Points, counts: readonly Count[]): Promise<Hits[]> {
  const found = counts.map(() => ({
    ofQueries: new Uint32Array(queries.count),
    ofReferences: new Uint32Array(references.count),
  }));
  await forEachRow(queries, references, (row) => {
    for (const [i, count] of counts.entries()) {
      const { ofQueries, ofReferences } = found[i] as (typeof found)[number];
      ofQueries[row.query] = countRow(row, count, ofReferences, queries, references);
    }
  });
  return found.map(({ ofQueries, ofReferences }, i) =>
    counts[i]?.around === 'references'
      ? { ofPoints: ofQueries, ofBalls: ofReferences }
      : { ofPoints: ofReferences, ofBalls: ofQueries },
  );
}

/** Adds 1 to every reference that is hit. @returns how many are */
function countRow(
  { query, squared, uncertainty }: DistanceRow,
  { squaredRadii, around, surface }: Count,
  ofReferences: Uint32Array,
  queries: Points,
  references: Points,
): number {
  const isInside = surface === 'inside';
  const own = around === 'queries' ? (squaredRadii[query] as number) : 0;
  let hits = 0;
  for (let reference = 0; reference < squared.length; reference++) {
    const radius = around === 'queries' ? own : (squaredRadii[reference] as number);
    const beyond = (squared[reference] as number) - radius;
    if (beyond > uncertainty || (radius === 0 && !isInside)) continue;
    if (beyond >= -uncertainty) {
      const exact = exactSquaredDistance(queries, query, references, reference);
      if (isInside ? exact > radius : exact >= radius) continue;
    }
    hits++;
    (ofReferences[reference] as number)++;
  }
  return hits;
}

/** The points in each ball, and the balls that hold each point. */
export async function countHits(
  { centres, squaredRadii }: Balls,
  images: Features,
  surface: Surface = 'outside',
): Promise<Hits> {
  const points = featurePoints(images, centres.centre);
  const [hits] = await countEach(points, centres, [{ squaredRadii, around: 'references', surface }]);
  return hits as Hits;
}

/** What is counted of samples and test images, both with balls to the k-th neighbour in their own set. */
export interface Crossing {
  /** Samples in balls of test images, surfaces outside. */
  readonly real: Hits;
  /** The same, surfaces inside. */
  readonly realInside: Hits;
  /** Samples in balls of test images no larger than their median, surfaces inside. */
  readonly clipped: Hits;
  /** Test images in balls of samples, surfaces outside. */
  readonly drawn: Hits;
}

/** Three metrics want it of the same sets: it is found once. */
export const crossing = oncePerPair(
  async (samples: Features, test: Features, k: number): Promise<Crossing> => {
    const balls = await testBalls(test, test, k);
    const own = await ballsAround(samples, balls.centres.centre, k);
    const [real, realInside, clipped, drawn] = await countEach(own.centres, balls.centres, [
      { squaredRadii: balls.squaredRadii, around: 'references', surface: 'outside' },
      { squaredRadii: balls.squaredRadii, around: 'references', surface: 'inside' },
      { squaredRadii: clip(balls).squaredRadii, around: 'references', surface: 'inside' },
      { squaredRadii: own.squaredRadii, around: 'queries', surface: 'outside' },
    ]);
    return { real, realInside, clipped, drawn } as Crossing;
  },
);

/** Test images in each other's balls, their own included, where these are no larger than the median; surfaces inside. */
export const clippedAmongTest = oncePerPair(
  async (test: Features, _: Features, k: number): Promise<Hits> =>
    countHits(clip(await testBalls(test, test, k)), test, 'inside'),
);

/** Balls around test images, about their own mean. */
const testBalls = oncePerPair((test: Features, _: Features, k: number) =>
  ballsAround(test, meanRow(test.features, test.count), k),
);

/** Balls no larger than their median; of an even count it is between the middle two. */
function clip({ centres, squaredRadii }: Balls): Balls {
  const sorted = squaredRadii.toSorted();
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]] as [number, number];
  const limit = low === high ? low : ((Math.sqrt(low) + Math.sqrt(high)) / 2) ** 2;
  return { centres, squaredRadii: squaredRadii.map((radius) => Math.min(radius, limit)) };
}

/** What was found of two sets and a number is kept as long as both are. */
function oncePerPair<T>(find: (first: Features, second: Features, k: number) => Promise<T>) {
  const known = new WeakMap<Features, WeakMap<Features, Map<number, Promise<T>>>>();
  return (first: Features, second: Features, k: number): Promise<T> => {
    const ofFirst = known.get(first) ?? new WeakMap<Features, Map<number, Promise<T>>>();
    known.set(first, ofFirst);
    const ofPair = ofFirst.get(second) ?? new Map<number, Promise<T>>();
    ofFirst.set(second, ofPair);
    const found = ofPair.get(k) ?? find(first, second, k);
    ofPair.set(k, found);
    return found;
  };
}

/** 1 for each that was hit. */
export function isHit(hits: Uint32Array): number[] {
  return Array.from(hits, (count) => (count > 0 ? 1 : 0));
}
