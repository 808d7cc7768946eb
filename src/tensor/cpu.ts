// The plain JavaScript backend of TensorFlow.js, with its own kernels only: what the others are tested against.

import { ready, setBackend } from '@tensorflow/tfjs-core';
import type { Backend } from './backend';
import { registerGradients } from './gradients';

export const cpu: Backend = {
  name: 'cpu',
  summary: 'plain JavaScript, for tests: very slow',
  check: async () => ({ available: true, detail: 'plain JavaScript' }),
  async start() {
    await import('@tensorflow/tfjs-backend-cpu');
    registerGradients();
    await setBackend('cpu');
    await ready();
  },
};
