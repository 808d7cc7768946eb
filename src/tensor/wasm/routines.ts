// The functions that our kernels are made of, and the module with all of them.

import * as of from './expressions';
import {
  argument,
  constant,
  type Expression,
  element,
  ifPositive,
  type Program,
  programFunction,
} from './expressions';
import { exp, sigmoid, softplus, tanh } from './functions';
import {
  type CompiledModule,
  compileModule,
  encodeModule,
  type FunctionCode,
  isValid,
  type Routine,
} from './module';
import { moveFunctions } from './moves';
import { tileFunctions, type tileName } from './tile';

const { add, sub, mul, div, sqrt } = of;
const [dy, x, y] = [element('dy'), element('x'), element('y')];
const alpha = argument('alpha');

const programs = {
  reluGrad: { arrays: ['dy', 'x'], scalars: [], results: { dx: ifPositive(x, dy, constant(0)) } },
  leakyRelu: { arrays: ['x'], scalars: ['alpha'], results: { y: ifPositive(x, x, mul(x, alpha)) } },
  leakyReluGrad: {
    arrays: ['dy', 'x'],
    scalars: ['alpha'],
    results: { dx: ifPositive(x, dy, mul(dy, alpha)) },
  },
  tanhGrad: { arrays: ['dy', 'y'], scalars: [], results: { dx: mul(dy, sub(constant(1), mul(y, y))) } },
  sigmoidGrad: {
    arrays: ['dy', 'y'],
    scalars: [],
    results: { dx: mul(mul(dy, y), sub(constant(1), y)) },
  },
  add: { arrays: ['x', 'y'], scalars: [], results: { z: add(x, y) } },
  sub: { arrays: ['x', 'y'], scalars: [], results: { z: sub(x, y) } },
  multiply: { arrays: ['x', 'y'], scalars: [], results: { z: mul(x, y) } },
  scale: { arrays: ['x'], scalars: ['factor'], results: { z: mul(x, argument('factor')) } },
  exp: { arrays: ['x'], scalars: [], results: { y: exp(x) } },
  tanh: { arrays: ['x'], scalars: [], results: { y: tanh(x) } },
  sigmoid: { arrays: ['x'], scalars: [], results: { y: sigmoid(x) } },
  softplus: { arrays: ['x'], scalars: [], results: { y: softplus(x) } },
  softplusGrad: { arrays: ['dy', 'x'], scalars: [], results: { dx: mul(dy, sigmoid(x)) } },
  total: { arrays: ['x'], scalars: [], results: { sum: x }, sums: true },
  squares: squares(),
  products: products(),
  /** x · scale + shift */
  affine: {
    arrays: ['x', 'scale', 'shift'],
    columns: ['scale', 'shift'],
    scalars: [],
    results: { y: add(mul(x, element('scale')), element('shift')) },
  },
  /** dy · a + (x − mean) · b + c: the gradient of batch normalisation, its coefficients known. */
  batchNormGrad: {
    arrays: ['dy', 'x', 'mean', 'a', 'b', 'c'],
    columns: ['mean', 'a', 'b', 'c'],
    scalars: [],
    results: {
      dx: add(mul(dy, element('a')), add(mul(sub(x, element('mean')), element('b')), element('c'))),
    },
  },
  adam: adam(),
} satisfies Record<string, Program>;

/** Σ (x − mean)² */
function squares(): Program {
  const centred = sub(x, element('mean'));
  return {
    arrays: ['x', 'mean'],
    columns: ['mean'],
    scalars: [],
    results: { sum: mul(centred, centred) },
    sums: true,
  };
}

/** Σ dy and Σ dy · (x − mean) */
function products(): Program {
  const product = mul(dy, sub(x, element('mean')));
  return {
    arrays: ['dy', 'x', 'mean'],
    columns: ['mean'],
    scalars: [],
    results: { sum: dy, product },
    sums: true,
  };
}

/** See ops/adam.ts for the formula. */
function adam(): Program {
  const [p, m, v, g] = ['p', 'm', 'v', 'g'].map(element) as [Expression, Expression, Expression, Expression];
  const scalars = ['rate', 'beta1', 'beta2', 'rest1', 'rest2', 'epsilon'];
  const [rate, beta1, beta2, rest1, rest2, epsilon] = scalars.map(argument) as [
    ...[Expression, Expression, Expression, Expression, Expression, Expression],
  ];
  const first = add(mul(m, beta1), mul(g, rest1));
  const second = add(mul(v, beta2), mul(mul(g, g), rest2));
  return {
    arrays: ['p', 'm', 'v', 'g'],
    scalars,
    results: {
      parameter: sub(p, div(mul(first, rate), add(sqrt(second), epsilon))),
      firstMoment: first,
      secondMoment: second,
    },
  };
}

export type ProgramName = keyof typeof programs;
export const programNames = Object.keys(programs) as readonly ProgramName[];
export const programNamed = (name: ProgramName): Program => programs[name];

type TileName = ReturnType<typeof tileName>;
export type Routines = Readonly<Record<ProgramName | keyof typeof moveFunctions | TileName, Routine>>;

/** @param fused whether to multiply and add at once, by relaxed SIMD */
export function compileRoutines(fused: boolean, shared: boolean): CompiledModule {
  const loops = Object.entries<Program>(programs).map(([name, program]) => [name, programFunction(program)]);
  const functions: Record<string, FunctionCode> = {
    ...Object.fromEntries(loops),
    ...moveFunctions,
    ...tileFunctions(fused),
  };
  return compileModule(encodeModule(functions, shared));
}

/** Whether the engine has relaxed SIMD. */
export function canFuse(): boolean {
  return isValid(tileFunctions(true));
}
