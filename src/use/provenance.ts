// How what a trained model draws was made, to be said in the files that show it.
import { commandLine, lastName } from '../config/command-line';
import type { Options } from '../config/option';
import { idleBecause, type RawValues } from '../config/resolve';
import type { Provenance } from '../images/provenance';
import { checkpointFolder } from '../run/checkpoint';
import { version } from '../version';
import type { SavedModel } from './open-model';

/** Options that say where things lie or what is said besides; what they decide of the pixels is put into the command. */
const elsewhere = ['checkpoint', 'backend', 'threads', 'seed', 'out', 'outData', 'provenance'];

/**
 * @param name of the command that draws
 * @param values of its options; its own seed always stands in the command, and the backend that computes: another has
 *   other last bits
 */
export function provenanceOf(
  { manifest, backend }: Pick<SavedModel, 'manifest' | 'backend'>,
  name: string,
  options: Options,
  values: RawValues,
): Provenance {
  const { family, step, weights, dataset } = manifest;
  const own = Object.fromEntries(Object.entries(options).filter(([key]) => !elsewhere.includes(key)));
  const seed =
    options.seed && idleBecause(options.seed, values) ? undefined : (values.seed as number | undefined);
  const words = ['aigc', name, '--checkpoint', checkpointFolder('checkpoints', step)];
  return {
    source: 'trainedAlgorithmicMedia',
    version,
    model: {
      family,
      step,
      weightsSha256: weights.sha256,
      data: lastName(dataset.name),
      dataFingerprint: dataset.fingerprint,
    },
    seed,
    command: commandLine(
      [...words, ...(seed === undefined ? [] : ['--seed', String(seed)]), '--backend', backend],
      own,
      values,
    ),
  };
}
