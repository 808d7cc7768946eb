// Images of the model on canvases.
import type { ImageBytes } from '../images/grid';
import { element } from './dom';

/** The pixels of one image as a canvas takes them. */
function imageDataOf({ height, width, channels, pixels }: ImageBytes, index = 0): ImageData {
  const data = new ImageData(width, height);
  const start = index * height * width * channels;
  for (let i = 0; i < height * width; i++) {
    for (let channel = 0; channel < 3; channel++) {
      data.data[4 * i + channel] = pixels[start + i * channels + Math.min(channel, channels - 1)] as number;
    }
    data.data[4 * i + 3] = 255;
  }
  return data;
}

export function show(canvas: HTMLCanvasElement, images: ImageBytes, index = 0): void {
  canvas.getContext('2d')?.putImageData(imageDataOf(images, index), 0, 0);
}

/** A canvas of one image's size, which CSS enlarges. */
export function canvasOf(
  { height, width }: { readonly height: number; readonly width: number },
  attributes: Readonly<Record<string, string>> = {},
): HTMLCanvasElement {
  return element('canvas', { height, width, ...attributes });
}

/** A canvas that holds one image, for others to be painted with. */
export function stamp(images: ImageBytes, index: number): HTMLCanvasElement {
  const canvas = canvasOf(images);
  show(canvas, images, index);
  return canvas;
}
