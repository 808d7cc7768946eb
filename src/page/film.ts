// A film of pictures, an epoch each: one is shown, a slider goes through them, and a button plays them.
import { button, element, movesLittle, range } from './dom';

export interface Frame {
  readonly epoch: number;
  /** An address. */
  readonly image: string;
}

export interface Film {
  readonly figure: HTMLElement;
  /** Other frames, or more of them. Who looked at the last goes on looking at the last. */
  setFrames(frames: readonly Frame[]): void;
}

const frameMs = 220;
/** The last picture is held so long. */
const endMs = 1500;

/** @param playWhenSeen whether it begins by itself, once, when it comes into view */
export function createFilm(given: readonly Frame[], { playWhenSeen = false } = {}): Film {
  let frames = given;
  let at = frames.length - 1;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const picture = element('img', { alt: 'Images of the same random numbers, epoch by epoch', class: 'film' });
  const slider = range({
    label: 'Epoch',
    min: 0,
    max: frames.length - 1,
    step: 1,
    value: at,
    say: (value) => String(frames[value]?.epoch ?? ''),
    change: (value) => {
      stop();
      go(value);
    },
  });
  const play = button('Play', () => {
    if (timer !== undefined) return stop();
    play.textContent = 'Pause';
    go(0);
    timer = setTimeout(step, frameMs);
  });
  const player = element('div', { class: 'player' }, play, slider.row);
  const caption = element('figcaption', {}, 'The same random numbers, epoch by epoch');
  const figure = element('figure', { class: 'film' }, picture, caption);
  if (frames.length > 0) go(at);
  addPlayer();
  if (playWhenSeen && frames.length > 1 && !movesLittle()) onceSeen(picture, () => play.click());
  return {
    figure,
    setFrames: (more) => {
      const followed = at === frames.length - 1;
      const epoch = frames[at]?.epoch;
      frames = more;
      slider.setMax(frames.length - 1);
      const same = frames.findIndex((frame) => frame.epoch === epoch);
      if (frames.length > 0) go(followed && timer === undefined ? frames.length - 1 : Math.max(0, same));
      addPlayer();
    },
  };

  /** Once: what is moved loses the keyboard. */
  function addPlayer(): void {
    if (frames.length > 1 && player.parentNode !== figure) figure.append(player);
  }
  function go(to: number): void {
    at = to;
    const { image } = frames[at] as Frame;
    if (picture.getAttribute('src') !== image) picture.src = image;
    slider.set(at);
  }
  function stop(): void {
    clearTimeout(timer);
    timer = undefined;
    play.textContent = 'Play';
  }
  function step(): void {
    go((at + 1) % frames.length);
    timer = setTimeout(step, at === frames.length - 1 ? endMs : frameMs);
  }
}

function onceSeen(what: Element, act: () => void): void {
  const watch = ([seen]: IntersectionObserverEntry[], observer: IntersectionObserver) => {
    if (!seen?.isIntersecting) return;
    observer.disconnect();
    act();
  };
  new IntersectionObserver(watch, { threshold: 0.6 }).observe(what);
}
