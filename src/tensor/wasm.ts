// TensorFlow.js compiled to WebAssembly with SIMD, with the kernels that it lacks or has slow: always there.

import { readFileSync } from 'node:fs';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { env, ready, setBackend, engine as tensorEngine } from '@tensorflow/tfjs-core';
import { BackendError } from '../errors';
import type { Availability, Backend } from './backend';
import { registerGradients } from './gradients';
import { createEngine, describeTile, type Engine } from './wasm/engine';
import { installKernels } from './wasm/kernels';
import { allowRelaxedSimd, startWorkers, usableCores, type Workers } from './wasm/node-threads';

export interface WasmOptions {
  /** As many as there are cores to use when undefined. */
  readonly threads: number | undefined;
  /** Whether to use relaxed SIMD where there is any. */
  readonly relaxedSimd: boolean;
}

let options: WasmOptions = { threads: undefined, relaxedSimd: true };
let found: Promise<Availability> | undefined;
let workers: Workers | undefined;
/** What the engine in use was made for. */
let made: WasmOptions | undefined;

/** Takes effect by the next `start`. */
export function configureWasm(changed: Partial<WasmOptions>): void {
  options = { ...options, ...changed };
}

/** What the next `start` uses. */
export function usesRelaxedSimd(): boolean {
  return options.relaxedSimd;
}

export const wasm: Backend = {
  name: 'wasm',
  summary: 'WebAssembly with SIMD on the CPU: works everywhere',
  setThreads: (threads) => configureWasm({ threads }),
  check() {
    found ??= load();
    return found;
  },
  async start() {
    const state = await wasm.check();
    if (!state.available) {
      throw new BackendError(`The backend wasm does not work here: ${state.reason}.`, { hint: state.remedy });
    }
    await setBackend('wasm');
    await ready();
    if (made?.threads !== wantedThreads() || made.relaxedSimd !== options.relaxedSimd) {
      await workers?.terminate();
      workers = undefined;
      startEngine();
    }
    installKernels();
    registerGradients();
  },
};

/** Starts the module, then goes back to the backend that was in use. */
async function load(): Promise<Availability> {
  const remedy = 'Reinstall aigc (npm ci): @tensorflow/tfjs-backend-wasm belongs to it.';
  const previous = tensorEngine().backendName;
  // Production mode keeps TensorFlow.js from printing its warnings.
  env().set('PROD', true);
  const undo = watchListeners();
  try {
    startThreads();
    const { registerSharedBackend } = await import('./wasm/load');
    if (!(await env().getAsync('WASM_HAS_SIMD_SUPPORT'))) {
      return {
        available: false,
        reason: 'this processor has no SIMD that WebAssembly can use',
        remedy: 'Use --backend cpu.',
      };
    }
    const binary = require.resolve('@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-simd.wasm');
    await registerSharedBackend(new Uint8Array(readFileSync(binary)));
    if (!(await setBackend('wasm'))) return { available: false, reason: 'its module does not start', remedy };
    return { available: true, detail: describe(startEngine()) };
  } catch (cause) {
    return { available: false, reason: cause instanceof Error ? cause.message : String(cause), remedy };
  } finally {
    undo();
    if (previous) await setBackend(previous);
  }
}

function wantedThreads(): number {
  return options.threads ?? usableCores();
}

/** Worker threads take a while to come up: they start before the module is loaded. */
function startThreads(): void {
  if (wantedThreads() > 1) workers ??= startWorkers(wantedThreads() - 1);
}

function startEngine(): Engine {
  startThreads();
  if (options.relaxedSimd) allowRelaxedSimd();
  made = { threads: wantedThreads(), relaxedSimd: options.relaxedSimd };
  return createEngine(tensorEngine().backend as unknown as BackendWasm, {
    fused: made.relaxedSimd,
    threads: wantedThreads(),
    startWorker: (shared, slot) => workers?.give(shared, slot),
  });
}

function describe(each: Engine): string {
  const threads = each.threads === 1 ? 'one thread' : `${each.threads} threads`;
  return `${threads}, ${each.fused ? 'relaxed SIMD' : 'SIMD'}, tiles of ${describeTile(each)}`;
}

/** The module catches every uncaught error of the process, only to print its own minified source above it. */
function watchListeners(): () => void {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => new Set(process.listeners(event as 'uncaughtException')));
  return () =>
    events.forEach((event, i) => {
      for (const listener of process.listeners(event as 'uncaughtException')) {
        if (!before[i]?.has(listener)) process.removeListener(event, listener);
      }
    });
}
