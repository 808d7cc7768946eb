// Shows a download: a bar for a person at a terminal, else a line when a file begins and when it is whole.
import { Presets, SingleBar } from 'cli-progress';
import type { DownloadProgress } from '../dataset/download';
import type { CommandContext, Output } from './command';

export interface DownloadDisplay {
  onProgress(progress: DownloadProgress): void;
  /** Takes the bar away; call it also when the download failed. */
  stop(): void;
}

export function openDownloadDisplay(context: CommandContext, output: Output): DownloadDisplay {
  return context.isTerminal && !output.json && !output.quiet ? openBar() : openLines(output);
}

function openBar(): DownloadDisplay {
  const format = 'Downloading {file} {bar} {percentage}% · {sizes}';
  const options = { format, stream: process.stderr, barsize: 24, hideCursor: null, clearOnComplete: true };
  let bar: SingleBar | undefined;
  let shown: string | undefined;
  return {
    onProgress: ({ file, receivedBytes, totalBytes }) => {
      // Of a file whose size is unknown the bar shows only how much has come.
      const words = { file, sizes: sizes(receivedBytes, totalBytes) };
      if (file !== shown) {
        bar?.stop();
        bar = new SingleBar(options, Presets.shades_classic);
        bar.start(totalBytes ?? 2 ** 28, receivedBytes, words);
        shown = file;
      }
      if (totalBytes !== undefined) bar?.setTotal(totalBytes);
      bar?.update(receivedBytes, words);
    },
    stop: () => bar?.stop(),
  };
}

function openLines(output: Output): DownloadDisplay {
  let shown: string | undefined;
  return {
    onProgress: ({ file, receivedBytes, totalBytes }) => {
      const whole = receivedBytes === totalBytes;
      if (file === shown && !whole) return;
      shown = file;
      const event = { event: 'download', file, receivedBytes, totalBytes };
      output.progress(`Downloading ${file} · ${sizes(receivedBytes, totalBytes)}`, event);
    },
    stop: () => undefined,
  };
}

function sizes(received: number, total: number | undefined): string {
  const words = (bytes: number) =>
    bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
  return total === undefined ? words(received) : `${words(received)} of ${words(total)}`;
}
