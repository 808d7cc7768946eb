// A worker thread of the wasm backend under Node: waits for the module and the memory, then works until it is ended.

import { parentPort } from 'node:worker_threads';
import { controlOver, serve } from './crew';
import type { Shared } from './engine';
import { instantiate } from './module';
import type { Routines } from './routines';
import { performBy, vocabulary } from './tasks';

parentPort?.once('message', (given: Shared & { slot: number }) => {
  const { module, memory, control, slot } = given;
  if (given.vocabulary !== vocabulary)
    throw new Error('The worker threads of wasm are of another build than the rest: npm run build.');
  serve(controlOver(control), slot, performBy(instantiate(module, memory) as Routines));
});
