// Sets whose images are black or white all over to a model, which is seldom meant.
import { grouped, shellWord } from '../words';
import { blocksOf, imageBytes } from './blocks';
import type { AnySet } from './image-set';

export interface Oddity {
  /** What is odd, a clause: "none of its pixels is above 1 of 255". */
  readonly problem: string;
  readonly tone: 'dark' | 'bright';
  /** The brightest pixel, where the whole set is dark. */
  readonly brightest: number | undefined;
}

/** An image is dark when no pixel reaches this, and bright when none is as far below 255. */
const threshold = 32;
/** Odd is a set of which this share is of one tone. */
const oddShare = 0.5;

/** @returns undefined when the set is as sets are */
export function pixelOddity(set: AnySet): Oddity | undefined {
  const { count } = set;
  const size = imageBytes(set);
  let [dark, bright] = [0, 0];
  for (const { images } of blocksOf(set))
    for (let image = 0; image < images.count; image++) {
      const values = images.pixels.subarray(image * size, (image + 1) * size);
      if (!values.some((value) => value >= threshold)) dark++;
      else if (!values.some((value) => value < 256 - threshold)) bright++;
    }
  if (dark < oddShare * count && bright < oddShare * count) return undefined;
  const tone = dark >= bright ? 'dark' : 'bright';
  if (dark === count) {
    let brightest = 0;
    for (const { images } of blocksOf(set))
      brightest = images.pixels.reduce((most, value) => Math.max(most, value), brightest);
    return { tone, brightest, problem: `none of its pixels is above ${brightest} of 255` };
  }
  const [few, word] = tone === 'dark' ? [dark, 'black'] : [bright, 'white'];
  const problem = `${grouped(few)} of its ${grouped(count)} images are ${word} all over, or nearly`;
  return { tone, brightest: undefined, problem };
}

/** What brings the brightest pixel near to 255. */
export function brightening(brightest: number): number {
  return Math.floor(255 / Math.max(1, brightest));
}

/** What to say of a set of IDX files; undefined when there is nothing. */
export function oddityWarning(name: string, set: AnySet): string | undefined {
  const odd = pixelOddity(set);
  if (!odd) return undefined;
  const { brightest } = odd;
  const remedy = brightest
    ? ` Make one of brighter images: aigc data subset ${shellWord(name)} --scale ${brightening(brightest)} --out NEW.`
    : '';
  return `${name}: ${odd.problem}.${remedy}`;
}
