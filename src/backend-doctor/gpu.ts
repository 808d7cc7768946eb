// What stands between TensorFlow and an NVIDIA GPU: found out from the driver and from TensorFlow's own log.
import { runProgram } from '../process/program';

/** The oldest driver that CUDA 12 runs on (NVIDIA's CUDA compatibility guide, minor version compatibility). */
const oldestDriver = 525;

export interface GpuDiagnosis {
  readonly reason: string;
  readonly remedy: string;
}

/**
 * @param variant of the installed TensorFlow, if any
 * @param log what TensorFlow wrote, at log level 0, while it looked for a GPU
 */
export async function diagnoseGpu(
  variant: 'cpu' | 'cuda' | undefined,
  log: string,
): Promise<GpuDiagnosis | undefined> {
  const driver = await findDriver();
  if (driver === undefined) {
    return {
      reason: 'no NVIDIA driver answers (nvidia-smi)',
      remedy: `With an NVIDIA GPU, install its driver, ${oldestDriver} or newer; in a container, start it with --gpus all.`,
    };
  }
  if (Number.parseInt(driver.version, 10) < oldestDriver) {
    return {
      reason: `the NVIDIA driver is ${driver.version}; CUDA 12 needs ${oldestDriver} or newer`,
      remedy: `Update the driver of the ${driver.gpu}.`,
    };
  }
  if (variant !== 'cuda') {
    return {
      reason: `${variant ? 'the installed TensorFlow is the CPU build' : 'TensorFlow is not installed'}; there is a ${driver.gpu}`,
      remedy: 'Run `aigc backend install --cuda`.',
    };
  }
  const missing = missingLibraries(log);
  if (missing.length > 0) {
    return {
      reason: `TensorFlow does not find ${missing.join(', ')}`,
      remedy: 'Run `aigc backend install --uninstall` and `aigc backend install --cuda`: it brings them.',
    };
  }
  return undefined;
}

/** The libraries that TensorFlow's log says it could not load. */
export function missingLibraries(log: string): string[] {
  const found = log.matchAll(
    /(?:could not load|cannot (?:open|load)|unable to (?:open|load)|dlerror)[^\n]*?(lib[\w+-]+\.so[.\d]*)/gi,
  );
  return [...new Set([...found].map(([, name]) => name as string))];
}

async function findDriver(): Promise<{ gpu: string; version: string } | undefined> {
  const words = ['--query-gpu=name,driver_version', '--format=csv,noheader'];
  const outcome = await runProgram('nvidia-smi', words, { timeoutMs: 20_000 });
  const [gpu, version] = outcome?.exitCode === 0 ? (outcome.stdout.split('\n')[0] ?? '').split(', ') : [];
  return gpu !== undefined && version !== undefined ? { gpu, version } : undefined;
}
