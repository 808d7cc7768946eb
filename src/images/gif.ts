// Animated GIF files. Grey ones hold every level; colours are cut to 256 for the whole animation.
import { applyPalette, GIFEncoder, type Palette, quantize } from 'gifenc';
import type { Raster } from './grid';
import { joinedBytes } from './joined-bytes';
import type { Provenance } from './provenance';
import { withProvenance } from './xmp-carriers';

const greys: Palette = Array.from({ length: 256 }, (_, level) => [level, level, level]);

/**
 * An animation that runs for ever. The same frames give the same bytes.
 * @param frames  of one size and one number of channels
 * @param delayMs how long each is shown, or, as a list, how long each of them; GIF counts in hundredths of a second
 * @param provenance how they were made, to be said in the file
 */
export function encodeGif(
  frames: readonly Raster[],
  delayMs: number | readonly number[],
  provenance?: Provenance,
): Uint8Array {
  const isGrey = frames.every(({ channels }) => channels === 1);
  const palette = isGrey ? greys : quantize(joinedBytes(frames.map(toRgba)), 256);
  const encoder = GIFEncoder();
  for (const [i, frame] of frames.entries()) {
    const index = isGrey ? frame.pixels : applyPalette(toRgba(frame), palette);
    // The first frame carries the palette of all, and that the animation repeats for ever.
    const first = i === 0 ? { palette, repeat: 0 } : {};
    const delay = typeof delayMs === 'number' ? delayMs : (delayMs[i] as number);
    encoder.writeFrame(index, frame.width, frame.height, { delay, ...first });
  }
  encoder.finish();
  return withProvenance(encoder.bytes(), provenance);
}

/** @returns [height, width, 4] */
function toRgba({ height, width, channels, pixels }: Raster): Uint8Array {
  const rgba = new Uint8Array(height * width * 4).fill(255);
  for (let i = 0; i < height * width; i++) {
    for (let channel = 0; channel < 3; channel++) {
      rgba[4 * i + channel] = pixels[i * channels + Math.min(channel, channels - 1)] as number;
    }
  }
  return rgba;
}
