// The canvas that one draws on, and what is on it as an image of the model's size.
import type { ImageShape } from '../../dataset/image-set';
import { element } from '../dom';

/** Side of the canvas, pixels; CSS shows it at any size. */
const side = 280;
/** Of a stroke, of the side: MNIST's strokes are two to three of its 28 pixels wide. */
const strokeWidth = 0.075;
/** MNIST's digits are scaled to this part of the side, and centred by their mass. LeCun et al. 1998. */
const box = 20 / 28;

export interface Easel {
  readonly canvas: HTMLCanvasElement;
  /** For images in colour. */
  readonly colour: HTMLElement | undefined;
  clear(): void;
  /** Lays an image on it. */
  put(image: HTMLCanvasElement): void;
  /** @returns [height, width, channels], bytes */
  pixels(centred: boolean): Uint8Array;
}

export function createEasel(image: ImageShape, changed: () => void): Easel {
  const canvas = element('canvas', {
    width: side,
    height: side,
    role: 'img',
    'aria-label': 'Canvas: draw here with a finger, a pen or the mouse. Without one, take a test image.',
  });
  const context = canvas.getContext('2d', { willReadFrequently: true }) as CanvasRenderingContext2D;
  const picker = element('input', { type: 'color', value: '#ffffff', 'aria-label': 'Colour of the pen' });
  let stamped: HTMLCanvasElement | undefined;
  let last: { x: number; y: number } | undefined;

  const clear = () => {
    context.fillStyle = '#000';
    context.fillRect(0, 0, side, side);
    stamped = undefined;
    changed();
  };
  const stroke = (event: PointerEvent) => {
    const { left, top, width, height } = canvas.getBoundingClientRect();
    const to = { x: ((event.clientX - left) * side) / width, y: ((event.clientY - top) * side) / height };
    const from = last ?? to;
    context.strokeStyle = image.channels === 3 ? picker.value : '#fff';
    context.lineWidth = strokeWidth * side;
    context.lineCap = 'round';
    context.lineJoin = 'round';
    context.beginPath();
    context.moveTo(from.x, from.y);
    context.lineTo(to.x, to.y + (from === to ? 0.01 : 0));
    context.stroke();
    last = to;
    changed();
  };
  canvas.addEventListener('pointerdown', (event) => {
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    if (stamped) clear();
    last = undefined;
    stroke(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (!canvas.hasPointerCapture(event.pointerId)) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) stroke(each);
  });
  context.fillStyle = '#000';
  context.fillRect(0, 0, side, side);
  return {
    canvas,
    colour: image.channels === 3 ? element('div', { class: 'buttons' }, picker) : undefined,
    clear,
    put: (drawn) => {
      context.drawImage(drawn, 0, 0, side, side);
      stamped = drawn;
      changed();
    },
    pixels: (centred) =>
      stamped ? pixelsOf(stamped, image) : shrunk(canvas, context, image, centred && image.channels === 1),
  };
}

function shrunk(
  canvas: HTMLCanvasElement,
  context: CanvasRenderingContext2D,
  { height, width, channels }: ImageShape,
  centred: boolean,
): Uint8Array {
  const small = new OffscreenCanvas(width, height);
  const to = small.getContext('2d') as OffscreenCanvasRenderingContext2D;
  to.imageSmoothingQuality = 'high';
  to.fillStyle = '#000';
  to.fillRect(0, 0, width, height);
  const frame = centred ? centredFrame(context) : { x: 0, y: 0, side };
  if (frame) {
    const scale = side / frame.side;
    const [dx, dy] = [(-frame.x * scale * width) / side, (-frame.y * scale * height) / side];
    to.drawImage(canvas, dx, dy, scale * width, scale * height);
  }
  return pixelsOf(small, { height, width, channels });
}

function pixelsOf(
  canvas: HTMLCanvasElement | OffscreenCanvas,
  { height, width, channels }: ImageShape,
): Uint8Array {
  const context = canvas.getContext('2d') as CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D;
  const { data } = context.getImageData(0, 0, width, height);
  const pixels = new Uint8Array(width * height * channels);
  for (let i = 0; i < width * height; i++) {
    for (let channel = 0; channel < channels; channel++) {
      pixels[i * channels + channel] = data[4 * i + channel] as number;
    }
  }
  return pixels;
}

/** The square of the canvas that becomes the image: what is drawn fills `box` of it, its centre of mass in the middle. */
function centredFrame(context: CanvasRenderingContext2D) {
  const { data } = context.getImageData(0, 0, side, side);
  let [left, right, top, bottom, mass, sumX, sumY] = [side, -1, side, -1, 0, 0, 0];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const value = data[4 * (y * side + x)] as number;
      if (value < 32) continue;
      [left, right] = [Math.min(left, x), Math.max(right, x)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
      mass += value;
      sumX += value * x;
      sumY += value * y;
    }
  }
  if (mass === 0) return undefined;
  const frameSide = Math.max(right - left, bottom - top, side * strokeWidth) / box;
  return { x: sumX / mass - frameSide / 2, y: sumY / mass - frameSide / 2, side: frameSide };
}
