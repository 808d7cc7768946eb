// The feature network of a data set: it comes with aigc, or is trained once and then taken from the user's cache folder.
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { cacheFolder } from '../../cache-folder';
import { gatherBatch, planBatches } from '../../dataset/batches';
import type { AnySet, DataSet, ImageSet, ImageShape } from '../../dataset/image-set';
import { DataError } from '../../errors';
import { makeFolder, sweepTemporaries, writeFileAtomic } from '../../files';
import type { ImageBytes } from '../../images/grid';
import { readWhole } from '../../read-file';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../run/safetensors';
import { readVariables, restoreVariables, weightsOf } from '../../run/variables';
import { sha256 as hashOf } from '../../sha256';
import { withFixedBits } from '../../tensor/fixed-bits';
import { chooseCompiler, createStepper } from '../../training/compiled-stepper';
import { gatherInputs } from '../../training/stepper';
import type { MeasuredImages } from '../metric';
import { createFeatureNetwork, type FeatureNetwork, featureCount, recipe, trainingSteps } from './network';
import { type Teacher, teacherOf } from './teacher';

export interface OpenFeatureNetwork {
  readonly teacher: Teacher;
  /** SHA-256 of the file of its weights, hex: figures can be compared where it is the same. */
  readonly sha256: string;
  measure(images: ImageBytes): Promise<MeasuredImages>;
  /** The caller calls it when done. */
  dispose(): void;
}

export interface FeatureNetworkSetting {
  readonly data: DataSet;
  /** @param losses of the step just done */
  readonly onStep: (step: number, steps: number, crossEntropy: number) => void;
  /** Where it is kept; the user's cache folder when left out. */
  readonly cache?: string;
  /** Told when what the cache holds is not used. */
  readonly warn?: (message: string) => void;
}

/** Those of the sets that many people measure on, so that all have the same ruler, and at once. */
const shippedFolder = join(__dirname, '..', '..', '..', 'data', 'features');

/**
 * Opens the network of a data set, training it first when neither aigc nor the cache has it.
 * @throws DataError when the cache cannot be written
 */
export async function openFeatureNetwork(setting: FeatureNetworkSetting): Promise<OpenFeatureNetwork> {
  const { data } = setting;
  const teacher = teacherOf(data.train);
  const folder = setting.cache ?? ownFolder();
  const prefix = prefixOf(data.fingerprint, teacher);
  const steps = trainingSteps(data.train.count);
  const network = createFeatureNetwork(data.train, { teacher, classCount: data.train.classCount, steps });
  try {
    const sha256 =
      (await restoreFrom(shippedFolder, prefix, network, setting.warn)) ??
      (await restoreFrom(folder, prefix, network, setting.warn)) ??
      (await trainInto(folder, prefix, network, setting, steps));
    return {
      teacher,
      sha256,
      measure: async (images) => {
        const measured = await withFixedBits(() => measure(network, images));
        if (!measured.features.every(Number.isFinite)) throw notFinite(data.name);
        return measured;
      },
      dispose: () => network.dispose(),
    };
  } catch (error) {
    network.dispose();
    throw error;
  }
}

const ownFolder = () => join(cacheFolder(), 'features');

function prefixOf(fingerprint: string, teacher: Teacher): string {
  const kind = teacher === 'labels' ? '' : `${teacher}-`;
  return `${fingerprint.slice(0, 16)}-${kind}v${recipe.version}-`;
}

/** The classifier of data that is not at hand, when aigc or the user's cache has one. The caller disposes it. */
export async function findFeatureNetwork(data: {
  readonly fingerprint: string;
  readonly image: ImageShape;
  readonly classCount: number;
}): Promise<FeatureNetwork | undefined> {
  const { classCount } = data;
  if (classCount < 2) return undefined;
  const network = createFeatureNetwork(data.image, { teacher: 'labels', classCount, steps: 1 });
  for (const folder of [shippedFolder, ownFolder()])
    if (await restoreFrom(folder, prefixOf(data.fingerprint, 'labels'), network, undefined)) return network;
  network.dispose();
  return undefined;
}

/** The classifiers of digits that come with aigc, of MNIST and of the drawn ones. The caller disposes them. */
export async function digitClassifiers(): Promise<readonly Classifier[]> {
  const image = { height: 28, width: 28, channels: 1 };
  const found = await Promise.all(
    shippedDigits.map((fingerprint) => findFeatureNetwork({ fingerprint, image, classCount: 10 })),
  );
  return found.flatMap((network) => (network ? [classifierOf(network)] : []));
}

/** How the fingerprints of MNIST and of the drawn digits begin. */
const shippedDigits = ['5ff0df787addf4bb', 'dfb8a98b252c0ab8'];

/** No feature network's file is larger. */
const maxBytes = 2 ** 28;

/**
 * A network's file bears its checksum in its name: one that is damaged is known, and made anew.
 * @returns the checksum; undefined when there is none, or none to be trusted
 */
async function restoreFrom(
  folder: string,
  prefix: string,
  network: FeatureNetwork,
  warn: FeatureNetworkSetting['warn'],
): Promise<string | undefined> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(prefix) && one.endsWith(ending)).sort()) {
    const path = join(folder, name);
    const sha256 = name.slice(prefix.length, -ending.length);
    const bytes = await readWhole(path, maxBytes).catch((error: unknown) => {
      if (!(error instanceof DataError)) throw error;
      return Buffer.alloc(0);
    });
    if (hashOf(bytes) === sha256 && restore(network, decodeSafetensors(bytes, path), path)) return sha256;
    warn?.(`${path} is damaged: the feature network is made anew.`);
  }
  return undefined;
}

const ending = '.safetensors';

/** Other processes may write to the cache too, and none takes so long. */
const idleMs = 600_000;

/** @returns its checksum @throws DataError when training has led to nothing that measures */
async function trainInto(
  folder: string,
  prefix: string,
  network: FeatureNetwork,
  { data, onStep }: FeatureNetworkSetting,
  steps: number,
): Promise<string> {
  await makeFolder(folder);
  await sweepTemporaries(folder, idleMs);
  await train(network, data.train, steps, onStep);
  const tensors = await readVariables(weightsOf(network));
  if (!areNumbers(tensors)) throw notFinite(data.name);
  const bytes = encodeSafetensors(tensors);
  const sha256 = hashOf(bytes);
  for (const name of await readdir(folder))
    if (name.startsWith(prefix)) await rm(join(folder, name), { recursive: true, force: true });
  await writeFileAtomic(join(folder, prefix + sha256 + ending), bytes);
  return sha256;
}

const reportEverySteps = 20;

async function train(
  network: FeatureNetwork,
  set: AnySet,
  steps: number,
  onStep: FeatureNetworkSetting['onStep'],
): Promise<void> {
  const batchSize = Math.min(network.batchSize, set.count);
  const plan = planBatches(set.count, batchSize, recipe.seed);
  const source = { model: network, set, plan, range: 'minus-one-one', seed: recipe.seed } as const;
  const stepper = createStepper(network, set, batchSize, source.range, chooseCompiler('auto'));
  try {
    for (let done = 0; done < steps; ) {
      const inputs = gatherInputs(source, done);
      done += 1;
      const read = done % reportEverySteps === 0 || done === steps;
      const losses = await stepper.run(inputs, read);
      if (!losses) continue;
      onStep(done, steps, losses.crossEntropy as number);
      await new Promise(setImmediate);
    }
    await stepper.settle();
  } finally {
    stepper.dispose();
  }
}

/** @returns whether the network has these weights now: they must fit it, and be numbers */
function restore(
  network: FeatureNetwork,
  tensors: ReadonlyMap<string, StoredTensor>,
  folder: string,
): boolean {
  if (!areNumbers(tensors)) return false;
  try {
    restoreVariables(weightsOf(network), { folder, tensors });
    return true;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}

function areNumbers(tensors: ReadonlyMap<string, StoredTensor>): boolean {
  return [...tensors.values()].every(({ values }) => values.every(Number.isFinite));
}

function notFinite(name: string): DataError {
  return new DataError(`The feature network of ${name} gives no finite numbers.`, {
    hint: 'Measure with --metrics that need none (parzen, memorisation), or on another --backend.',
  });
}

const imagesAtOnce = 250;

async function measure(network: FeatureNetwork, images: ImageBytes): Promise<MeasuredImages> {
  const { count, height, width, channels } = images;
  const { classCount } = network;
  const features = new Float32Array(count * featureCount);
  const probabilities = new Float32Array(count * classCount);
  const set = { ...images, labels: undefined, classCount: 0 };
  for (let first = 0; first < count; first += imagesAtOnce) {
    const indices = Uint32Array.from({ length: Math.min(imagesAtOnce, count - first) }, (_, i) => first + i);
    const shape = [indices.length, height, width, channels] as [number, number, number, number];
    const found = tf.tidy(() =>
      network.classify(tf.tensor4d(gatherBatch(set, indices, 'minus-one-one'), shape)),
    );
    features.set(await found.features.data(), first * featureCount);
    if (found.probabilities) probabilities.set(await found.probabilities.data(), first * classCount);
    tf.dispose([found.features, found.probabilities ?? []]);
  }
  return { ...images, features, featureCount, classCount, ...(classCount > 0 && { probabilities }) };
}

/** A classifier that has seen these images alone, trained as the network of a set is.
 *  @param set labelled images */
export async function trainClassifier(set: ImageSet): Promise<Classifier> {
  const steps = trainingSteps(set.count);
  const network = createFeatureNetwork(set, { teacher: 'labels', classCount: set.classCount, steps });
  try {
    await train(network, set, steps, () => undefined);
  } catch (error) {
    network.dispose();
    throw error;
  }
  return classifierOf(network);
}

/** A network of no file. */
export type Classifier = Omit<OpenFeatureNetwork, 'sha256'>;

const classifierOf = (network: FeatureNetwork): Classifier => ({
  teacher: 'labels',
  measure: (images) => measure(network, images),
  dispose: () => network.dispose(),
});
