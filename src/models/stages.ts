// The sizes that an image goes through in networks of stride-2 layers.
import type { ImageShape } from '../dataset/image-set';

export type Stage = ImageShape;

/**
 * The whole image first, then what each layer makes of it: 28, 14, 7 pixels; three layers from 46 pixels on, so that the
 * smallest is about 8 on its longer side. Channels double each time.
 * @param channels of the first layer's result
 * @param smallest the longer side that the smallest is to have, about
 */
export function stagesOf(image: ImageShape, channels: number, smallest = 8): readonly Stage[] {
  const layers = Math.max(2, Math.round(Math.log2(Math.max(image.height, image.width) / smallest)));
  const { height, width } = image;
  const stages: Stage[] = [{ height, width, channels: image.channels }];
  for (let layer = 0; layer < layers; layer++) {
    stages.push(halved(stages[layer] as Stage, Math.min(channels * 2 ** layer, 512)));
  }
  return stages;
}

/** What a stride-2 layer makes of a stage. @param channels of its result */
export function halved({ height, width }: Stage, channels: number): Stage {
  return { height: Math.ceil(height / 2), width: Math.ceil(width / 2), channels };
}
