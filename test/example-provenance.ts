import type { DrawingModel, Provenance } from '../src/images/provenance';

export const exampleModel: DrawingModel = {
  family: 'vae',
  step: 468,
  weightsSha256: 'ab'.repeat(32),
  data: 'digits',
  dataFingerprint: 'cd'.repeat(32),
};

export const exampleProvenance: Provenance = {
  source: 'trainedAlgorithmicMedia',
  version: '1.2.3',
  model: exampleModel,
  seed: 7,
  command: 'aigc sample --checkpoint checkpoints/step-000468 --seed 7 --backend wasm',
};
