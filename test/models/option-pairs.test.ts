// Every two options of a family either train together or are refused before anything starts.
import * as tf from '@tensorflow/tfjs-core';
import type { Option, OptionValue } from '../../src/config/option';
import { planBatches } from '../../src/dataset/batches';
import { UsageError } from '../../src/errors';
import { families, familyOptions, findFamily } from '../../src/models';
import { averaged } from '../../src/models/average';
import type { Family, ModelSetting } from '../../src/models/family';
import { createAdversarialModel } from '../../src/models/gan/adversarial';
import type { Generate, Networks } from '../../src/models/gan/networks';
import { batchNorm, dense, trackedBatchNorm } from '../../src/models/layers';
import { glorotUniform, Parameters } from '../../src/models/parameters';
import { spectralNorm } from '../../src/models/spectral-norm';
import { leakyRelu } from '../../src/tensor/ops/leaky-relu';
import { wasm } from '../../src/tensor/wasm';
import { createEagerStepper, gatherInputs } from '../../src/training/stepper';
import { rectangles } from '../small-set';

beforeAll(() => wasm.start());

type Asked = Readonly<Record<string, OptionValue>>;

/** All words of an option, or its smallest number and another. */
function valuesOf({ choices, schema }: Option): readonly OptionValue[] {
  return choices ?? [0, 0.5, 1, 2, 3].filter((value) => schema.safeParse(value).success).slice(0, 2);
}

/** All options that take part, as [name, value]. */
const settingsOf = (family: Family, named: (name: string) => boolean) =>
  Object.entries(family.options).flatMap(([name, option]) =>
    named(name) ? valuesOf(option).map((value) => [name, value] as const) : [],
  );

/** What decides which terms there are in a step, so that a value of its own may hide what another brings along: each two
 *  of these are tried alone. The others are spread over those tries. */
const isStructural = (family: Family, name: string) =>
  (family.options[name]?.choices !== undefined && name !== 'schedule') ||
  /^(criticSteps|gradientPenalty|r1|r2)$/.test(name);

function completed(family: Family, asked: Asked) {
  try {
    return familyOptions(family, {}, asked);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** The same for both orders. */
const pairKey = (a: readonly [string, unknown], b: readonly [string, unknown]) =>
  [a, b]
    .map(([name, value]) => `${name} ${value}`)
    .sort()
    .join(', ');

function pairsOf(family: Family) {
  const settings = settingsOf(family, () => true);
  return settings.flatMap((a, i) =>
    settings
      .slice(i + 1)
      .flatMap((b) => (a[0] === b[0] ? [] : [{ key: pairKey(a, b), asked: { [a[0]]: a[1], [b[0]]: b[1] } }])),
  );
}

/** Configurations in which every pair that is not refused is together. */
function rowsOf(family: Family): Asked[] {
  const pairs = pairsOf(family).filter(({ asked }) => completed(family, asked));
  const alone = new Map(
    pairs
      .filter(({ asked }) => Object.keys(asked).every((name) => isStructural(family, name)))
      .map(({ asked }) => [JSON.stringify(completed(family, asked)), asked]),
  );
  const left = new Set(pairs.map(({ key }) => key));
  const spread = (asked: Asked): Asked => {
    const row: Record<string, OptionValue> = { ...asked };
    for (const [name, option] of Object.entries(family.options)) {
      if (isStructural(family, name)) continue;
      const others = Object.entries({ ...completed(family, row), ...row });
      const gain = (value: OptionValue) =>
        others.filter((other) => left.has(pairKey([name, value], other))).length;
      const fitting = valuesOf(option).filter((value) => completed(family, { ...row, [name]: value }));
      const [best] = fitting.sort((a, b) => gain(b) - gain(a));
      row[name] = best as OptionValue;
    }
    const whole = Object.entries({ ...completed(family, row), ...row });
    for (const [i, a] of whole.entries()) for (const b of whole.slice(i + 1)) left.delete(pairKey(a, b));
    return row;
  };
  const rows = [...alone.values()].map(spread);
  for (const { key, asked } of pairs) if (left.has(key)) rows.push(spread(asked));
  return rows;
}

/** One step on a tiny set. @returns what is wrong */
async function problemOf(family: Family, asked: Asked): Promise<string | undefined> {
  const options = familyOptions(family, {}, asked);
  const [batchSize, classCount] = [2, 2];
  const labels = Uint8Array.from({ length: 12 }, (_, i) => i % classCount);
  const set = { ...rectangles(12, 4, 4, 1), ...(family.conditional && { labels, classCount }) };
  const model = family.create({ image: set, classCount, pixelMean: 0.5, seed: 1, options });
  try {
    const plan = planBatches(12, batchSize * (family.batchesPerStep?.(options) ?? 1), 1);
    const source = { model, set, plan, range: family.pixelRange, seed: 1 };
    const losses = await createEagerStepper(model, set, plan.batchSize).run(gatherInputs(source, 0), true);
    const bad = Object.entries(losses ?? {}).find(([, value]) => !Number.isFinite(value));
    return bad && `the ${bad[0]} loss is ${bad[1]}`;
  } catch (error) {
    return String(error);
  } finally {
    model.dispose();
  }
}

const isGan = ({ options }: Family) => 'loss' in options;

/** Of a gradient penalty on each image and a norm that mixes images; of an average in place of a schedule and either; of a
 *  likelihood and the pixels that it is for. */
function expectedRefusals({ options }: Family): string[] {
  if ('loss' in options) {
    const penalties = ['gradientPenalty 0.5', 'loss relativistic', 'loss wgan-gp', 'r1 0.5', 'r2 0.5'];
    const inPlace = [
      'ema 0',
      ...['cooldown', 'cosine', 'linear', 'stages'].map((name) => `schedule ${name}`),
    ];
    return [
      ...penalties.map((penalty) => [penalty, 'normalisation batch'].sort().join(', ')),
      ...inPlace.map((other) => [other, 'optimizer schedule-free-adam'].sort().join(', ')),
    ];
  }
  if (!('likelihood' in options)) return [];
  return ['dynamic', 'static'].flatMap((way) =>
    ['gaussian', 'logistic'].map((likelihood) => `binarise ${way}, likelihood ${likelihood}`),
  );
}

it.each(families.map((family) => [family.name, family] as const))(
  '%s refuses those pairs alone that exclude each other',
  (_, family) => {
    const refused = pairsOf(family).filter(({ asked }) => !completed(family, asked));
    expect(refused.map(({ key }) => key).sort()).toEqual(expectedRefusals(family).sort());
  },
);

/** Pairs of one layer each, for a step that takes milliseconds: what a step is made of does not depend on their size. */
function smallNetworks({ image, seed, options }: ModelSetting<Record<string, unknown>>): Networks {
  const parameters = new Parameters(seed);
  const { height, width, channels } = image;
  const [pixels, latentDim, kernel] = [
    height * width * channels,
    options.latentDim as number,
    glorotUniform(4, 4),
  ];
  const spectral = options.normalisation === 'spectral' ? spectralNorm(parameters) : undefined;
  const generator = (under: Parameters): Generate => {
    const apply = dense(under, 'generator.dense', { inputs: latentDim, outputs: pixels, kernel });
    const norm = trackedBatchNorm<tf.Tensor2D>(under, 'generator.norm', pixels);
    return (latents, mode) =>
      tf.reshape(tf.tanh(norm(apply(latents), mode)), [-1, height, width, channels]) as tf.Tensor4D;
  };
  const generate = generator(parameters);
  const hidden = dense(parameters, 'discriminator.dense', {
    inputs: pixels,
    outputs: 3,
    kernel,
    transform: spectral?.transform,
  });
  const norm =
    options.normalisation === 'batch'
      ? batchNorm<tf.Tensor2D>(parameters, 'discriminator.norm', 3)
      : undefined;
  const output = dense(parameters, 'discriminator.output', { inputs: 3, outputs: 1, kernel });
  return {
    ...{ parameters, latentDim, classCount: 0, classifies: false, generate },
    generateAverage: (options.ema as number) > 0 ? generator(averaged(parameters)) : undefined,
    discriminate: (images) => {
      const x = hidden(tf.reshape(images, [-1, pixels]) as tf.Tensor2D);
      return { logits: output(leakyRelu(norm ? norm(x) : x, 0.2)) };
    },
    judgesTogether: options.normalisation !== 'batch',
    ...(spectral && { refresh: spectral.refresh }),
  };
}

const small: Family = {
  ...findFamily('gan'),
  name: 'a gan of one layer each',
  create: (setting) => createAdversarialModel(smallNetworks(setting), setting.options as never),
};

/** The real networks of GANs take minutes: AIGC_ALL_PAIRS=1 tries them too. */
const tried = [small, ...families.filter((family) => process.env.AIGC_ALL_PAIRS || !isGan(family))];

it.each(tried.map((family) => [family.name, family] as const))(
  '%s trains every pair that is not refused',
  async (_, family) => {
    const problems = [];
    for (const row of rowsOf(family)) {
      const problem = await problemOf(family, row);
      if (problem !== undefined) problems.push(`${JSON.stringify(row)}: ${problem}`);
    }
    expect(problems).toEqual([]);
  },
  600_000,
);
