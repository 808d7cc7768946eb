// The cuda backend: libtensorflow on an NVIDIA GPU.
import { existsSync } from 'node:fs';
import { BackendError } from '../errors';
import type { Availability, Backend } from './backend';
import { driverRemedy } from './driver';
import { describe, startEngine, unavailable } from './native';
import { type Addon, chooseCard, loadAddon } from './native/addon';

export const cuda: Backend = {
  name: 'cuda',
  summary: 'TensorFlow in C++ on an NVIDIA GPU',

  setCard: chooseCard,

  async check(): Promise<Availability> {
    try {
      return { available: true, detail: `${describe(loadGpuAddon())} on a CUDA device` };
    } catch (error) {
      return unavailable(error);
    }
  },

  async start(): Promise<void> {
    loadGpuAddon();
    await startEngine();
  },
};

/** @throws BackendError when TensorFlow loads but sees no GPU */
function loadGpuAddon(): Addon {
  const addon = loadAddon('any');
  if (addon.usesGpu) return addon;
  if (addon.installation?.variant === 'cpu') {
    throw new BackendError('the installed TensorFlow is the CPU build', {
      hint: 'With an NVIDIA GPU, run `aigc backend install --cuda`.',
    });
  }
  if (hasNoDriver()) {
    throw new BackendError('TensorFlow sees no CUDA device: this system has no NVIDIA driver', {
      hint: driverRemedy,
    });
  }
  throw new BackendError('TensorFlow sees no CUDA device', {
    hint: 'Run `aigc backend doctor` to see what is missing: the driver, the CUDA libraries or the GPU; with --gpu N, whether nvidia-smi names an Nth.',
  });
}

/** What the driver, or Windows' under WSL, has in every container that may use it. */
function hasNoDriver(): boolean {
  return process.platform === 'linux' && !['/dev/nvidiactl', '/dev/dxg'].some((path) => existsSync(path));
}
