// How much of what is in images is fine detail: what blur takes away and noise adds.
import type { ImageBytes } from '../images/grid';

/**
 * Σ (4x − its four neighbours)² / Σ (x − the image's mean)², over all pixels of all images; neighbours beyond an edge are
 * the pixel itself. 0 of images without detail; real images have a value of their own.
 */
export function sharpness({ count, height, width, channels, pixels }: ImageBytes): number {
  const [size, down] = [height * width * channels, width * channels];
  let [detail, contrast] = [0, 0];
  for (let i = 0; i < count; i++) {
    const image = pixels.subarray(i * size, (i + 1) * size);
    const mean = image.reduce((sum, value) => sum + value, 0) / size;
    for (let at = 0; at < size; at++) {
      const [x, column] = [image[at] as number, at % down];
      const up = at >= down ? (image[at - down] as number) : x;
      const below = at + down < size ? (image[at + down] as number) : x;
      const left = column >= channels ? (image[at - channels] as number) : x;
      const right = column + channels < down ? (image[at + channels] as number) : x;
      detail += (4 * x - up - below - left - right) ** 2;
      contrast += (x - mean) ** 2;
    }
  }
  return contrast === 0 ? 0 : detail / contrast;
}
