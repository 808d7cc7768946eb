// Loads the tfjs-node addon into this process, once: from the cache folder, or else from node_modules.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import nodeUtil from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { BackendError } from '../../errors';
import type { CardUse } from '../backend';
import type { Binding, TensorFlowBackend } from './binding';
import {
  bindingPath,
  cudaPath,
  findInstallation,
  type Installation,
  packagePath,
  processAddonPath,
} from './location';

export interface Addon {
  readonly backend: TensorFlowBackend;
  /** The version of libtensorflow. */
  readonly tensorflow: string;
  readonly usesGpu: boolean;
  /** Undefined when the addon came with node_modules. */
  readonly installation: Installation | undefined;
}

/** tfjs's name of the backend that the addon makes. */
export const engineBackend = 'tensorflow';

/** The stub of @tensorflow/tfjs in a build finds our copy of tfjs here, so that the process has one engine. */
export const sharedTfjs = 'aigc.tfjs-core';

/** TensorFlow's log level at which only fatal messages are left. */
const quietLevel = '3';

const stockPackages = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'];

interface Source {
  readonly package: string;
  readonly binding: string;
  readonly installation?: Installation;
}

/** A small addon of ours beside the binding (backend-install/process-addon.ts). */
interface ProcessAddon {
  /** Turns stderr aside. */
  mute(): void;
  unmute(): void;
  /** Has signals handled by a thread that never computes; for threads that start afterwards, too. */
  divertSignals(): void;
}

let loaded: Addon | BackendError | undefined;
let card: CardUse = {};

/** Before the addon is loaded; without effect afterwards. */
export function chooseCard(chosen: CardUse): void {
  card = chosen;
}

/**
 * Loads libtensorflow and registers its kernels and its backend with tfjs; later calls answer from the first.
 * @param device `cpu` hides every GPU from TensorFlow; without effect when it is loaded already
 * @throws BackendError when no addon is installed, or the one that is does not load
 */
export function loadAddon(device: 'any' | 'cpu'): Addon {
  if (loaded === undefined) {
    prepareProcess(device);
    loaded = loadFirst();
  }
  if (loaded instanceof BackendError) throw loaded;
  return loaded;
}

/** What must be in place before the library is mapped: TensorFlow reads its environment only once. */
function prepareProcess(device: 'any' | 'cpu'): void {
  process.env.TF_CPP_MIN_LOG_LEVEL ??= quietLevel;
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  if (device === 'cpu') process.env.CUDA_VISIBLE_DEVICES = '-1';
  else if (card.gpu !== undefined) {
    process.env.CUDA_DEVICE_ORDER = 'PCI_BUS_ID'; // nvidia-smi's order
    process.env.CUDA_VISIBLE_DEVICES = String(card.gpu);
  }
  // TensorFlow multiplies float32 in TF32 on cards that can, unless NVIDIA's libraries are told not to.
  if (card.precision !== 'tf32') process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  const installation = findInstallation();
  if (installation?.variant === 'cuda')
    process.env.XLA_FLAGS ??= `--xla_gpu_cuda_data_dir=${cudaPath(installation.path)}`;
  // tfjs-node 4.22 calls them; Node 22 warns of them, and later ones have them no more.
  Object.assign(nodeUtil, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
  (globalThis as Record<symbol, unknown>)[Symbol.for(sharedTfjs)] = tf;
}

function loadFirst(): Addon | BackendError {
  const failures: unknown[] = [];
  for (const source of findSources()) {
    try {
      return load(source);
    } catch (error) {
      failures.push(error);
    }
  }
  const [cause] = failures;
  if (cause === undefined) {
    return new BackendError('TensorFlow is not installed', { hint: 'Run `aigc backend install`.' });
  }
  return new BackendError(`TensorFlow does not load: ${firstLine(cause)}`, {
    hint: 'Run `aigc backend install` to build it anew, `aigc backend doctor` for details.',
    cause,
  });
}

function findSources(): Source[] {
  const installation = findInstallation();
  const own = installation && {
    package: packagePath(installation.path),
    binding: bindingPath(installation.path),
    installation,
  };
  return [...(own ? [own] : []), ...stockPackages.flatMap(findStock)];
}

/** An addon that npm installed: its binary sits in lib/napi-vN, for an N that this Node supports. */
function findStock(name: string): Source[] {
  try {
    const folder = dirname(require.resolve(`${name}/package.json`));
    const newest = readdirSync(join(folder, 'lib'))
      .map((entry) => Number(/^napi-v(\d+)$/.exec(entry)?.[1] ?? Number.NaN))
      .filter((version) => version <= Number(process.versions.napi))
      .sort((a, b) => b - a)[0];
    const binding = join(folder, 'lib', `napi-v${newest}`, 'tfjs_binding.node');
    return existsSync(binding) ? [{ package: folder, binding }] : [];
  } catch {
    return [];
  }
}

/** Takes only what is needed of the package: its index pulls in layers, data and the WebGL backend. */
function load(source: Source): Addon {
  const binding = requireBinding(source);
  const { NodeJSKernelBackend } = require(join(source.package, 'dist', 'nodejs_kernel_backend.js')) as {
    NodeJSKernelBackend: new (binding: Binding, packageName: string) => TensorFlowBackend;
  };
  require(join(source.package, 'dist', 'register_all_kernels.js'));
  const backend = new NodeJSKernelBackend(binding, '@tensorflow/tfjs-node-gpu');
  tf.registerBackend(engineBackend, () => backend, 3);
  return {
    backend,
    tensorflow: binding.TF_Version,
    usesGpu: binding.isUsingGpuDevice(),
    installation: source.installation,
  };
}

/**
 * Signals must not interrupt TensorFlow's matrix products, and stderr must not get what it greets with while it is mapped.
 * An addon that npm built has no such help.
 */
function requireBinding(source: Source): Binding {
  if (source.installation === undefined) return require(source.binding) as Binding;
  const addon = require(processAddonPath(source.installation.path)) as ProcessAddon;
  addon.divertSignals();
  if (process.env.TF_CPP_MIN_LOG_LEVEL !== quietLevel) return require(source.binding) as Binding;
  addon.mute();
  try {
    return require(source.binding) as Binding;
  } finally {
    addon.unmute();
  }
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n')[0] ?? '';
}
