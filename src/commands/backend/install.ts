// `aigc backend install`: its flags, its progress bar, and what Ctrl-C does to it.
import type { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import type { InstallProgress } from '../../backend-install/progress';
import { InterruptedError, UsageError } from '../../errors';
import { type Output, openOutput } from '../../output';
import { fileSize } from '../../words';
import type { CommandContext } from '../command';

interface Flags {
  readonly json?: boolean;
  readonly quiet?: boolean;
  readonly cpu?: boolean;
  readonly cuda?: boolean;
  readonly tensorflow?: string;
  readonly wheel?: string;
  readonly sha256?: string;
  readonly uninstall?: boolean;
}

export function addInstall(command: Command, context: CommandContext): void {
  command
    .addOption(new Option('--cpu', 'for the processor (default)').conflicts('cuda'))
    .addOption(new Option('--cuda', 'for an NVIDIA GPU: 3 GB to download, 5 GB on disk'))
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
    variant: flags.cuda ? ('cuda' as const) : ('cpu' as const),
    version: flags.tensorflow,
    wheel: flags.wheel,
    sha256: flags.sha256,
  };
  const display = openDisplay(output);
  const { installation, already, report } = await whileInterruptible((signal) =>
    install(request, { progress: display, signal }).finally(display.stop),
  );
  const what = `TensorFlow ${installation.tensorflow} (${installation.variant})`;
  const speed = report.works ? `: ${report.gflops.toFixed(0)} GFLOP/s` : '';
  output.result(
    { event: 'installed', already, path: installation.path, report, ...pick(installation) },
    `${what} is ${already ? 'already installed' : 'installed'} in ${installation.path}${speed}`,
  );
}

function pick({ tensorflow, variant }: { tensorflow: string; variant: string }) {
  return { tensorflow, variant };
}

/** Ctrl-C and a kill stop the work in good order: what it began is removed. */
async function whileInterruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  let received: number | undefined;
  const stop = (_name: string, number: number) => {
    received = number;
    controller.abort();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (received === undefined) throw error;
    throw new InterruptedError(received, 'The install was stopped; nothing of it is left.', { cause: error });
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
  }
}

interface Display extends InstallProgress {
  stop(): void;
}

/** A line a stage, and for a person at a terminal a bar under it. */
function openDisplay(output: Output): Display {
  const bars = output.openBars();
  let label = '';
  let bar: SingleBar | undefined;
  const drop = () => {
    if (bar) bars?.remove(bar);
    bar = undefined;
  };
  return {
    stage: (next) => {
      drop();
      label = next;
      output.progress(label, { event: 'stage', label });
    },
    bytes: (done, total) => {
      bar ??= bars?.create(label, total ?? 2 ** 30);
      bar?.update(done, { words: fileSize(done) });
    },
    stop: () => bars?.close(),
  };
}
