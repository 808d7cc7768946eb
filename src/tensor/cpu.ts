// The plain JavaScript backend of TensorFlow.js, with its own kernels only: what the others are tested against.

import { env, ready, setBackend } from '@tensorflow/tfjs-core';
import type { Backend } from './backend';
import { registerGradients } from './gradients';

export const cpu: Backend = {
  name: 'cpu',
  summary: 'plain JavaScript, for tests: very slow',
  check: async () => ({ available: true, detail: 'plain JavaScript' }),
  async start() {
    // Production mode keeps TensorFlow.js from advertising its other packages.
    env().set('PROD', true);
    await import('@tensorflow/tfjs-backend-cpu');
    registerGradients();
    await setBackend('cpu');
    await ready();
  },
};
