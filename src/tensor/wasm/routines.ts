// The loops over float32 arrays that our kernels are made of, compiled to SIMD when first used.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import * as wasm from './assembler';

const { add, sub, mul, div, sqrt, ifPositive, constant } = wasm;
const [dy, x, y] = [wasm.element('dy'), wasm.element('x'), wasm.element('y')];
const alpha = wasm.argument('alpha');
const sum = wasm.element('sum');

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
  accumulate: { arrays: ['sum', 'x'], scalars: [], results: { total: add(sum, x) } },
  accumulateSquares: squares(),
  accumulateProducts: products(),
  /** x · scale + shift */
  affine: {
    arrays: ['x', 'scale', 'shift'],
    scalars: [],
    results: { y: add(mul(x, wasm.element('scale')), wasm.element('shift')) },
  },
  /** dy · a + (x − mean) · b + c: the gradient of batch normalisation, its coefficients known. */
  batchNormGrad: {
    arrays: ['dy', 'x', 'mean', 'a', 'b', 'c'],
    scalars: [],
    results: {
      dx: add(
        mul(dy, wasm.element('a')),
        add(mul(sub(x, wasm.element('mean')), wasm.element('b')), wasm.element('c')),
      ),
    },
  },
  adam: adam(),
} satisfies Record<string, wasm.Program>;

/** Σ (x − mean)² */
function squares(): wasm.Program {
  const centred = sub(x, wasm.element('mean'));
  return { arrays: ['sum', 'x', 'mean'], scalars: [], results: { total: add(sum, mul(centred, centred)) } };
}

/** Σ dy and Σ dy · (x − mean) */
function products(): wasm.Program {
  const product = mul(dy, sub(x, wasm.element('mean')));
  return {
    arrays: ['sum', 'product', 'dy', 'x', 'mean'],
    scalars: [],
    results: { total: add(sum, dy), totalProduct: add(wasm.element('product'), product) },
  };
}

/** See ops/adam.ts for the formula. */
function adam(): wasm.Program {
  const [p, m, v, g] = ['p', 'm', 'v', 'g'].map(wasm.element) as [
    wasm.Expression,
    wasm.Expression,
    wasm.Expression,
    wasm.Expression,
  ];
  const [rate, beta1, beta2, rest1, rest2, epsilon] = [
    'rate',
    'beta1',
    'beta2',
    'rest1',
    'rest2',
    'epsilon',
  ].map(wasm.argument) as [
    wasm.Expression,
    wasm.Expression,
    wasm.Expression,
    wasm.Expression,
    wasm.Expression,
    wasm.Expression,
  ];
  const first = add(mul(m, beta1), mul(g, rest1));
  const second = add(mul(v, beta2), mul(mul(g, g), rest2));
  return {
    arrays: ['p', 'm', 'v', 'g'],
    scalars: ['rate', 'beta1', 'beta2', 'rest1', 'rest2', 'epsilon'],
    results: {
      parameter: sub(p, div(mul(first, rate), add(sqrt(second), epsilon))),
      firstMoment: first,
      secondMoment: second,
    },
  };
}

type Routines = Readonly<Record<keyof typeof programs, wasm.Routine>>;

const compiled = new WeakMap<BackendWasm, Routines>();

export function routines(backend: BackendWasm): Routines {
  const known = compiled.get(backend);
  if (known) return known;
  const { asm } = backend.wasm as unknown as { asm: { memory: wasm.Memory } };
  const fresh = wasm.assemble(programs, asm.memory);
  compiled.set(backend, fresh);
  return fresh;
}

/** Where a tensor's values lie, in bytes. */
export function offset(backend: BackendWasm, tensor: TensorInfo): number {
  return backend.getMemoryOffset(tensor.dataId);
}
