// `aigc encode`: the latents of a data set's images as .npy, for other tools.
import type { Command } from 'commander';
import { choice, type OptionValues, text } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import { backendOption, environmentValues, threadsOption } from '../config/shared-options';
import type { DataSet, ImageSet } from '../dataset/image-set';
import { DataError, UsageError } from '../errors';
import { writeFileAtomic } from '../files';
import { encodeNpy } from '../images/npy';
import { openOutput } from '../output';
import { canEncode, type Encoding, encodeImages } from '../use/encode';
import type { SavedModel } from '../use/open-model';
import { addOutputFlags, type CommandModule } from './command';
import { writeLabelsBeside } from './labels-beside';
import { checkEnding, checkFolderOf, checkpointOption, openForUse } from './model-input';
import { addOptionFlags } from './options';
import { checkLabels, loadNamedData, preparedFor } from './picture-input';

const encodeOptions = {
  checkpoint: checkpointOption,
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
  backend: backendOption,
  threads: threadsOption,
} as const;

type EncodeValues = OptionValues<typeof encodeOptions>;

export const encode: CommandModule = {
  configure(command: Command, context) {
    addOptionFlags(addOutputFlags(command), encodeOptions);
    command.addHelpText(
      'after',
      '\nExample:\n  $ aigc encode --checkpoint ./ckpt --data mnist --split test --out latents.npy',
    );
    command.action(async (flags: RawValues) => {
      const output = openOutput(context, flags);
      const values = resolveOptions(encodeOptions, flags, environmentValues());
      checkEnding(values.out, ['.npy']);
      await checkFolderOf(values.out);
      const saved = await openForUse(values, output);
      try {
        const model = withEncoder(saved);
        const name = values.data ?? saved.manifest.dataset.name;
        const set = preparedFor(saved, splitOf(await loadNamedData(name, output), values), name);
        const { labels, count } = set;
        if (saved.family.conditional) checkLabelled(saved, set, name);
        const indices = Uint32Array.from({ length: count }, (_, i) => i);
        const classes = saved.family.conditional && labels ? Int32Array.from(labels) : undefined;
        const latents = await encodeImages(model, set, indices, saved.family.pixelRange, classes);
        const written = await writeCodes(values.out, latents, model.latent.dimension, labels);
        const { family, step } = saved.manifest;
        output.result(
          {
            event: 'encode',
            out: values.out,
            ...(labels && { labels: written[1] }),
            count,
            latentDim: model.latent.dimension,
            data: name,
            split: values.split,
            checkpoint: saved.folder,
            family,
            step,
          },
          `Encoded ${count} images with the ${family} at step ${step}: ${written.join(', ')}`,
        );
      } finally {
        saved.model.dispose();
      }
    });
  },
};

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

function splitOf(data: DataSet, { split }: EncodeValues): ImageSet {
  const set = data[split];
  if (set) return set;
  throw new DataError(`${data.name} has no test split.`, { hint: 'Encode its images with --split train.' });
}

/** @throws DataError when the model wants classes that the data does not give */
function checkLabelled({ family, manifest }: SavedModel, { labels }: ImageSet, name: string): void {
  if (!labels) {
    throw new DataError(`This ${family.name} encodes images of known classes, and ${name} has no labels.`, {
      hint: 'Put the labels file beside the images.',
    });
  }
  checkLabels(labels, manifest.setting.classCount, name);
}

/** The latents, and beside them the labels. @returns the paths written */
async function writeCodes(
  out: string,
  latents: Float32Array,
  latentDim: number,
  labels: Uint8Array | undefined,
): Promise<string[]> {
  await writeFileAtomic(out, encodeNpy(latents, [latents.length / latentDim, latentDim]));
  return labels === undefined ? [out] : [out, await writeLabelsBeside(out, labels)];
}
