// The ways to write each digit: ours, from knowledge of how people write.
import type { Style } from '../style';
import { eight } from './eight';
import { five } from './five';
import { four } from './four';
import { nine } from './nine';
import { one } from './one';
import { seven } from './seven';
import { six } from './six';
import { three } from './three';
import { two } from './two';
import { zero } from './zero';

/** The styles of each digit, 0 to 9. */
export const skeletons: readonly (readonly Style[])[] = [
  zero,
  one,
  two,
  three,
  four,
  five,
  six,
  seven,
  eight,
  nine,
];
