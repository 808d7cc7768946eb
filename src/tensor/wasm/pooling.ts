// The gradient of max pooling: the stock kernel's is wrong (by the size of the values, whatever stride and padding).

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { backend_util, type KernelConfig, type TensorInfo } from '@tensorflow/tfjs-core';
import { allocate, view } from './memory';

interface Attributes {
  readonly filterSize: number | [number, number];
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Each window's gradient goes to its largest value, the first of equals. NHWC. */
export const maxPoolGradient: KernelConfig = {
  kernelName: 'MaxPoolGrad',
  backendName: 'wasm',
  kernelFunc: ({ inputs, attrs, backend }) => {
    const { dy, input } = inputs as { dy: TensorInfo; input: TensorInfo };
    const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as Attributes;
    const shape = input.shape as [number, number, number, number];
    const info = backend_util.computePool2DInfo(shape, filterSize, strides, 1, pad, dimRoundingMode);
    const wasm = backend as BackendWasm;
    const result = allocate(wasm, shape);
    sendToLargest(view(wasm, dy), view(wasm, input), view(wasm, result).fill(0), info);
    return result;
  },
};

function sendToLargest(
  dy: Float32Array,
  x: Float32Array,
  dx: Float32Array,
  info: backend_util.Conv2DInfo,
): void {
  const { batchSize, inHeight, inWidth, outHeight, outWidth, outChannels: channels } = info;
  let source = 0;
  for (let n = 0; n < batchSize; n++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * info.strideHeight - info.padInfo.top;
      for (let column = 0; column < outWidth; column++) {
        const left = column * info.strideWidth - info.padInfo.left;
        for (let c = 0; c < channels; c++, source++) {
          let largest = -1;
          for (let y = Math.max(0, top); y < Math.min(inHeight, top + info.filterHeight); y++) {
            for (let z = Math.max(0, left); z < Math.min(inWidth, left + info.filterWidth); z++) {
              const at = ((n * inHeight + y) * inWidth + z) * channels + c;
              if (largest < 0 || (x[at] as number) > (x[largest] as number)) largest = at;
            }
          }
          if (largest >= 0) dx[largest] = (dx[largest] as number) + (dy[source] as number);
        }
      }
    }
  }
}
