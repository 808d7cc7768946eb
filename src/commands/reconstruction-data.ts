// `aigc reconstruct --out-data`: the images as arrays, and how far each is from its original.
import { basename, join } from 'node:path';
import type { ImageSet } from '../dataset/image-set';
import { writeFileAtomic } from '../files';
import { differences } from '../images/degrade';
import type { ImageBytes } from '../images/grid';
import { encodeNpy } from '../images/npy';
import type { Provenance } from '../images/provenance';
import { sidecarPath, writeSidecar } from '../images/sidecar';
import { replaceFiles } from '../replacement';
import type { Degraded } from '../use/reconstruct';

const result = 'reconstruction.npy';
const files = [
  'original.npy',
  'degraded.npy',
  'labels.npy',
  result,
  sidecarPath(result),
  'errors.csv',
] as const;

interface Reconstructed {
  readonly original: ImageSet;
  readonly degraded: Degraded;
  readonly images: ImageBytes;
  /** [count], of the classes that the model was told, or that the data has. */
  readonly labels: ArrayLike<number> | undefined;
}

/** Writes all of it as one; what an earlier call wrote and this one does not is gone. @returns the paths */
export async function writeReconstruction(
  folder: string,
  reconstructed: Reconstructed,
  provenance: Provenance | undefined,
): Promise<string[]> {
  const { original, degraded, images, labels } = reconstructed;
  const arrays = {
    'original.npy': original.pixels,
    ...(degraded.changed && { 'degraded.npy': degraded.images.pixels }),
    [result]: images.pixels,
  };
  const { count, height, width, channels } = original;
  const written: string[] = [];
  await replaceFiles(folder, files, async (draft) => {
    const write = async (name: string, bytes: Uint8Array | string) => {
      await writeFileAtomic(join(draft, name), bytes);
      written.push(name);
    };
    for (const [name, pixels] of Object.entries(arrays))
      await write(name, encodeNpy(pixels, [count, height, width, channels]));
    if (labels) await write('labels.npy', encodeNpy(Int32Array.from(labels), [count]));
    await write('errors.csv', errorsTable(reconstructed));
    if (!provenance) return;
    await writeSidecar(join(draft, result), provenance);
    written.push(basename(sidecarPath(result)));
  });
  return written.map((name) => join(folder, name));
}

/** A line an image, in the order of the arrays. Mean squared errors of pixels from 0 to 1, PSNR in dB. */
function errorsTable({ original, degraded, images, labels }: Reconstructed): string {
  const size = original.height * original.width * original.channels;
  const head = ['image', ...(labels ? ['label'] : []), 'mse', 'psnr'];
  const hidden = degraded.hidesAny ? ['hidden_mse', 'hidden_psnr'] : [];
  const rows = Array.from({ length: original.count }, (_, i) => {
    const part = (values: Uint8Array) => values.subarray(i * size, (i + 1) * size);
    const figures = differences(part(original.pixels), part(images.pixels), part(degraded.known));
    const words = (kind: 'known' | 'hidden') => [figures[kind].mse.toFixed(8), figures[kind].psnr.toFixed(4)];
    const label = labels ? [labels[i]] : [];
    return [i, ...label, ...words('known'), ...(degraded.hidesAny ? words('hidden') : [])].join(',');
  });
  return `${[[...head, ...hidden].join(','), ...rows].join('\n')}\n`;
}
