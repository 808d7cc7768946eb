// Which pixels of an image are known: a half, all but the middle, or some at random.
import { UsageError } from '../errors';
import { randomStream } from '../rng';

const places = ['left', 'right', 'top', 'bottom', 'center'] as const;

/** What is hidden: a place, or a share of the pixels at random. */
export type Mask = (typeof places)[number] | { readonly hiddenShare: number };

/** @throws UsageError when it is no mask */
export function parseMask(word: string): Mask {
  const place = places.find((name) => name === word);
  if (place !== undefined) return place;
  const share = /^random:(.+)$/.exec(word)?.[1];
  const hiddenShare = Number(share);
  if (share !== undefined && hiddenShare > 0 && hiddenShare < 1) return { hiddenShare };
  throw new UsageError(`--mask must be one of ${places.join(', ')} or random:0.5, got "${word}".`, {
    hint: 'It says what is hidden; random:0.5 hides each pixel with a chance of 0.5.',
  });
}

/**
 * Which pixels of image `index` are known.
 * @returns [height · width], 1 for a pixel that is known and 0 for one that is hidden
 */
export function knownPixels(
  mask: Mask | undefined,
  { height, width }: { readonly height: number; readonly width: number },
  seed: number,
  index: number,
): Uint8Array {
  const known = new Uint8Array(height * width).fill(1);
  if (mask === undefined) return known;
  const stream = randomStream(seed, 'mask', index);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const hidden = typeof mask === 'string' ? covers[mask](y / height, x / width) : undefined;
      const hides = hidden ?? stream.uniform() < (mask as { hiddenShare: number }).hiddenShare;
      if (hides) known[y * width + x] = 0;
    }
  }
  return known;
}

const inMiddle = (t: number) => t >= 0.25 && t < 0.75;

/** By how far down and to the right a pixel is, in [0, 1). */
const covers: Readonly<Record<(typeof places)[number], (y: number, x: number) => boolean>> = {
  left: (_y, x) => x < 0.5,
  right: (_y, x) => x >= 0.5,
  top: (y) => y < 0.5,
  bottom: (y) => y >= 0.5,
  center: (y, x) => inMiddle(y) && inMiddle(x),
};
