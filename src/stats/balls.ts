// Which points lie in which balls: what precision, recall, density and coverage count.
import { forEachTile, uncertaintiesOf } from './distance-tiles';
import { oncePerPair, oncePerSet } from './memo';
import { neighbourSquared } from './neighbours';
import { exactSquaredDistance, type Features, featurePoints, meanRow, type Points } from './points';

/** A ball around each point, which reaches to its k-th nearest neighbour in its own set. */
interface Balls {
  readonly centres: Points;
  /** [centres.count] */
  readonly squaredRadii: Float64Array;
}

interface Hits {
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
type Surface = 'outside' | 'inside';

/** Balls of one of two sets, and what of the other set is counted in them. */
interface Count {
  readonly squaredRadii: Float64Array;
  /** Whether the balls are around the references, and hold queries, or the other way about. */
  readonly around: 'references' | 'queries';
  readonly surface: Surface;
}

/** Counts all of it in one pass. Whatever is too near to tell in float32 is measured again. */
async function countEach(queries: Points, references: Points, counts: readonly Count[]): Promise<Hits[]> {
  const tallies = counts.map((count) => ({
    ...count,
    ofQueries: new Uint32Array(queries.count),
    ofReferences: new Uint32Array(references.count),
  }));
  const reach = reaches(queries, references, counts);
  const doubts = uncertaintiesOf(queries, references);
  await forEachTile(queries, references, ({ first, rows, start, columns, products }) => {
    for (let query = first, at = 0; query < first + rows; query++) {
      const norm = queries.squaredNorms[query] as number;
      const doubt = doubts[query] as number;
      const own = (reach.ofQueries[query] as number) + doubt;
      for (let j = start; j < start + columns; j++) {
        const squared = norm + (references.squaredNorms[j] as number) - 2 * (products[at++] as number);
        if (squared > own && squared - doubt > (reach.ofReferences[j] as number)) continue;
        countPair({ queries, query, references, reference: j, squared, doubt }, tallies);
      }
    }
  });
  return tallies.map(({ around, ofQueries, ofReferences }) =>
    around === 'references'
      ? { ofPoints: ofQueries, ofBalls: ofReferences }
      : { ofPoints: ofReferences, ofBalls: ofQueries },
  );
}

/** The squared radius of the largest ball around each point, −∞ where there is none. */
function reaches(queries: Points, references: Points, counts: readonly Count[]) {
  const widest = ({ count }: Points, side: Count['around']) => {
    const squared = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    for (const { around, squaredRadii } of counts)
      if (around === side)
        for (let i = 0; i < count; i++)
          squared[i] = Math.max(squared[i] as number, squaredRadii[i] as number);
    return squared;
  };
  return { ofQueries: widest(queries, 'queries'), ofReferences: widest(references, 'references') };
}

interface Pair {
  readonly queries: Points;
  readonly query: number;
  readonly references: Points;
  readonly reference: number;
  readonly squared: number;
  /** How far the squared distance may be from the truth. */
  readonly doubt: number;
}

interface Tally extends Count {
  readonly ofQueries: Uint32Array;
  readonly ofReferences: Uint32Array;
}

/** Adds a pair to what is counted of both, wherever one lies in the other's ball. */
function countPair(pair: Pair, tallies: readonly Tally[]): void {
  const { queries, query, references, reference, squared, doubt } = pair;
  let exact: number | undefined;
  for (const { squaredRadii, around, surface, ofQueries, ofReferences } of tallies) {
    const radius = squaredRadii[around === 'queries' ? query : reference] as number;
    const isInside = surface === 'inside';
    const beyond = squared - radius;
    if (beyond > doubt || (radius === 0 && !isInside)) continue;
    if (beyond >= -doubt) {
      exact ??= exactSquaredDistance(queries, query, references, reference);
      if (isInside ? exact > radius : exact >= radius) continue;
    }
    (ofQueries[query] as number)++;
    (ofReferences[reference] as number)++;
  }
}

/** What is counted of samples and test images, both with balls to the k-th neighbour in their own set. */
interface Crossing {
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
    const balls = await testBalls(test, k);
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
export const clippedAmongTest = oncePerSet(async (test: Features, k: number): Promise<Hits> => {
  const { centres, squaredRadii } = clip(await testBalls(test, k));
  const [hits] = await countEach(centres, centres, [
    { squaredRadii, around: 'references', surface: 'inside' },
  ]);
  return hits as Hits;
});

/** Balls around test images, about their own mean. */
const testBalls = oncePerSet((test: Features, k: number) =>
  ballsAround(test, meanRow(test.features, test.count), k),
);

/** Balls no larger than their median; of an even count it is between the middle two. */
function clip({ centres, squaredRadii }: Balls): Balls {
  const sorted = squaredRadii.toSorted();
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]] as [number, number];
  const limit = low === high ? low : ((Math.sqrt(low) + Math.sqrt(high)) / 2) ** 2;
  return { centres, squaredRadii: squaredRadii.map((radius) => Math.min(radius, limit)) };
}

/** 1 for each that was hit. */
export function isHit(hits: Uint32Array): number[] {
  return Array.from(hits, (count) => (count > 0 ? 1 : 0));
}
