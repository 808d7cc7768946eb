// How images that a handle drew were made: kept beside them, so that `toPng` can say it.
import { choice, integer, number, type Options, text } from '../config/option';
import type { RawValues } from '../config/resolve';
import type { Provenance } from '../images/provenance';
import type { SavedModel } from '../use/open-model';
import { provenanceOf } from '../use/provenance';
import type { Images } from './types';

const origins = new WeakMap<Images, Provenance>();

export const originOf = (images: Images): Provenance | undefined => origins.get(images);

/** What of `aigc sample` a program can ask for too. */
const sampleOptions: Options = {
  count: integer({ description: 'how many images' }),
  labels: text({ placeholder: 'LIST', description: 'the classes' }),
  truncation: number({ description: 'of latents' }),
  latents: text({ placeholder: 'FILE.npy', description: 'given ones' }),
  weights: choice(['average', 'last'], { description: 'which', default: 'average' }),
  seed: integer({ description: 'of latents' }),
};

/** @param values as `aigc sample` has them; without a seed the latents were the program's own */
export function remember(images: Images, saved: SavedModel, values: RawValues): Images {
  origins.set(images, provenanceOf(saved, 'sample', sampleOptions, values));
  return images;
}
