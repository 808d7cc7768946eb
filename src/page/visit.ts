// What the rooms share: the model, and the image that one has in hand, which every room may change.
import type { PageData } from './page-data';
import type { Player, Shares } from './player';

/** The image in hand: where it is in the latent space, and of which classes. */
export interface InHand {
  /** [latentDim] */
  readonly latent: Float32Array;
  readonly shares: Shares;
}

export interface Visit {
  readonly data: PageData;
  readonly player: Player;
  readonly inHand: InHand;
  take(changed: Partial<InHand>): void;
  /** Told of each change, and at once. */
  watch(watcher: (now: InHand) => void): void;
  /** Says something to those who do not see the change. */
  announce(words: string): void;
}

export function createVisit(data: PageData, player: Player, announce: (words: string) => void): Visit {
  const { classes } = data.model;
  let inHand: InHand = {
    latent: player.latentsAt(data.model.seed, 0, 1),
    shares: data.model.conditional ? wholeClass(data, classes[0] ?? 0) : undefined,
  };
  const watchers: ((now: InHand) => void)[] = [];
  return {
    data,
    player,
    announce,
    get inHand() {
      return inHand;
    },
    take: (changed) => {
      inHand = { ...inHand, ...changed };
      for (const watcher of watchers) watcher(inHand);
    },
    watch: (watcher) => {
      watchers.push(watcher);
      watcher(inHand);
    },
  };
}

/** @returns one-hot, [classCount] */
export function wholeClass({ model }: PageData, label: number): Float32Array {
  const shares = new Float32Array(model.classCount);
  shares[label] = 1;
  return shares;
}

/** The class that there is most of; undefined without classes. */
export function mainClass(shares: Shares): number | undefined {
  return shares?.indexOf(Math.max(...shares));
}

/** `3`, or a class's name. */
export function className({ model }: PageData, label: number): string {
  return model.classNames[label] || String(label);
}

/** The classes that there are, for a control to choose among. */
export function classChoices(data: PageData): { readonly value: number; readonly label: string }[] {
  return data.model.classes.map((value) => ({ value, label: className(data, value) }));
}

/** z + Σ amounts · directions, amounts in standard deviations. */
export function moved(latent: Float32Array, { space }: PageData, amounts: readonly number[]): Float32Array {
  const result = Float32Array.from(latent);
  for (const [k, amount] of amounts.entries()) {
    const direction = space.directions[k];
    if (!direction || amount === 0) continue;
    for (let j = 0; j < result.length; j++) {
      result[j] = (result[j] as number) + amount * direction.deviation * (direction.axis[j] as number);
    }
  }
  return result;
}

/** How far a latent lies along each direction from the mean, standard deviations. */
export function placeOf(latent: Float32Array, { space }: PageData): number[] {
  return space.directions.map(({ axis, deviation }) => {
    let sum = 0;
    for (const [j, value] of latent.entries())
      sum += (value - (space.mean[j] as number)) * (axis[j] as number);
    return sum / deviation;
  });
}
