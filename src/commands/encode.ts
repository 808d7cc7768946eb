// `aigc encode`: the latents of a data set's images as .npy, for other tools.
import { choice, type OptionValues, text } from '../config/option';
import { backendOption, threadsOption } from '../config/shared-options';
import type { AnySet, DataSet } from '../dataset/image-set';
import { DataError, UsageError } from '../errors';
import { writeFileAtomic } from '../files';
import { encodeNpy } from '../images/npy';
import { canEncode, type Encoding, encodeImages } from '../use/encode';
import { checkLabels, preparedFor } from '../use/inputs';
import type { SavedModel } from '../use/open-model';
import { counted } from '../words';
import { loadNamedData } from './data-input';
import { checkLabelsOfArray, labelsOfArray, type Written, writeWithLabels } from './labels-beside';
import { modelCommand } from './model-command';
import { checkpointOption, drawStepsOption, familyFileOption } from './model-input';
import { checkEnding } from './out';

const encodeOptions = {
  checkpoint: checkpointOption,
  model: familyFileOption,
  data: text({
    placeholder: 'NAME|DIR',
    description: 'the images (default: the data that the model was trained on)',
  }),
  split: choice(['train', 'test'], { description: 'which images of them', default: 'train' }),
  out: text({
    placeholder: 'FILE.npy',
    description: 'float32 [images, latentDim]; labels go beside it, into FILE-labels.npy',
    default: 'latents.npy',
  }),
  drawSteps: drawStepsOption,
  backend: backendOption,
  threads: threadsOption,
} as const;

type EncodeValues = OptionValues<typeof encodeOptions>;

export const encode = modelCommand({
  name: 'encode',
  options: encodeOptions,
  example: 'encode --checkpoint ./ckpt --data mnist --split test --out latents.npy',
  request: (values) => {
    checkEnding(values.out, ['.npy']);
    return values;
  },
  use: async (saved, { data, split, out }, output) => {
    const model = withEncoder(saved);
    const name = data ?? saved.manifest.dataset.name;
    const loaded = await loadNamedData(name, output, data === undefined ? '--data' : undefined);
    const set = preparedFor(saved, splitOf(loaded, split), name);
    const { labels, count } = set;
    await checkLabelsOfArray(out, labels !== undefined);
    if (saved.family.conditional) checkLabelled(saved, set, name);
    const classes = saved.family.conditional && labels ? Int32Array.from(labels) : undefined;
    const latents = await encodeImages(model, set, saved.family.pixelRange, classes);
    const latentDim = model.latent.dimension;
    const written = await writeCodes(out, latents, latentDim, labels);
    return {
      event: { ...(labels && { labels: written.labels }), count, latentDim, data: name, split },
      lines: (subject) => `Encoded ${counted(count, 'image')} with ${subject}: ${written.files.join(', ')}`,
    };
  },
});

/** @throws UsageError when the model has no encoder */
function withEncoder({ model, family }: SavedModel): Encoding {
  if (canEncode(model)) return model;
  throw new UsageError(
    `This ${family.name} has no encoder: it draws images, but gives no latents for them.`,
    {
      hint: 'Encode with a variational autoencoder, see `aigc models`; `aigc reconstruct` looks for the latents of a few images.',
    },
  );
}

function splitOf(data: DataSet, split: EncodeValues['split']): AnySet {
  const set = data[split];
  if (set) return set;
  throw new DataError(`${data.name} has no test split.`, { hint: 'Encode its images with --split train.' });
}

/** @throws DataError when the model wants classes that the data does not give */
function checkLabelled({ family, manifest }: SavedModel, { labels }: AnySet, name: string): void {
  if (!labels) {
    throw new DataError(`This ${family.name} encodes images of known classes, and ${name} has no labels.`, {
      hint: 'Put the labels file beside the images.',
    });
  }
  checkLabels(labels, manifest.setting.classCount, name);
}

/** The latents, and beside them the labels. */
async function writeCodes(
  out: string,
  latents: Float32Array,
  latentDim: number,
  labels: Uint8Array | undefined,
): Promise<Written> {
  const write = (path: string) =>
    writeFileAtomic(path, encodeNpy(latents, [latents.length / latentDim, latentDim]));
  return writeWithLabels(out, write, labels && labelsOfArray(out, labels));
}
