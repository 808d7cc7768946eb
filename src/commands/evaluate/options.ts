// The options of `aigc evaluate`.
import { choice, integer, type OptionValues, text } from '../../config/option';
import { backendOption, threadsOption } from '../../config/shared-options';
import { metrics } from '../../metrics';
import { mostInMemory } from '../../metrics/stream';
import { grouped } from '../../words';
import { drawStepsOption, familyFileOption, weightsOption } from '../model-input';

export const evaluateOptions = {
  checkpoint: text({
    placeholder: 'DIR',
    description: 'a run folder, or one checkpoint of it (default: ./ckpt)',
  }),
  model: familyFileOption,
  samples: text({
    placeholder: 'FILE|DIR',
    description:
      "measure these images, not a model's: IDX, .npy, a folder of pictures, or of parts as --shard writes them",
  }),
  stream: choice(['auto', 'on', 'off'], {
    description: `leave the images of --samples on disk: fid and classifier-score take all, other figures ${grouped(mostInMemory)} of them`,
    why: 'auto: of images of more than a quarter of the memory, or 2 GiB',
    default: 'auto',
    onlyWith: { features: [undefined] },
  }),
  metrics: text({
    placeholder: 'NAMES',
    description: `which metrics or figures, with commas, or all (default: all that there can be but ${slowOnes()})`,
  }),
  data: text({
    placeholder: 'NAME|DIR',
    description: 'what to measure against; the training data of the model when left out',
  }),
  against: text({
    placeholder: 'FILE|DIR',
    description:
      'hold against these images, not the test split of --data; with --samples, --data may be left out',
  }),
  sampleCount: integer({
    description: 'how many images to draw',
    default: 10_000,
    min: 2,
    max: 1_000_000,
    why: 'published figures on MNIST take 10,000',
    onlyWith: { samples: [undefined] },
  }),
  samplesPerImage: integer({
    description: 'importance samples for nll',
    default: 5000,
    min: 1,
    max: 1_000_000,
    why: 'Burda et al. 2015, section 5',
  }),
  count: integer({ description: 'only the first N images of the test split, or of --against', min: 2 }),
  features: text({
    placeholder: 'FILE.npy',
    description: 'features of the samples, [count, features], such as Inception gives, for fid and its like',
  }),
  testFeatures: text({
    placeholder: 'FILE.npy',
    description: 'features of the test split, for --features',
  }),
  failIf: text({
    placeholder: 'CONDITIONS',
    description: "exit with 5 when one holds, such as 'fid>20,coverage<0.5'",
  }),
  evaluationSeed: integer({
    description: "of the protocol's random streams; leave it for figures to compare",
    default: 1,
    min: 0,
  }),
  weights: { ...weightsOption, onlyWith: { samples: [undefined] } },
  drawSteps: { ...drawStepsOption, onlyWith: { samples: [undefined] } },
  backend: backendOption,
  threads: threadsOption,
} as const;

export type EvaluateValues = OptionValues<typeof evaluateOptions>;

function slowOnes(): string {
  return metrics
    .filter(({ slow }) => slow)
    .map(({ name }) => name)
    .join(', ');
}
