// Your hand: what is drawn on a canvas goes through the model as one draws.
import { addNoise, hide } from '../../images/degrade';
import { parseMask } from '../../images/mask';
import { button, checkbox, element, onceAFrame, radios, range, room, select } from '../dom';
import type { Landmark } from '../landmarks';
import { canvasOf, show } from '../picture';
import { classChoices, className, type Visit, wholeClass } from '../visit';
import { createEasel } from './easel';

const guess = -1;
const neighbours = 8;

const masks = [
  { label: 'nothing', value: '' },
  { label: 'the right half', value: 'right' },
  { label: 'the left half', value: 'left' },
  { label: 'the lower half', value: 'bottom' },
  { label: 'the upper half', value: 'top' },
  { label: 'the middle', value: 'center' },
  { label: 'half of the pixels', value: 'random:0.5' },
];

export function handRoom(visit: Visit, landmarks: readonly Landmark[]): HTMLElement {
  const { data, player } = visit;
  const { model } = data;
  const { image } = model;
  const section = room(
    'hand',
    'Your hand',
    'Draw, and the model says what it sees: your image becomes a few numbers, and the numbers an image again. Hide a part, and it fills it in.',
  );
  const state = { noise: 0, mask: '', label: guess, centred: true };
  let latent: Float32Array | undefined;
  let label: number | undefined;
  let looked = 0;

  const seen = canvasOf(image, { class: 'stage', role: 'img', 'aria-label': 'What the model sees' });
  const made = canvasOf(image, { class: 'stage', role: 'img', 'aria-label': 'What the model makes of it' });
  const said = element('p', { class: 'said', role: 'status' });
  const near = element('ol', { class: 'near', 'aria-label': 'The nearest test images' });

  const look = onceAFrame(async () => {
    const pixels = easel.pixels(state.centred);
    const drawn = pixels.some((value) => value > 40);
    section.dataset.drawn = String(drawn);
    const clean = { ...image, count: 1, pixels, labels: undefined, classCount: 0 };
    const noisy = state.noise > 0 ? addNoise(clean, state.noise, 1) : clean;
    const mask = state.mask === '' ? undefined : parseMask(state.mask);
    const { images, known } = hide(noisy, mask, 1, Math.round(255 * model.pixelMean));
    show(seen, { ...images, count: 1 });
    if (!drawn) {
      latent = undefined;
      made.getContext('2d')?.clearRect(0, 0, image.width, image.height);
      said.textContent = 'Nothing drawn yet.';
      near.replaceChildren();
      return;
    }
    const best = await understand(
      visit,
      images.pixels,
      known,
      state.label === guess ? model.classes : [state.label],
    );
    label = best.label;
    show(made, best.images);
    latent = await player.encode(best.whole, label);
    said.textContent = words(best.error, label);
    near.replaceChildren(...nearest(latent, label));
    section.dataset.looked = String(++looked);
  });
  const words = (error: number, of: number | undefined) =>
    `${of !== undefined && state.label === guess ? `It reads a ${className(data, of)}. ` : ''}Pixels differ by ${(100 * error).toFixed(1)} % on average.`;
  const nearest = (from: Float32Array, of: number | undefined) =>
    [...landmarks]
      .filter((mark) => of === undefined || mark.label === of)
      .map((mark) => ({ mark, distance: distance(mark.latent, from) }))
      .sort((a, b) => a.distance - b.distance)
      .slice(0, neighbours)
      .map(({ mark }) => {
        const name =
          mark.label === undefined ? 'a test image' : `a test image of class ${className(data, mark.label)}`;
        mark.stamp.setAttribute('role', 'img');
        mark.stamp.setAttribute('aria-label', name);
        return element('li', {}, mark.stamp);
      });
  const easel = createEasel(image, look);
  const take = (room: string) => {
    if (!latent) return;
    visit.take({ latent, ...(label !== undefined && { shares: wholeClass(data, label) }) });
    document.getElementById(room)?.focus();
    document.getElementById(room)?.scrollIntoView();
  };
  let next = 1;

  section.append(
    element(
      'div',
      { class: 'exhibit hand' },
      element(
        'div',
        { class: 'controls' },
        element('div', { class: 'easel' }, easel.canvas),
        element(
          'div',
          { class: 'buttons' },
          button('Clear', easel.clear),
          landmarks.length > 0
            ? button('Use a test image', () =>
                easel.put((landmarks[next++ % landmarks.length] as Landmark).stamp),
              )
            : undefined,
        ),
        easel.colour,
      ),
      element(
        'div',
        { class: 'outcome' },
        element(
          'div',
          { class: 'pair' },
          element('figure', {}, seen, element('figcaption', {}, 'What it sees')),
          element('figure', {}, made, element('figcaption', {}, 'What it makes of it')),
        ),
        said,
        element(
          'div',
          { class: 'settings' },
          select('Hide', masks, (value) => {
            state.mask = value;
            look();
          }),
          range({
            label: 'Noise',
            min: 0,
            max: 0.6,
            step: 0.05,
            value: 0,
            say: (value) => (value === 0 ? 'none' : value.toFixed(2)),
            change: (value) => {
              state.noise = value;
              look();
            },
          }).row,
          image.channels === 1
            ? checkbox('Centre it, as the training images are', true, (checked) => {
                state.centred = checked;
                look();
              })
            : undefined,
          model.conditional
            ? radios(
                'Read it as',
                [{ label: 'what fits best', value: guess }, ...classChoices(data)],
                guess,
                (value) => {
                  state.label = value;
                  look();
                },
              ).group
            : undefined,
        ),
        ...(landmarks.length > 0
          ? [element('h3', {}, 'Near it, among images that the model was never shown'), near]
          : []),
        element(
          'div',
          { class: 'buttons' },
          button('Steer it', () => take('steer'), { class: 'main' }),
          button('Find it on the map', () => take('fly')),
        ),
      ),
    ),
  );
  const [example] = landmarks;
  if (example) easel.put(example.stamp);
  look();
  return section;
}

interface Understood {
  readonly label: number | undefined;
  readonly images: Awaited<ReturnType<Visit['player']['complete']>>;
  /** What is known of the picture, and the model's own where it is not. */
  readonly whole: Uint8Array;
  /** Mean difference of the known pixels, of the whole range. */
  readonly error: number;
}

/** Tries each class, and keeps the one whose image is nearest to what is known. */
async function understand(
  { player, data }: Visit,
  pixels: Uint8Array,
  known: Uint8Array,
  classes: readonly number[],
): Promise<Understood> {
  let best: Omit<Understood, 'whole'> | undefined;
  for (const label of data.model.conditional ? classes : [undefined]) {
    const images = await player.complete(pixels, known, label);
    const error = difference(pixels, images.pixels, known);
    if (!best || error < best.error) best = { label, images, error };
  }
  const found = best as Omit<Understood, 'whole'>;
  const whole = pixels.map((value, i) => (known[i] ? value : (found.images.pixels[i] as number)));
  return { ...found, whole };
}

function difference(a: Uint8Array, b: Uint8Array, known: Uint8Array): number {
  let [sum, count] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    if (!known[i]) continue;
    sum += Math.abs((a[i] as number) - (b[i] as number)) / 255;
    count++;
  }
  return sum / Math.max(1, count);
}

function distance(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (const [i, value] of a.entries()) sum += (value - (b[i] as number)) ** 2;
  return sum;
}
