// What one can say of an image without knowing what it shows: how much there is on it, where, how wide, how slanted.
import type { ImageBytes } from '../../images/grid';

/** By the words that name them. */
export type Descriptions = Readonly<Record<string, number>>;

/** Of each image, by its brightness. Moments as of a distribution whose mass is brightness. */
export function describe(images: ImageBytes): Descriptions[] {
  const size = images.pixels.length / images.count;
  return Array.from({ length: images.count }, (_, i) =>
    describeOne(images.pixels.subarray(i * size, (i + 1) * size), images),
  );
}

function describeOne(pixels: Uint8Array, { height, width, channels }: ImageBytes): Descriptions {
  const brightness = new Float64Array(height * width);
  for (const [i, value] of pixels.entries()) {
    const pixel = Math.floor(i / channels);
    brightness[pixel] = (brightness[pixel] as number) + value / (255 * channels);
  }
  const moments = { mass: 1e-9, x: 0, y: 0, xx: 0, yy: 0, xy: 0, middle: 0 };
  each((value, x, y) => {
    moments.mass += value;
    moments.x += value * x;
    moments.y += value * y;
    if (Math.abs(x) < 0.15 && Math.abs(y) < 0.15) moments.middle += value;
  });
  const [meanX, meanY] = [moments.x / moments.mass, moments.y / moments.mass];
  each((value, x, y) => {
    moments.xx += (value * (x - meanX) ** 2) / moments.mass;
    moments.yy += (value * (y - meanY) ** 2) / moments.mass;
    moments.xy += (value * (x - meanX) * (y - meanY)) / moments.mass;
  });
  return {
    ink: moments.mass,
    slant: -moments.xy / (moments.yy + 1e-6),
    width: Math.sqrt(moments.xx),
    height: Math.sqrt(moments.yy),
    'weight to the right': meanX,
    'weight below': meanY,
    'filled middle': moments.middle / moments.mass,
  };

  /** Places from −½ to ½. */
  function each(tell: (value: number, x: number, y: number) => void): void {
    for (const [i, value] of brightness.entries()) {
      tell(
        value,
        (i % width) / Math.max(1, width - 1) - 0.5,
        Math.floor(i / width) / Math.max(1, height - 1) - 0.5,
      );
    }
  }
}
