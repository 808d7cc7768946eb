// What a run of a step's loop is fed: the values of its steps, one after the other.
import { util } from '@tensorflow/tfjs-core';
import type { Binding } from '../native/binding';
import { checkedValues, fedShape, type InputSpec, type Values } from './inputs';
import type { StepLoop } from './step-loop';

/** @param values of each step that is to run. @returns tensors for the caller to delete: how many steps, then each input of as
 *  many as the loop takes, zeros beyond the count. @throws RangeError when an array does not have the declared size */
export function feedLoop(
  binding: Binding,
  specs: Readonly<Record<string, InputSpec>>,
  { inputs }: StepLoop,
  values: readonly Readonly<Record<string, Values>>[],
): number[] {
  const arrays = new Map<number, new (size: number) => Values>([
    [binding.TF_FLOAT, Float32Array],
    [binding.TF_INT32, Int32Array],
    [binding.TF_UINT8, Uint8Array],
  ]);
  const stacked = [...inputs].map(([name, { type }]) => {
    const own = fedShape(specs[name] as InputSpec);
    const all = new (arrays.get(type.dtype) as typeof Float32Array)(util.sizeFromShape([...type.shape]));
    for (const [i, one] of values.entries()) {
      const given = checkedValues(name, one[name], own, 'compiled');
      all.set(given, i * given.length);
    }
    return { ...type, all };
  });
  return [
    binding.createTensor([], binding.TF_INT32, Int32Array.of(values.length)),
    ...stacked.map(({ shape, dtype, all }) => binding.createTensor([...shape], dtype, all)),
  ];
}
