// Four images at the corners of a square, and all that lies between them.
import { button, element, onceAFrame } from '../dom';
import { canvasOf, show } from '../picture';
import type { Visit } from '../visit';

const corners = 4;
/** How far an arrow key goes, of the square's side. */
const keyStep = 0.05;

export function fourCorners(visit: Visit): HTMLElement {
  const { player, data } = visit;
  const { latentDim, seed, image } = data.model;
  let latents = player.latentsAt(seed, 1, corners);
  let draws = 1;
  const at = { x: 0.5, y: 0.5 };
  const canvases = Array.from({ length: corners }, () => canvasOf(image, { 'aria-hidden': 'true' }));
  const middle = canvasOf(image, { 'aria-hidden': 'true' });
  const knob = element('div', { class: 'knob' }, middle);
  const square = element(
    'div',
    {
      class: 'square',
      role: 'application',
      tabindex: 0,
      'aria-label': 'Square between four images. Arrow keys move between them.',
    },
    ...canvases,
    knob,
  );

  const showCorners = onceAFrame(async () => {
    const images = await player.draw(latents, visit.inHand.shares);
    for (const [i, canvas] of canvases.entries()) show(canvas, images, i);
  });
  const here = () => blended(latents, cornerWeights(at.x, at.y), latentDim);
  const showMiddle = onceAFrame(async () => {
    knob.style.left = `${100 * at.x}%`;
    knob.style.top = `${100 * at.y}%`;
    show(middle, await player.draw(here(), visit.inHand.shares));
  });
  const goTo = (x: number, y: number) => {
    at.x = Math.min(1, Math.max(0, x));
    at.y = Math.min(1, Math.max(0, y));
    showMiddle();
    visit.take({ latent: here() });
  };

  const follow = (event: PointerEvent) => {
    const { left, top, width, height } = square.getBoundingClientRect();
    goTo((event.clientX - left) / width, (event.clientY - top) / height);
  };
  square.addEventListener('pointerdown', (event) => {
    square.setPointerCapture(event.pointerId);
    follow(event);
  });
  square.addEventListener('pointermove', (event) => {
    if (square.hasPointerCapture(event.pointerId)) follow(event);
  });
  square.addEventListener('keydown', (event) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    goTo(at.x + keyStep * step[0], at.y + keyStep * step[1]);
    visit.announce(`${Math.round(100 * at.x)} % across, ${Math.round(100 * at.y)} % down`);
  });
  let shares = visit.inHand.shares;
  visit.watch((now) => {
    if (now.shares === shares) return;
    shares = now.shares;
    showCorners();
    showMiddle();
  });
  showCorners();
  showMiddle();
  return element(
    'figure',
    { class: 'four' },
    square,
    element(
      'figcaption',
      {},
      'Four images, and all between: drag. ',
      button(
        'Other four',
        () => {
          latents = player.latentsAt(seed + draws++, 1, corners);
          showCorners();
          showMiddle();
        },
        { class: 'quiet' },
      ),
    ),
  );
}

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Bilinear: top left, top right, bottom left, bottom right. */
function cornerWeights(x: number, y: number): number[] {
  return [(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y];
}

/** Σ w z, scaled so that it is as likely a draw of the prior as the corners: by 1 / √Σ w². */
function blended(latents: Float32Array, weights: readonly number[], latentDim: number): Float32Array {
  const length = Math.hypot(...weights);
  const mixed = new Float32Array(latentDim);
  for (const [corner, weight] of weights.entries()) {
    for (let j = 0; j < latentDim; j++) {
      mixed[j] = (mixed[j] as number) + (weight / length) * (latents[corner * latentDim + j] as number);
    }
  }
  return mixed;
}
