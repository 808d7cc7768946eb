// Fly: a map of the latent space, drawn as one goes, with test images in their places.
import { button, checkbox, element, movesLittle, onceAFrame, room } from '../dom';
import type { Landmark } from '../landmarks';
import { canvasOf, show, stamp } from '../picture';
import { className, type InHand, mainClass, moved, placeOf, type Visit } from '../visit';

/** Of one image on the map, CSS pixels. */
const cellPixels = 56;
/** Standard deviations from one image to the next, at each height. */
const spacings = [0.8, 0.5, 0.3, 0.18, 0.1, 0.06] as const;
const firstHeight = 1;
/** What a frame may take for drawing, milliseconds. */
const budgetMs = 9;
const mostTiles = 4000;
const flightSeconds = 40;

export function flyRoom(visit: Visit, landmarks: readonly Landmark[]): HTMLElement {
  const { data, player } = visit;
  const { model, space } = data;
  const flat = space.directions.length < 2;
  const section = room(
    'fly',
    'Fly',
    `A map of what the model can draw, along the two directions that change most. ${
      landmarks.length > 0 ? 'The framed ones are images that it was never shown, in their places.' : ''
    } Drag it, or use the arrow keys, + and −; once it is clicked, the wheel changes the height.`,
  );
  const map = element('canvas', {
    class: 'map',
    role: 'application',
    tabindex: 0,
    'aria-label':
      'Map of the latent space. Arrow keys move, plus and minus change the height, Enter takes the image in the middle.',
  });
  const preview = canvasOf(model.image, {
    class: 'stage small',
    role: 'img',
    'aria-label': 'The image in the middle of the map',
  });
  const place = element('p', { class: 'place', 'aria-hidden': 'true' });
  const state = { x: 0, y: 0, height: firstHeight, marks: landmarks.length > 0, flying: 0 };
  const tiles = new Map<string, HTMLCanvasElement>();
  let { base, shares } = { base: baseOf(visit), shares: visit.inHand.shares };
  let perFrame = 6;
  /** What the preview shows. */
  let seen: InHand | undefined;

  const spacing = () => spacings[state.height] as number;
  const latentAt = (x: number, y: number) => moved(base, data, [x, flat ? 0 : y]);

  async function drawMissing(wanted: readonly (readonly [number, number])[]): Promise<void> {
    const { length: dimension } = base;
    const latents = new Float32Array(wanted.length * dimension);
    wanted.forEach(([i, j], k) => {
      latents.set(latentAt(i * spacing(), j * spacing()), k * dimension);
    });
    const height = state.height;
    const begun = performance.now();
    const images = await player.draw(latents, shares);
    perFrame = Math.max(
      1,
      Math.min(48, Math.round((perFrame + (wanted.length * budgetMs) / (performance.now() - begun)) / 2)),
    );
    wanted.forEach(([i, j], k) => {
      tiles.set(`${height}:${i}:${j}`, stamp(images, k));
    });
    for (const key of tiles.keys()) {
      if (tiles.size <= mostTiles) break;
      tiles.delete(key);
    }
  }

  const paint = onceAFrame(async () => {
    const { width, height } = fitted(map);
    if (width === 0) return;
    const context = map.getContext('2d') as CanvasRenderingContext2D;
    context.imageSmoothingEnabled = true;
    context.clearRect(0, 0, width, height);
    const missing: [number, number][] = [];
    const [left, top] = [
      state.x / spacing() - width / cellPixels / 2,
      state.y / spacing() - height / cellPixels / 2,
    ];
    for (let j = Math.floor(top); j <= top + height / cellPixels + 1; j++) {
      for (let i = Math.floor(left); i <= left + width / cellPixels + 1; i++) {
        const tile = tiles.get(`${state.height}:${i}:${j}`);
        if (!tile) missing.push([i, j]);
        // The images' own places are the middles of their cells.
        else
          context.drawImage(
            tile,
            (i - left - 0.5) * cellPixels + 0.5,
            (j - top - 0.5) * cellPixels + 0.5,
            cellPixels - 1,
            cellPixels - 1,
          );
      }
    }
    if (state.marks) paintLandmarks(context, width, height);
    paintMiddle(context, width, height);
    const [x, y] = [state.x, state.y].map(
      (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)} σ`,
    );
    place.textContent = flat ? `${x}` : `${x} · ${y}`;
    if (missing.length > 0) {
      const distance = ([i, j]: [number, number]) =>
        Math.hypot(i - state.x / spacing(), j - state.y / spacing());
      missing.sort((a, b) => distance(a) - distance(b));
      await drawMissing(missing.slice(0, perFrame));
      paint();
    } else section.dataset.drawn = 'all';
    const here = latentAt(state.x, state.y);
    if (here.every((value, j) => value === seen?.latent[j]) && seen?.shares === shares) return;
    seen = { latent: here, shares };
    show(preview, await player.draw(here, shares));
  });

  function paintLandmarks(context: CanvasRenderingContext2D, width: number, height: number): void {
    const only = mainClass(shares);
    const side = cellPixels * 0.62;
    context.font = '600 11px system-ui, sans-serif';
    const shown: (readonly [number, number])[] = [];
    for (const {
      stamp: image,
      place: [x = 0, y = 0],
      label,
    } of landmarks) {
      if (only !== undefined && label !== only) continue;
      const left = width / 2 + ((x - state.x) / spacing()) * cellPixels - side / 2;
      const top = height / 2 + ((y - state.y) / spacing()) * cellPixels - side / 2;
      if (left < -side || top < -side || left > width || top > height) continue;
      // Of those that would lie on each other the first is seen; lower down there is room for the others.
      if (shown.some(([x, y]) => Math.abs(x - left) < side + 6 && Math.abs(y - top) < side + 6)) continue;
      shown.push([left, top]);
      context.fillStyle = colourOf(label, model.classCount);
      context.fillRect(left - 2, top - 2, side + 4, side + 4);
      context.drawImage(image, left, top, side, side);
      if (label === undefined) continue;
      const word = className(data, label);
      context.fillRect(left - 2, top + side - 10, context.measureText(word).width + 8, 12);
      context.fillStyle = '#000';
      context.fillText(word, left + 2, top + side);
    }
  }

  const go = (x: number, y: number) => {
    state.x = Math.min(6, Math.max(-6, x));
    state.y = flat ? 0 : Math.min(6, Math.max(-6, y));
    delete section.dataset.drawn;
    paint();
  };
  const climb = (by: number) => {
    state.height = Math.min(spacings.length - 1, Math.max(0, state.height + by));
    go(state.x, state.y);
    visit.announce(`One image each ${spacing()} standard deviations`);
  };
  listen(map, {
    go,
    climb,
    state,
    spacing,
    stop: () => fly(false),
    take: () => visit.take({ latent: latentAt(state.x, state.y) }),
  });

  const flight = button('Fly by itself', () => fly(state.flying === 0), { 'aria-pressed': 'false' });
  function fly(on: boolean): void {
    const begun = performance.now();
    const from = { x: state.x, y: state.y };
    state.flying = on ? begun : 0;
    flight.setAttribute('aria-pressed', String(on));
    const frame = (now: number) => {
      if (state.flying !== begun) return;
      const t = ((now - begun) / 1000 / flightSeconds) * 2 * Math.PI;
      const blend = Math.min(1, (now - begun) / 4000);
      go(
        from.x * (1 - blend) + 1.6 * Math.sin(t) * blend,
        from.y * (1 - blend) + 1.4 * Math.sin(2 * t) * blend,
      );
      requestAnimationFrame(frame);
    };
    if (on) requestAnimationFrame(frame);
  }

  visit.watch((now) => {
    const next = baseOf(visit);
    const same =
      now.shares === shares && next.every((value, j) => Math.abs(value - (base[j] as number)) < 1e-6);
    if (!same) {
      ({ base, shares } = { base: next, shares: now.shares });
      tiles.clear();
    }
    const [x = 0, y = 0] = placeOf(now.latent, data);
    if (state.flying === 0) go(x, y);
  });
  new ResizeObserver(() => paint()).observe(map);
  new IntersectionObserver(([seen]) => {
    if (!seen?.isIntersecting) fly(false);
  }).observe(map);
  section.append(
    element(
      'div',
      { class: 'flight' },
      map,
      element(
        'div',
        { class: 'controls beside' },
        element('figure', {}, preview, element('figcaption', {}, place)),
        element(
          'div',
          { class: 'buttons' },
          button('Take it', () => visit.take({ latent: latentAt(state.x, state.y) }), { class: 'main' }),
          button('Lower', () => climb(1)),
          button('Higher', () => climb(-1)),
          button('To the middle', () => go(0, 0)),
          movesLittle() ? undefined : flight,
        ),
        landmarks.length > 0
          ? checkbox('Show test images', true, (checked) => {
              state.marks = checked;
              paint();
            })
          : undefined,
      ),
    ),
  );
  return section;
}

/** What the map's plane goes through: the mean of what was encoded; without an encoder the image in hand, for a plane
 *  through the middle of many dimensions is far from all that is drawn. */
function baseOf({ data, inHand }: Visit): Float32Array {
  if (data.model.encodes) return Float32Array.from(data.space.mean);
  const [x = 0, y = 0] = placeOf(inHand.latent, data);
  return moved(inHand.latent, data, [-x, -y]);
}

/** Gives the canvas as many pixels as it covers. @returns its size in CSS pixels */
function fitted(map: HTMLCanvasElement): { readonly width: number; readonly height: number } {
  const { clientWidth: width, clientHeight: height } = map;
  const ratio = devicePixelRatio;
  if (map.width !== Math.round(width * ratio) || map.height !== Math.round(height * ratio)) {
    map.width = Math.round(width * ratio);
    map.height = Math.round(height * ratio);
  }
  map.getContext('2d')?.setTransform(ratio, 0, 0, ratio, 0, 0);
  return { width, height };
}

function paintMiddle(context: CanvasRenderingContext2D, width: number, height: number): void {
  const side = cellPixels;
  context.lineWidth = 4;
  context.strokeStyle = '#000';
  context.strokeRect((width - side) / 2, (height - side) / 2, side, side);
  context.lineWidth = 2;
  context.strokeStyle = '#fff';
  context.strokeRect((width - side) / 2, (height - side) / 2, side, side);
}

/** Light enough for black letters, and spread over the circle. */
export function colourOf(label: number | undefined, classCount: number): string {
  return label === undefined ? '#fc6' : `hsl(${Math.round((360 * label) / Math.max(1, classCount))} 85% 68%)`;
}

interface Flown {
  go(x: number, y: number): void;
  climb(by: number): void;
  stop(): void;
  take(): void;
  readonly state: { readonly x: number; readonly y: number };
  spacing(): number;
}

function listen(map: HTMLCanvasElement, { go, climb, stop, take, state, spacing }: Flown): void {
  const unit = () => spacing() / cellPixels;
  map.addEventListener('pointerdown', (event) => {
    stop();
    map.setPointerCapture(event.pointerId);
  });
  map.addEventListener('pointermove', (event) => {
    if (!map.hasPointerCapture(event.pointerId)) return;
    go(state.x - event.movementX * unit(), state.y - event.movementY * unit());
  });
  map.addEventListener('dblclick', (event) => {
    const { left, top, width, height } = map.getBoundingClientRect();
    go(
      state.x + (event.clientX - left - width / 2) * unit(),
      state.y + (event.clientY - top - height / 2) * unit(),
    );
  });
  let turned = 0;
  map.addEventListener(
    'wheel',
    (event) => {
      // Without a key held, the wheel scrolls the page past the map.
      if (document.activeElement !== map && !event.ctrlKey) return;
      event.preventDefault();
      turned += event.deltaY;
      if (Math.abs(turned) < 60) return;
      climb(turned < 0 ? 1 : -1);
      turned = 0;
    },
    { passive: false },
  );
  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => go(state.x - spacing() / 2, state.y),
    ArrowRight: () => go(state.x + spacing() / 2, state.y),
    ArrowUp: () => go(state.x, state.y - spacing() / 2),
    ArrowDown: () => go(state.x, state.y + spacing() / 2),
    '+': () => climb(1),
    '=': () => climb(1),
    '-': () => climb(-1),
    Enter: take,
  };
  map.addEventListener('keydown', (event) => {
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    stop();
    act();
  });
}
