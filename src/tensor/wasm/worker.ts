// A worker thread of the wasm backend under Node: waits for the module and the memory, then works until it is ended.

import { parentPort } from 'node:worker_threads';
import { controlOver, serve } from './crew';
import type { Shared } from './engine';
import { instantiate } from './module';
import type { Routines } from './routines';
import { performBy } from './tasks';

parentPort?.once('message', ({ module, memory, control, slot }: Shared & { slot: number }) => {
  serve(controlOver(control), slot, performBy(instantiate(module, memory) as Routines));
});
