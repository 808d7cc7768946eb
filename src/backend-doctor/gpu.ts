// What stands between TensorFlow and an NVIDIA GPU, in the order in which one would mend it.
import { driverRemedy, oldestDriver } from '../tensor/driver';
import type { Installation } from '../tensor/native/location';
import type { CudaReport } from './cuda-report';

export interface GpuDiagnosis {
  readonly reason: string;
  readonly remedy: string;
}

/** @returns undefined when nothing of what we know of hinders it */
export function diagnoseGpu(
  installation: Pick<Installation, 'variant' | 'cuda'> | undefined,
  { cards, libraries }: CudaReport,
): GpuDiagnosis | undefined {
  const [card] = cards ?? [];
  if (card === undefined) {
    return {
      reason: 'no NVIDIA driver answers (nvidia-smi)',
      remedy: driverRemedy,
    };
  }
  if (Number.parseInt(card.driver, 10) < oldestDriver) {
    return {
      reason: `the NVIDIA driver is ${card.driver}; CUDA 12 needs ${oldestDriver} or newer`,
      remedy: `Update the driver of the ${card.name}.`,
    };
  }
  if (installation?.variant !== 'cuda') {
    return {
      reason: `${installation ? 'the installed TensorFlow is the CPU build' : 'TensorFlow is not installed'}; there is a ${card.name}`,
      remedy: 'Run `aigc backend install --cuda`.',
    };
  }
  const failing = libraries.filter(({ state }) => state === 'missing' || state === 'broken');
  if (failing.length > 0) {
    const names = failing.map(({ name }) => name).join(', ');
    return { reason: `TensorFlow cannot open ${names}`, remedy: failing[0]?.remedy ?? '' };
  }
  return undefined;
}
