// Test images in their places among the latents.
import { fromBase64 } from './bytes';
import type { PageData } from './page-data';
import { stamp } from './picture';
import { placeOf } from './visit';

export interface Landmark {
  readonly latent: Float32Array;
  readonly label: number | undefined;
  readonly stamp: HTMLCanvasElement;
  /** Along each direction, standard deviations. */
  readonly place: readonly number[];
}

export function readLandmarks(data: PageData): Landmark[] {
  const { landmarks, model } = data;
  if (!landmarks) return [];
  const { height, width, channels } = model.image;
  const pixels = fromBase64(landmarks.pixels);
  const latents = new Float32Array(fromBase64(landmarks.latents).buffer);
  const images = { height, width, channels, count: landmarks.count, pixels };
  return Array.from({ length: landmarks.count }, (_, i) => {
    const latent = latents.slice(i * model.latentDim, (i + 1) * model.latentDim);
    return {
      latent,
      label: landmarks.labels?.[i],
      stamp: stamp(images, i),
      place: placeOf(latent, data),
    };
  });
}
