// `aigc backend install`: its flags, its progress bar, and what Ctrl-C does to it.
import { type Command, Option } from 'commander';
import type { InstallResult } from '../../backend-install/install';
import { UsageError } from '../../errors';
import { type Output, openOutput } from '../../output';
import type { CudaLibraries } from '../../tensor/native/location';
import type { CommandContext } from '../command';
import { openDisplay, whileInterruptible } from './display';
import { reportRace } from './race';

interface Flags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly cpu?: boolean;
  readonly cuda?: boolean;
  readonly lean?: boolean;
  readonly useSystemCuda?: boolean;
  readonly from?: string;
  readonly tensorflow?: string;
  readonly wheel?: string;
  readonly sha256?: string;
  readonly uninstall?: boolean;
}

export function addInstall(command: Command, context: CommandContext): void {
  command
    .addOption(new Option('--cpu', 'for the processor (default)').conflicts('cuda'))
    .addOption(new Option('--cuda', 'for an NVIDIA GPU: 3 GB to download, 5 GB on disk'))
    .addOption(leanOption())
    .addOption(systemCudaOption())
    .addOption(
      new Option(
        '--from <DIR>',
        'a pack that `aigc backend pack` made, on this disk: needs no network',
      ).conflicts(['cpu', ...['cuda', 'lean', 'useSystemCuda', 'tensorflow', 'wheel', 'sha256']]),
    )
    .option('--tensorflow <VERSION>', 'TensorFlow’s version (default: 2.21.0)')
    .option('--wheel <FILE>', 'a Python wheel of TensorFlow on this disk, instead of a download with pip')
    .option('--sha256 <HEX>', 'the checksum of a wheel that aigc does not know')
    .option('--uninstall', 'remove what was installed')
    .action((flags: Flags) => run(flags, openOutput(context, flags)));
}

async function run(flags: Flags, output: Output): Promise<void> {
  const { install, uninstall } = await import('../../backend-install/install');
  if (flags.uninstall) {
    const removed = await uninstall();
    return output.result(
      { event: 'uninstalled', removed },
      removed ? 'TensorFlow is removed.' : 'TensorFlow is not installed: nothing to remove.',
    );
  }
  if (flags.sha256 !== undefined && !/^[\da-f]{64}$/i.test(flags.sha256)) {
    throw new UsageError(`Expected 64 hexadecimal digits after --sha256, got "${flags.sha256}".`);
  }
  const request = {
    ...deviceOf(flags),
    version: flags.tensorflow,
    wheel: flags.wheel,
    sha256: flags.sha256,
  };
  const display = openDisplay(output);
  const work = async (signal: AbortSignal): Promise<InstallResult> => {
    const context = { progress: display, signal };
    if (flags.from === undefined) return install(request, context);
    return (await import('../../backend-pack/install-pack')).installPack(flags.from, context);
  };
  const { installation, already, report } = await whileInterruptible('install', (signal) =>
    work(signal).finally(display.stop),
  );
  const what = `TensorFlow ${installation.tensorflow} (${installation.variant})`;
  const speed = report.works ? `: ${report.gflops.toFixed(0)} GFLOP/s` : '';
  output.result(
    { event: 'installed', already, path: installation.path, report, ...pick(installation) },
    `${what} is ${already ? 'already installed' : 'installed'} in ${installation.path}${speed}`,
  );
  await reportRace(output);
}

/** Which of NVIDIA's libraries come along: also of `aigc backend pack`. */
export const leanOption = () =>
  new Option('--lean', 'with --cuda: only the libraries that a training step calls, half as large');

export const systemCudaOption = () =>
  new Option('--use-system-cuda', 'with --cuda: cuBLAS and cuDNN of the machine that runs it').conflicts(
    'lean',
  );

/** @throws UsageError when a flag about CUDA comes without it */
export function deviceOf(flags: Pick<Flags, 'cuda' | 'lean' | 'useSystemCuda'>): {
  readonly variant: 'cpu' | 'cuda';
  readonly cuda: CudaLibraries | undefined;
} {
  if (flags.cuda)
    return { variant: 'cuda', cuda: flags.lean ? 'lean' : flags.useSystemCuda ? 'system' : 'whole' };
  const stray = flags.lean ? '--lean' : flags.useSystemCuda ? '--use-system-cuda' : undefined;
  if (stray === undefined) return { variant: 'cpu', cuda: undefined };
  throw new UsageError(`${stray} is about NVIDIA's libraries, and the CPU build has none.`, {
    hint: `Add --cuda, or leave ${stray} out.`,
  });
}

function pick({ tensorflow, variant }: { tensorflow: string; variant: string }) {
  return { tensorflow, variant };
}
