// `aigc evaluate`: measures a trained model, or any images, by the field's measures.
import type { Command } from 'commander';
import { idleFlags, type RawValues, resolveOptions } from '../../config/resolve';
import { environmentValues } from '../../config/shared-options';
import { UsageError } from '../../errors';
import { findMetric, metrics } from '../../metrics';
import type { Metric } from '../../metrics/metric';
import { nll } from '../../metrics/nll';
import { parseThresholds } from '../../metrics/thresholds';
import { openOutput } from '../../output';
import { addOutputFlags, type CommandModule } from '../command';
import { addOptionFlags } from '../options';
import { addReadingFlags, foldReading } from '../reading';
import { runEvaluation } from './evaluation';
import { type EvaluateValues, evaluateOptions } from './options';

const nameWidth = 2 + Math.max(...metrics.map(({ name }) => name.length));

export const evaluate: CommandModule = {
  configure(command: Command, context) {
    addOptionFlags(addOutputFlags(command), evaluateOptions);
    addReadingFlags(command);
    command.addHelpText(
      'after',
      [
        '\nMetrics:',
        ...metrics.map(({ name, summary }) => `  ${name.padEnd(nameWidth)}${summary}`),
        '\nExamples:',
        '  $ aigc evaluate --checkpoint ./ckpt',
        "  $ aigc evaluate --checkpoint ./ckpt --metrics fid,coverage --fail-if 'fid>20'",
        '  $ aigc evaluate --samples drawn.idx3-ubyte.gz --data mnist',
        '  $ aigc evaluate --samples drawn/ --against photographs/',
      ].join('\n'),
    );
    command.action(async (given: RawValues) => {
      const output = openOutput(context, given);
      const flags = foldReading(given, ['samples', 'against', 'data']);
      const values = resolveOptions(evaluateOptions, flags, environmentValues());
      checkTogether(values);
      const thresholds = values.failIf === undefined ? [] : parseThresholds(values.failIf);
      const asked = askedMetrics(
        values,
        thresholds.map(({ metric }) => metric),
      );
      const idle = [...idleFlags(evaluateOptions, flags, values), ...idleForMetrics(flags, asked)];
      for (const line of idle) output.warn(line);
      await runEvaluation(values, { asked, thresholds, namesWeights: flags.weights !== undefined }, output);
    });
  },
};

/** @throws UsageError for options that exclude each other */
function checkTogether(values: EvaluateValues): void {
  const { samples, checkpoint, data, against, features, testFeatures } = values;
  if (samples !== undefined && checkpoint !== undefined) {
    throw new UsageError('--samples and --checkpoint both say what to measure.', {
      hint: 'Give one of them.',
    });
  }
  if (samples !== undefined && data === undefined && against === undefined) {
    throw new UsageError('--samples needs --data or --against: what to hold the images against.', {
      hint: 'For example: --data mnist, or --against FOLDER.',
    });
  }
  if ((features === undefined) !== (testFeatures === undefined)) {
    throw new UsageError('--features and --test-features go together.', {
      hint: 'Give both, made by the same network.',
    });
  }
  if (features !== undefined && samples === undefined) {
    throw new UsageError('--features needs --samples: the images that the features are of.', {
      hint: 'Draw them first: aigc sample --count 10000 --out drawn.npy.',
    });
  }
}

/** The same for what no value of another option says. */
function idleForMetrics(flags: RawValues, asked: readonly Metric[] | undefined): string[] {
  if (flags.samplesPerImage === undefined || asked?.includes(nll)) return [];
  return ['--samples-per-image has no effect: only nll reads it, and --metrics has it not.'];
}

/** @returns undefined when --metrics was left out: then the quick ones that there can be, and `needed` */
function askedMetrics(
  { metrics: list }: EvaluateValues,
  needed: readonly Metric[],
): readonly Metric[] | undefined {
  if (list === undefined) {
    const some = needed.filter(({ slow }) => slow);
    return some.length === 0 ? undefined : metrics.filter(({ slow }) => !slow).concat(some);
  }
  if (list.trim() === 'all') return metrics;
  const named = list.split(',').map((name) => findMetric(name.trim()));
  return [...new Set([...named, ...needed])];
}
