// How the sample grids of a run were made, to be said in them.
import { commandLine, lastName } from '../config/command-line';
import { callOptions, trainOptions } from '../config/train-options';
import type { Provenance } from '../images/provenance';
import { fewestAsked } from '../models';
import { weightsSha256 } from '../run/checkpoint';
import { version } from '../version';
import type { Session } from './open-session';
import { weightsAt } from './save';

/** What of the options that all families share decides a step or the grid itself. Not how long the run is to be: what is
 *  trained until a step is the same for runs that go on from there and for those that do not. */
const { init, rollbacks, onCollapse, grid } = trainOptions;
const shared = { init, rollbacks, onCollapse, grid, compile: callOptions.compile };

/** The command trains anew until the step, and ends with this grid. The hash is that of the checkpoint of this step, which
 *  is written after the grid. */
export async function provenanceOfGrid(session: Session, step: number): Promise<Provenance> {
  const { family, options, values, call, data, backendName } = session;
  const words = ['aigc', 'train', '--model', family.file?.name ?? family.name, '--data', lastName(data.name)];
  const length = ['--steps', String(step), '--seed', String(values.seed), '--backend', backendName];
  return {
    source: 'trainedAlgorithmicMedia',
    version,
    model: {
      family: family.name,
      step,
      weightsSha256: weightsSha256(await weightsAt(session, step)),
      data: lastName(data.name),
      dataFingerprint: data.fingerprint,
    },
    seed: values.seed,
    command: commandLine(
      [...words, ...length],
      { ...shared, ...family.options },
      { ...values, compile: call.compile, ...withoutDefaults(family, options) },
    ),
  };
}

/** Options that follow from others need not be said; what follows from the length must be. */
function withoutDefaults(family: Session['family'], options: Session['options']) {
  const none = Object.fromEntries(Object.keys(options).map((name) => [name, undefined]));
  return { ...none, ...fewestAsked(family, options) };
}
