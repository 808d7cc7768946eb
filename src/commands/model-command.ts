// The skeleton of the commands that use a trained model: sample, interpolate, reconstruct, encode.
import type { Options, OptionValues } from '../config/option';
import { idleFlags, type RawValues, resolveOptions } from '../config/resolve';
import { environmentValues } from '../config/shared-options';
import type { Provenance } from '../images/provenance';
import { type Lines, type Output, type OutputEvent, openOutput } from '../output';
import type { SavedModel } from '../use/open-model';
import { provenanceOf } from '../use/provenance';
import { addOutputFlags, type CommandModule } from './command';
import { type OpenValues, openForUse, warnOfIdleWeights } from './model-input';
import { addOptionFlags } from './options';
import { checkOut } from './out';
import { addReadingFlags, foldReading } from './reading';

/** What a command has done: its event, to which the skeleton adds the model, and a line for people. */
export interface Done {
  readonly event: OutputEvent;
  /** @param subject "the vae at step 468" */
  lines(subject: string): Lines;
}

interface ModelCommand<O extends Options, R> {
  readonly name: string;
  readonly options: O;
  /** What follows `aigc` in the example of the help. */
  readonly example: string;
  /** Checks the options, and reads from them what can be read without the model. */
  request(values: OptionValues<O>): R;
  /** Where it is written to, when that does not follow from `--out` alone. */
  outOf?(request: R): string;
  /** What `--out` is; a file unless it says otherwise. */
  outKind?(request: R): 'file' | 'folder';
  /** Flags that were given and do nothing, a line each, besides those that their options declare. */
  idle?(flags: RawValues, request: R): readonly string[];
  /** Does it, and writes what comes of it.
   *  @param provenance what files of drawn images are to say; undefined when nothing */
  use(saved: SavedModel, request: R, output: Output, provenance: Provenance | undefined): Promise<Done>;
}

/** What every such command has among its options. */
type Shared = OpenValues & { readonly out?: string | undefined; readonly provenance?: boolean };

/** Opens the model when all that can be checked without it has been, and disposes it whatever comes. */
export function modelCommand<O extends Options, R>(spec: ModelCommand<O, R>): CommandModule {
  return {
    configure(command, context) {
      addOptionFlags(addOutputFlags(command), spec.options);
      const named = ['input', 'data'].filter((name) => name in spec.options);
      const own = Object.keys(spec.options);
      if (named.length > 0) addReadingFlags(command, own);
      command.addHelpText('after', `\nExample:\n  $ aigc ${spec.example}`);
      command.action(async (given: RawValues) => {
        const output = openOutput(context, given);
        const flags = foldReading(given, named, own);
        const values = resolveOptions(spec.options, flags, environmentValues());
        const shared = values as unknown as Shared;
        const request = spec.request(values);
        const out = spec.outOf?.(request) ?? (shared.out as string);
        await checkOut(out, spec.outKind?.(request));
        const idle = [...idleFlags(spec.options, flags, values), ...(spec.idle?.(flags, request) ?? [])];
        for (const line of idle) output.warn(line);
        const saved = await openForUse(shared, output);
        try {
          if (flags.weights !== undefined) warnOfIdleWeights(saved, output);
          const provenance = shared.provenance
            ? provenanceOf(saved, spec.name, spec.options, values)
            : undefined;
          const { event, lines } = await spec.use(saved, request, output, provenance);
          const { family, step } = saved.manifest;
          output.result(
            { event: spec.name, out, ...event, checkpoint: saved.folder, family, step },
            lines(`the ${family} at step ${step}`),
          );
        } finally {
          saved.model.dispose();
        }
      });
    },
  };
}
