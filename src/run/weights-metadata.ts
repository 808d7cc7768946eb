// What a file of weights says of them in its `__metadata__`, for whoever finds the file alone.
import type { Family, Model, ModelSetting } from '../models/family';
import { version } from '../version';
import { formatVersion } from './checkpoint';

interface Described {
  readonly family: Pick<Family, 'name' | 'pixelRange' | 'conditional'>;
  readonly model: Pick<Model, 'latent'>;
  readonly setting: Pick<ModelSetting, 'image' | 'classCount' | 'options'>;
  readonly step: number;
}

/** All of it text, as the format has it. No date or path: the same weights of the same model are the same bytes. */
export function weightsMetadata({ family, model, setting, step }: Described): Record<string, string> {
  const { image, classCount, options } = setting;
  return {
    format: 'aigc',
    formatVersion: String(formatVersion),
    aigc: version,
    family: family.name,
    step: String(step),
    image: `${image.height}x${image.width}x${image.channels}`,
    latentDim: String(model.latent.dimension),
    pixelRange: family.pixelRange,
    classCount: String(family.conditional ? classCount : 0),
    options: JSON.stringify(options),
  };
}
