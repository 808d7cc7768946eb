// What our kernels compute with: the routines over the backend's memory, and the threads that share it.

import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { controlBytes, controlOver, maxTasks, runJob } from './crew';
import { nativeModule, withScratch } from './memory';
import { type CompiledModule, instantiate, type Memory, type Routine } from './module';
import { canFuse, compileRoutines, type Routines } from './routines';
import { type JobKind, numberOf, performBy, vocabulary } from './tasks';
import { mainTiles, type Tile, tileName } from './tile';

export interface Engine {
  readonly routines: Routines;
  /** Whether products multiply and add at once. */
  readonly fused: boolean;
  /** Index of the main tile that products use. */
  readonly tile: number;
  /** How many threads there are, this one included. */
  readonly threads: number;
  /** Does the tasks 0 … count − 1 of a job, each once. @param alone whether it is too little to wake anybody for */
  run(kind: JobKind, taskCount: number, numbers: readonly number[], alone?: boolean): void;
}

/** What worker threads need to take part. */
export interface Shared {
  readonly module: CompiledModule;
  readonly memory: Memory;
  readonly control: ArrayBufferLike;
  readonly vocabulary: string;
}

export interface EngineOptions {
  /** Whether to use relaxed SIMD where there is any. */
  readonly fused: boolean;
  readonly threads: number;
  /** Starts a worker, which then calls `joinCrew`. */
  readonly startWorker?: ((shared: Shared, slot: number) => void) | undefined;
}

const engines = new WeakMap<BackendWasm, Engine>();

/** Gives the backend an engine, in place of the one it may have. */
export function createEngine(backend: BackendWasm, options: EngineOptions): Engine {
  const { memory } = nativeModule(backend).asm;
  const shared = typeof SharedArrayBuffer !== 'undefined' && memory.buffer instanceof SharedArrayBuffer;
  const fused = options.fused && canFuse();
  const module = compileRoutines(fused, shared);
  const routines = instantiate(module, memory) as Routines;
  const perform = performBy(routines);
  const threads = shared && options.startWorker ? options.threads : 1;
  const block = threads > 1 ? new SharedArrayBuffer(controlBytes) : new ArrayBuffer(controlBytes);
  const control = controlOver(block);
  for (let slot = 1; slot < threads; slot++)
    options.startWorker?.({ module, memory, control: block, vocabulary }, slot);
  const engine: Engine = {
    routines,
    fused,
    tile: fastestTile(backend, routines),
    threads,
    run(kind, taskCount, numbers, alone = false) {
      if (taskCount > 1 && threads > 1 && !alone) {
        if (taskCount >= maxTasks) throw new Error(`A job of ${taskCount} tasks: at most ${maxTasks - 1}.`);
        runJob(control, numberOf(kind), taskCount, numbers, perform);
        return;
      }
      control.numbers.set(numbers);
      for (let task = 0; task < taskCount; task++) perform(numberOf(kind), control.numbers, task, 0);
    },
  };
  engines.set(backend, engine);
  return engine;
}

export function engineOf(backend: BackendWasm): Engine {
  const engine = engines.get(backend);
  if (!engine) throw new Error('The wasm backend has no engine: it was not started by aigc.');
  return engine;
}

/** A tile has to be so much faster than the first of the list to be taken instead: less is noise. */
const clearlyFaster = 0.92;

/** How long to wait for an engine's optimised code of a tile, which runs three times as fast as what it begins with. */
const warmUpMs = 20;

/** Multiplies by each tile in turns, some milliseconds in all; the best time of each counts, for operands that lie both
 *  ways. A tile whose optimised code does not come cannot be compared. Results do not depend on the choice. */
function fastestTile(backend: BackendWasm, routines: Routines): number {
  const [rows, depth, turns] = [48, 128, 20];
  const aBytes = 4 * depth * 256;
  const bytes = aBytes + 4 * 16 * (depth + rows);
  return withScratch(backend, bytes, (a) => {
    routines.zero(a, bytes);
    const b = a + aBytes;
    const c = b + 64 * depth;
    /** Milliseconds a column. */
    const time = (tile: Tile, aRow: number, aStep: number) => {
      const columns = 4 * tile.vectors;
      const start = performance.now();
      (routines[tileName(tile)] as Routine)(depth, a, aRow, aStep, b, c, 64, rows, columns, 0);
      return (performance.now() - start) / columns;
    };
    const standing = (tile: Tile) => time(tile, 4 * depth, 4);
    const lying = (tile: Tile) => time(tile, 4, 1024);
    const ready = mainTiles.map((tile) => isOptimised(() => standing(tile)));
    const best = mainTiles.map(
      () => [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number],
    );
    for (let turn = 0; turn < turns; turn++) {
      best.forEach((times, i) => {
        times[0] = Math.min(times[0], standing(mainTiles[i] as Tile));
        times[1] = Math.min(times[1], lying(mainTiles[i] as Tile));
      });
    }
    const costs = best.map((times, i) => (ready[i] ? times[0] + times[1] : Number.POSITIVE_INFINITY));
    const least = costs.indexOf(Math.min(...costs));
    const first = best[0] as [number, number];
    return (costs[least] as number) < clearlyFaster * (first[0] + first[1]) ? least : 0;
  });
}

/** Runs something until it takes half as long as at first, but for the very first time, which compiles it. */
function isOptimised(run: () => number): boolean {
  const end = performance.now() + warmUpMs;
  run();
  const slow = Math.min(run(), run());
  while (performance.now() < end) if (run() < slow / 2) return true;
  return false;
}

export function describeTile(engine: Engine): string {
  const { rows, vectors } = mainTiles[engine.tile] as Tile;
  return `${rows}×${4 * vectors}`;
}
