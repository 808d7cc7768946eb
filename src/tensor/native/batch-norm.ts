// Batch normalisation and its gradient by TensorFlow's fused ops: 12 ops in all where the composed form takes 64.
import { mul, reshape, type Tensor, tensor1d } from '@tensorflow/tfjs-core';
import type { OpAttribute, TensorFlowBackend } from './binding';
import {
  type Attributes,
  boolAttribute,
  floatAttribute,
  type Inputs,
  stringAttribute,
  typeAttribute,
} from './op';

/**
 * See `batchNormKernels.normalize` for the contract. Outputs after the variance: the op's third reserve, and on a GPU
 * its second, which there is not the variance but cuDNN's inverse standard deviation.
 */
export function batchNorm(backend: TensorFlowBackend, inputs: Inputs, { epsilon }: Attributes): Tensor[] {
  const { x, gamma, beta } = inputs as { x: Tensor; gamma: Tensor; beta: Tensor };
  const none = tensor1d([]);
  const image = toImage(x);
  const [y, mean, unbiased, reserve1, reserve2, reserve3] = backend.executeMultipleOutputs(
    'FusedBatchNormV3',
    [...fusedAttributes(backend, epsilon as number), floatAttribute(backend, 'exponential_avg_factor', 1)],
    [image, gamma, beta, none, none],
    6,
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
  const output = fromImage(y, x);
  dispose([none, ...(image === x ? [] : [image]), ...(output === y ? [] : [y]), reserve1]);
  if (!backend.isUsingGpuDevice) {
    unbiased.dispose();
    return [output, mean, reserve2, reserve3];
  }
  const count = x.size / gamma.size;
  const variance = mul(unbiased, (count - 1) / count);
  unbiased.dispose();
  return [output, mean, variance, reserve3, reserve2];
}

/** See `batchNormKernels.gradient` for the contract. */
export function batchNormGrad(backend: TensorFlowBackend, inputs: Inputs, { epsilon }: Attributes): Tensor[] {
  const { dy, x, gamma, mean, variance, saved0, saved1 } = inputs as Record<string, Tensor> & { x: Tensor };
  const images = [dy as Tensor, x].map(toImage) as [Tensor, Tensor];
  const [image, dgamma, dbeta, ...unused] = backend.executeMultipleOutputs(
    'FusedBatchNormGradV3',
    fusedAttributes(backend, epsilon as number),
    [...images, gamma as Tensor, mean as Tensor, (saved1 ?? variance) as Tensor, saved0 as Tensor],
    5,
  ) as [Tensor, Tensor, Tensor, Tensor, Tensor];
  const dx = fromImage(image, x);
  dispose([...unused, ...(x.rank === 4 ? [] : images), ...(dx === image ? [] : [image])]);
  return [dx, dgamma, dbeta];
}

function fusedAttributes(backend: TensorFlowBackend, epsilon: number): OpAttribute[] {
  return [
    typeAttribute(backend, 'T'),
    typeAttribute(backend, 'U'),
    floatAttribute(backend, 'epsilon', epsilon),
    stringAttribute(backend, 'data_format', 'NHWC'),
    boolAttribute(backend, 'is_training', true),
  ];
}

/** The ops take images only: [batch, channels] becomes [batch, 1, 1, channels]. */
function toImage(x: Tensor): Tensor {
  return x.rank === 4 ? x : reshape(x, [x.size / (x.shape.at(-1) ?? 1), 1, 1, x.shape.at(-1) ?? 1]);
}

function fromImage(image: Tensor, like: Tensor): Tensor {
  return like.rank === 4 ? image : reshape(image, like.shape);
}

function dispose(tensors: readonly Tensor[]): void {
  for (const tensor of tensors) tensor.dispose();
}
