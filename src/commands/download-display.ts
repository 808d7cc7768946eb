// Shows a download: a bar for a person at a terminal, else a line when a file begins and when it is whole.
import type { SingleBar } from 'cli-progress';
import type { DownloadProgress } from '../dataset/download';
import type { Output } from '../output';
import { fileSize } from '../words';

export interface DownloadDisplay {
  onProgress(progress: DownloadProgress): void;
  /** Takes the bar away; call it also when the download failed. */
  stop(): void;
}

export function openDownloadDisplay(output: Output): DownloadDisplay {
  let shown: { readonly file: string; draw(progress: DownloadProgress): void; stop(): void } | undefined;
  return {
    onProgress: (progress) => {
      const { file } = progress;
      if (file !== shown?.file) {
        shown?.stop();
        shown = { file, ...showFile(progress, output) };
      }
      shown.draw(progress);
    },
    stop: () => shown?.stop(),
  };
}

/** Of a file whose size is unknown the bar shows only how much has come. */
function showFile({ file, totalBytes }: DownloadProgress, output: Output) {
  const bars = output.openBars();
  const bar: SingleBar | undefined = bars?.create(`Downloading ${file}`, totalBytes ?? 2 ** 28);
  let begun = false;
  return {
    draw: (progress: DownloadProgress) => {
      const words = sizes(progress);
      if (progress.totalBytes !== undefined) bar?.setTotal(progress.totalBytes);
      bar?.update(progress.receivedBytes, { words });
      const isWhole = progress.receivedBytes === progress.totalBytes;
      if (!bar && (!begun || isWhole))
        output.progress(`Downloading ${file} · ${words}`, { event: 'download', ...progress });
      begun = true;
    },
    stop: () => bars?.close(),
  };
}

function sizes({ receivedBytes, totalBytes }: DownloadProgress): string {
  return totalBytes === undefined
    ? fileSize(receivedBytes)
    : `${fileSize(receivedBytes)} of ${fileSize(totalBytes)}`;
}
