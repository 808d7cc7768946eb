// Steer: the image in hand, moved along the directions that change images most, between classes, and between four others.
import { button, element, onceAFrame, type Range, radios, range, room } from '../dom';
import type { Direction } from '../page-data';
import { canvasOf, show } from '../picture';
import { classChoices, mainClass, moved, type Visit, wholeClass } from '../visit';
import { fourCorners } from './four-corners';

/** Standard deviations to either side. */
const reach = 3;

export function steerRoom(visit: Visit): HTMLElement {
  const { data, player } = visit;
  const { model, space } = data;
  const section = room('steer', 'Steer', `Take hold of one image and change it. ${space.source}`);
  const amounts = space.directions.map(() => 0);
  let base = visit.inHand.latent;
  let ours = false;

  const picture = canvasOf(model.image, {
    class: 'stage',
    role: 'img',
    'aria-label': 'The image in your hand',
  });
  const sliders = space.directions.map((direction, k) =>
    createSlider(direction, visit, (value) => {
      amounts[k] = value;
      refresh();
    }),
  );
  const ends = () => Promise.all(sliders.map(({ showEnds }, k) => showEnds(base, k)));
  const refresh = onceAFrame(async () => {
    const latent = moved(base, data, amounts);
    ours = true;
    visit.take({ latent });
    ours = false;
    show(picture, await player.draw(latent, visit.inHand.shares));
  });
  const refreshEnds = onceAFrame(async () => {
    show(picture, await player.draw(visit.inHand.latent, visit.inHand.shares));
    await ends();
  });
  const rest = () => {
    amounts.fill(0);
    for (const { set } of sliders) set(0);
  };
  visit.watch(({ latent }) => {
    if (ours) return;
    if (latent !== base) {
      base = latent;
      rest();
    }
    refreshEnds();
  });

  let next = 1;
  section.append(
    element(
      'div',
      { class: 'exhibit' },
      element(
        'div',
        { class: 'controls' },
        ...(model.conditional ? [classMixer(visit)] : []),
        ...sliders.map(({ row }) => row),
        element(
          'div',
          { class: 'buttons' },
          button('Let go', () => {
            rest();
            refresh();
          }),
          button('Another image', () => visit.take({ latent: player.latentsAt(model.seed + next++, 0, 1) }), {
            class: 'main',
          }),
        ),
      ),
      element('div', { class: 'stages' }, element('figure', {}, picture), fourCorners(visit)),
    ),
  );
  return section;
}

interface Slider {
  readonly row: HTMLElement;
  readonly set: Range['set'];
  /** Draws what is at either end. */
  showEnds(base: Float32Array, index: number): Promise<void>;
}

function createSlider(
  { name }: Direction,
  { data, player, inHand }: Visit,
  change: (value: number) => void,
): Slider {
  const { image } = data.model;
  const left = canvasOf(image, { 'aria-hidden': 'true' });
  const right = canvasOf(image, { 'aria-hidden': 'true' });
  const slider = range({
    label: name,
    min: -reach,
    max: reach,
    step: 0.05,
    value: 0,
    say: (value) => `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(1)} σ`,
    change,
  });
  slider.row.classList.add('between');
  slider.row.prepend(left);
  slider.row.append(right);
  return {
    row: slider.row,
    set: slider.set,
    showEnds: async (base, index) => {
      const at = (amount: number) =>
        moved(
          base,
          data,
          data.space.directions.map((_, k) => (k === index ? amount : 0)),
        );
      const both = new Float32Array(2 * base.length);
      both.set(at(-reach));
      both.set(at(reach), base.length);
      const images = await player.draw(both, inHand.shares);
      show(left, images, 0);
      show(right, images, 1);
    },
  };
}

/** A class, and how much of a second one. */
function classMixer(visit: Visit): HTMLElement {
  const { data } = visit;
  const { classes } = data.model;
  const choices = classChoices(data);
  const mix = { first: mainClass(visit.inHand.shares) ?? 0, second: classes[1] ?? 0, share: 0 };
  let ours = false;
  const apply = () => {
    const shares = wholeClass(data, mix.first);
    shares[mix.first] = 1 - mix.share;
    shares[mix.second] = (shares[mix.second] as number) + mix.share;
    ours = true;
    visit.take({ shares });
    ours = false;
  };
  /** A class mixed with itself is nothing to look at. */
  const keepApart = () => {
    if (mix.second !== mix.first) return;
    mix.second = classes.find((label) => label !== mix.first) ?? mix.first;
    second.set(mix.second);
  };
  const first = radios('Class', choices, mix.first, (value) => {
    mix.first = value;
    keepApart();
    apply();
  });
  const second = radios('mixed with', choices, mix.second, (value) => {
    mix.second = value;
    apply();
  });
  const share = range({
    label: 'how much of it',
    min: 0,
    max: 1,
    step: 0.01,
    value: 0,
    say: (value) => `${Math.round(100 * value)} %`,
    change: (value) => {
      mix.share = value;
      apply();
    },
  });
  visit.watch(({ shares }) => {
    if (ours || !shares) return;
    mix.first = mainClass(shares) ?? 0;
    mix.share = 0;
    first.set(mix.first);
    share.set(0);
    keepApart();
  });
  return element(
    'div',
    { class: 'mixer' },
    first.group,
    ...(classes.length > 1 ? [second.group, share.row] : []),
  );
}
