// Adam's update in ops of arithmetic, so that XLA makes one pass over memory of it instead of three.
import type { Binding } from '../native/binding';
import { type GraphNodes, type TensorName, typeOf } from './graph-nodes';

/** What ResourceApplyAdam is given. The step size is corrected for the bias already. */
export interface AdamOperands {
  readonly parameter: TensorName;
  readonly firstMoment: TensorName;
  readonly secondMoment: TensorName;
  readonly gradient: TensorName;
  /** This and the following are scalars. */
  readonly stepSize: TensorName;
  readonly beta1: TensorName;
  readonly beta2: TensorName;
  readonly epsilon: TensorName;
}

interface Surroundings {
  /** Tensors of other nodes that are computed from the old parameter. */
  readonly readers: readonly TensorName[];
  /** β₁ is 0. */
  readonly withoutMomentum: boolean;
}

export interface AdamResults {
  readonly parameter: TensorName;
  readonly firstMoment: TensorName;
  readonly secondMoment: TensorName;
}

/**
 * m ← m + (g − m)(1 − β₁), v ← v + (g² − v)(1 − β₂), w ← w − αm / (√v + ε): as ResourceApplyAdam has it, but for rounding.
 *
 * XLA puts loops into one that read the same and do not wait for each other (`withSharedLoops`), so w has a calculation of both moments to itself. By
 * factors that come of `never` XLA does not notice that it is the same calculation.
 *
 * It also knows no order but that of data, and copies a parameter that somebody may read after it has changed. `never` makes the
 * change wait for them.
 */
export function addAdam(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  operands: AdamOperands,
  { readers, withoutMomentum }: Surroundings,
): AdamResults {
  const { parameter, firstMoment, secondMoment, gradient, stepSize, beta1, beta2, epsilon } = operands;
  const T = typeOf(binding.TF_FLOAT);
  const add = (label: string, op: string, ...inputs: readonly TensorName[]) =>
    nodes.add(`${name}_${label}`, op, inputs, { T });
  const zero = addFloat(nodes, binding, `${name}_zero`, 0);
  const one = addFloat(nodes, binding, `${name}_one`, 1);
  const never = addNever(nodes, binding, name, [stepSize, ...readers]);
  const disguised = (label: string, value: TensorName) => add(label, 'Select', never, zero, value);

  const keptOut1 = add('kept_out1', 'Sub', one, beta1);
  const keptOut2 = add('kept_out2', 'Sub', one, beta2);
  const towards = (label: string, from: TensorName, to: TensorName, share: TensorName) =>
    add(label, 'AddV2', from, add(`${label}_way`, 'Mul', add(`${label}_left`, 'Sub', to, from), share));

  // The same bits, by other ops: −(g − m) and g·1·g.
  const own = (label: string, from: TensorName, to: TensorName, share: TensorName) =>
    add(label, 'Sub', from, add(`${label}_way`, 'Mul', add(`${label}_left`, 'Sub', from, to), share));
  const square = add('own_square', 'Mul', gradient, add('same', 'Mul', gradient, disguised('own_one', one)));
  const first = withoutMomentum
    ? gradient
    : own('own_first', firstMoment, gradient, disguised('own_out1', keptOut1));
  const second = own('own_second', secondMoment, square, disguised('own_out2', keptOut2));
  const scaled = add('scaled', 'Mul', first, disguised('own_size', stepSize));
  const divisor = add('divisor', 'AddV2', add('root', 'Sqrt', second), epsilon);
  return {
    parameter: add('parameter', 'Sub', parameter, add('change', 'RealDiv', scaled, divisor)),
    firstMoment: withoutMomentum ? gradient : towards('first', firstMoment, gradient, keptOut1),
    secondMoment: towards('second', secondMoment, add('square', 'Square', gradient), keptOut2),
  };
}

/** @returns a scalar that is false, which cannot be told before all of the tensors are there */
function addNever(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  tensors: readonly TensorName[],
): TensorName {
  const [T, index] = [typeOf(binding.TF_FLOAT), typeOf(binding.TF_INT32)];
  const nothingIsLess = addFloat(nodes, binding, `${name}_lowest`, Number.NEGATIVE_INFINITY);
  const integers = (label: string, values: readonly number[]) =>
    nodes.addIntegers(`${name}_${label}`, binding, values);
  const reshaped = (label: string, tensor: TensorName, shape: readonly number[]) =>
    nodes.add(`${name}_${label}`, 'Reshape', [tensor, integers(`${label}_shape`, shape)], {
      T,
      Tshape: index,
    });
  return tensors
    .map((tensor, i) => {
      const ends = [integers(`begin${i}`, [0]), integers(`extent${i}`, [1])];
      const first = nodes.add(`${name}_first${i}`, 'Slice', [reshaped(`flat${i}`, tensor, [-1]), ...ends], {
        T,
        Index: index,
      });
      return nodes.add(`${name}_less${i}`, 'Less', [reshaped(`value${i}`, first, []), nothingIsLess], { T });
    })
    .reduce((all, less, i) => nodes.add(`${name}_or${i}`, 'LogicalOr', [all, less], {}));
}

function addFloat(nodes: GraphNodes, binding: Binding, name: string, value: number): TensorName {
  return nodes.addConstant(name, { dtype: binding.TF_FLOAT, shape: [], values: Float32Array.of(value) });
}
