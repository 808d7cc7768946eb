// What teaches a feature network what to look at.
import type { ImageSet } from '../../dataset/image-set';

/** The classes of labelled images, or, where there are none, which way each image was turned. */
export type Teacher = 'labels' | 'rotations';

/** Who teaches the network of a set. Labels of one class teach nothing. */
export function teacherOf({ labels, classCount }: Pick<ImageSet, 'labels' | 'classCount'>): Teacher {
  return labels !== undefined && classCount > 1 ? 'labels' : 'rotations';
}
