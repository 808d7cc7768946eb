// What is said of a model that a format cannot hold.
import { DataError } from '../../errors';
import type { GraphNode } from './graph';

/** @throws DataError */
export type Refuse = (problem: string) => never;

/** For what a format, or aigc, cannot say of a kernel, which is named. @param target of `--to` */
export function refusalOf(
  target: string,
  { kernel }: GraphNode,
  hint = 'Write the network with other ops, or export it with --to web or --to safetensors.',
): Refuse {
  return (problem) => {
    throw new DataError(`--to ${target}: the model computes ${kernel}, and ${problem}.`, { hint });
  };
}
