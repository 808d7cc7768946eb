// Draw: a grid of images, the same that `aigc sample --seed` gives.

import { encodeGif } from '../../images/gif';
import { composeGrid, type ImageBytes, type Raster, viewingScale } from '../../images/grid';
import { withProvenance } from '../../images/xmp-carriers';
import { walk } from '../../use/walk';
import { button, element, onceAFrame, radios, range, room, save } from '../dom';
import { canvasOf, show, stamp } from '../picture';
import { classChoices, className, type Visit, wholeClass } from '../visit';

/** Beyond this hardly a draw lies: truncation does nothing. */
const widest = 4;
const all = -1;
/** Images that the animation walks through, and pictures from one to the next. */
const stops = 8;
const between = 12;
const frameMs = 60;
/** As `aigc sample` lays them out: a class a row. */
const columns = 8;

interface State {
  seed: number;
  truncation: number;
  label: number;
}

export function drawRoom(visit: Visit): HTMLElement {
  const { data, player, announce } = visit;
  const { model } = data;
  const section = room(
    'draw',
    'Draw',
    'Every image here is made from random numbers, now, on your device. Nothing is looked up, nothing is sent. Choose one to take it into your hand.',
  );
  const state: State = { seed: model.seed, truncation: widest, label: all };
  let drawn: { images: ImageBytes; latents: Float32Array; labels: Int32Array | undefined } | undefined;
  const cells: HTMLButtonElement[] = [];
  const grid = element('div', { class: 'grid', role: 'group', 'aria-label': 'Drawn images' });

  const labelsNow = (): Int32Array | undefined => {
    if (!model.conditional) return undefined;
    if (state.label !== all) return new Int32Array(columns * columns).fill(state.label);
    return Int32Array.from(
      { length: columns * model.classes.length },
      (_, i) => model.classes[Math.floor(i / columns)] as number,
    );
  };
  const refresh = onceAFrame(async () => {
    const labels = labelsNow();
    const count = labels?.length ?? columns * columns;
    const truncation = state.truncation < widest ? state.truncation : undefined;
    const latents = player.latentsAt(state.seed, 0, count, truncation);
    const images = await player.sample(latents, labels);
    drawn = { images, latents, labels };
    fill(count);
    cells.forEach((cell, i) => {
      show(cell.firstElementChild as HTMLCanvasElement, images, i);
      const kind = labels ? ` of class ${className(data, labels[i] as number)}` : '';
      cell.setAttribute('aria-label', `Image ${i + 1}${kind}, seed ${state.seed}: take it`);
    });
    section.dataset.seed = String(state.seed);
    announce(`${count} images of seed ${state.seed}`);
  });
  const fill = (count: number) => {
    while (cells.length > count) cells.pop()?.remove();
    while (cells.length < count) {
      const place = cells.length;
      const cell = button('', () => take(place));
      cell.replaceChildren(canvasOf(model.image));
      cells.push(cell);
      grid.append(cell);
    }
  };
  const take = (place: number) => {
    if (!drawn) return;
    const { latents, labels } = drawn;
    const latent = latents.slice(place * model.latentDim, (place + 1) * model.latentDim);
    visit.take({ latent, ...(labels && { shares: wholeClass(data, labels[place] as number) }) });
    for (const [i, cell] of cells.entries()) cell.setAttribute('aria-pressed', String(i === place));
    announce(`Image ${place + 1} is in your hand: steer it, or fly from it.`);
  };

  const seed = element('input', {
    type: 'number',
    id: 'seed',
    min: 0,
    max: 2 ** 31 - 1,
    step: 1,
    value: state.seed,
  });
  const setSeed = (value: number) => {
    state.seed = value;
    seed.value = String(value);
    refresh();
  };
  seed.addEventListener('input', () => {
    if (seed.validity.valid && seed.value !== '') setSeed(seed.valueAsNumber);
  });
  const another = () => setSeed((state.seed + 1) % 2 ** 31);
  document.addEventListener('keydown', (event) => {
    const typing =
      event.target instanceof HTMLElement && event.target.matches('input:not([type=range]), select');
    if (event.key === 'n' && !event.ctrlKey && !event.metaKey && !event.altKey && !typing) another();
  });

  section.append(
    element(
      'div',
      { class: 'exhibit' },
      element(
        'div',
        { class: 'controls' },
        element(
          'div',
          { class: 'seed' },
          element('label', { for: 'seed' }, 'Seed'),
          seed,
          button('New images', another, { class: 'main', 'aria-keyshortcuts': 'n' }),
        ),
        element('p', { class: 'hint' }, 'or press ', element('kbd', {}, 'n')),
        range({
          label: 'Truncation',
          min: 0.2,
          max: widest,
          step: 0.1,
          value: widest,
          say: (value) => (value < widest ? `±${value.toFixed(1)}` : 'none'),
          change: (value) => {
            state.truncation = value;
            refresh();
          },
        }).row,
        element('p', { class: 'hint' }, 'Less is more typical, and more alike.'),
        model.conditional
          ? classChoice(visit, (label) => {
              state.label = label;
              refresh();
            })
          : undefined,
        element(
          'div',
          { class: 'buttons' },
          button('Save PNG', () => drawn && savePng(visit, drawn.images, state)),
          button('Save GIF', () => drawn && saveGif(visit, drawn.latents, state)),
        ),
      ),
      grid,
    ),
  );
  refresh();
  return section;
}

function classChoice({ data }: Visit, change: (label: number) => void): HTMLElement {
  return radios('Class', [{ value: all, label: 'all' }, ...classChoices(data)], all, change).group;
}

/** The picture of `aigc sample`. */
async function savePng({ data }: Visit, images: ImageBytes, state: State): Promise<void> {
  const layout = { rows: images.count / columns, columns, scale: viewingScale(images.height) };
  const grid = composeGrid(images, layout);
  const canvas = stamp({ ...grid, count: 1 }, 0);
  const picture = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/png'));
  if (!picture) return;
  const bytes = new Uint8Array(await picture.arrayBuffer());
  const marked = withProvenance(bytes, provenanceOf(data, state));
  save(new Blob([new Uint8Array(marked)], { type: 'image/png' }), `seed-${state.seed}.png`);
}

/** What the picture says of itself: the command that draws it. */
function provenanceOf({ provenance, model }: Visit['data'], { seed, truncation, label }: State) {
  if (!provenance) return undefined;
  const checkpoint = `checkpoints/step-${String(model.step).padStart(6, '0')}`;
  const words = [
    `aigc sample --checkpoint ${checkpoint} --seed ${seed}`,
    ...(truncation < widest ? [`--truncation ${truncation}`] : []),
    ...(label === all ? [] : [`--labels ${label}`]),
    ...(model.lastWeights ? ['--weights last'] : []),
  ];
  return { ...provenance, seed, command: words.join(' ') };
}

/** A walk through the first images, and back to where it began. */
async function saveGif({ player, data }: Visit, latents: Float32Array, state: State): Promise<void> {
  const { seed, label } = state;
  const { latentDim, conditional, classes } = data.model;
  const at = (stop: number) => latents.slice((stop % stops) * latentDim, ((stop % stops) + 1) * latentDim);
  const shares = conditional ? wholeClass(data, label === all ? (classes[0] as number) : label) : undefined;
  const frames: Raster[] = [];
  for (let stop = 0; stop < stops; stop++) {
    const way = walk(at(stop), at(stop + 1), between + 1, 'spherical').slice(0, between * latentDim);
    const images = await player.draw(way, shares);
    const size = images.pixels.length / images.count;
    for (let i = 0; i < images.count; i++) {
      const one = { ...images, count: 1, pixels: images.pixels.slice(i * size, (i + 1) * size) };
      frames.push(composeGrid(one, { rows: 1, columns: 1, gap: 0, scale: 6 }));
    }
  }
  const { provenance } = data;
  const command = `${provenance?.command} (then Save GIF, seed ${seed})`;
  const marked = encodeGif(frames, frameMs, provenance && { ...provenance, seed, command });
  save(new Blob([new Uint8Array(marked)], { type: 'image/gif' }), `seed-${seed}.gif`);
}
