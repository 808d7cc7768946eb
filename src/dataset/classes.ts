// The classes of a set: how many, what they are called, and which have no image to learn from.
import type { DataSet, ImageSet } from './image-set';

type Labelled = Pick<ImageSet, 'labels'>;

export interface Classes {
  /** One more than the largest label; 0 without labels. */
  readonly count: number;
  /** By label; absent when they are but numbers. */
  readonly names?: readonly string[] | undefined;
  /** The labels below `count` of no training image. */
  readonly absent: readonly number[];
}

export function classesOf({ train, classNames }: Pick<DataSet, 'train' | 'classNames'>): Classes {
  const seen = new Set(train.labels);
  const labels = Array.from({ length: train.classCount }, (_, label) => label);
  return {
    count: train.classCount,
    names: train.labels && classNames?.slice(0, train.classCount),
    absent: labels.filter((label) => !seen.has(label)),
  };
}

/** The labels of the classes that there are images of. */
export function presentClasses({ count, absent }: Classes): number[] {
  return Array.from({ length: count }, (_, label) => label).filter((label) => !absent.includes(label));
}

/** The largest test label that lies beyond all training labels, of which nothing can be learnt; undefined when none does. */
export function labelBeyond(train: Labelled, test: Labelled | undefined): number | undefined {
  const largest = ({ labels }: Labelled) => labels?.reduce((most, label) => Math.max(most, label), 0);
  const [known, asked] = [largest(train), test && largest(test)];
  return known !== undefined && asked !== undefined && asked > known ? asked : undefined;
}

/** `3`, or `3 cat` of a class with a name. */
export function classTitle(label: number, { names }: Pick<Classes, 'names'>): string {
  return [label, names?.[label]].filter((word) => word !== undefined && word !== '').join(' ');
}

/** `class 0`, `classes 0 ant, 3 cat and 4 more` */
export function classList(labels: readonly number[], classes: Pick<Classes, 'names'>): string {
  const shown = labels.slice(0, 10).map((label) => classTitle(label, classes));
  const more = labels.length - shown.length;
  return `${labels.length === 1 ? 'class' : 'classes'} ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `Classes: 0 ant, 1 cat.`, for those who look at labels or rows of a grid; undefined where they have no names. */
export function legend(labels: Iterable<number>, classes: Pick<Classes, 'names'>): string | undefined {
  if (!classes.names) return undefined;
  return `Classes: ${[...new Set(labels)].map((label) => classTitle(label, classes)).join(', ')}.`;
}
