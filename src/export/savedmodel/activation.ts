// What TensorFlow.js has fused with a product or a convolution.
import { attribute } from './builder';
import type { Use } from './use';

const activations: Readonly<Record<string, string>> = {
  relu: 'Relu',
  relu6: 'Relu6',
  elu: 'Elu',
  sigmoid: 'Sigmoid',
};

export function activated(use: Use, x: string): string {
  const name = use.attribute<string | undefined>('activation') ?? 'linear';
  const T = attribute.type(use.output.dtype);
  if (name === 'linear') return x;
  if (name === 'leakyrelu')
    return use.add('LeakyRelu', [x], { T, alpha: attribute.float(use.attribute('leakyreluAlpha')) });
  const op = activations[name];
  return op ? use.add(op, [x], { T }) : use.refuse(`its activation is ${name}`);
}
