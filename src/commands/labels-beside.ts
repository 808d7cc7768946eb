// Labels beside an array of images or latents.
import { writeFileAtomic } from '../files';
import { encodeNpy } from '../images/npy';

/** name.npy → name-labels.npy, int32 [count]. @returns the path written */
export async function writeLabelsBeside(array: string, labels: Uint8Array): Promise<string> {
  const path = array.replace(/\.npy$/i, '-labels.npy');
  await writeFileAtomic(path, encodeNpy(Int32Array.from(labels), [labels.length]));
  return path;
}
