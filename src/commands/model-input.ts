// What the commands that use a trained model share: the model, and its classes.
import { labelsOption, parseLabels } from '../config/labels';
import { choice, integer, text } from '../config/option';
import { type Classes, classList, presentClasses } from '../dataset/classes';
import { UsageError } from '../errors';
import { open, start } from '../library/open';
import type { Output } from '../output';
import type { SavedModel } from '../use/open-model';

export const checkpointOption = text({
  placeholder: 'DIR',
  description: 'a run folder, RUN/best, or one checkpoint of it',
  default: './ckpt',
});

export const weightsOption = choice(['average', 'last'], {
  description: 'the average of the weights, where the model keeps one, or those of the last step',
  default: 'average',
});

export const drawStepsOption = integer({
  description: 'steps from noise to image, of a model that draws in steps (default: its own --draw-steps)',
  min: 1,
  max: 1000,
});

export const classesOption = labelsOption({
  description: 'the classes, such as 3, 1,3,5, 0-9 or cat,dog, for a model that learns them',
});

export const familyFileOption = text({
  placeholder: 'FILE.js',
  description: "the file that defines the model family, of one that is none of aigc's own",
});

/** What opens a model. */
export interface OpenValues {
  readonly checkpoint: string;
  readonly model: string | undefined;
  readonly backend: string;
  readonly threads: number | undefined;
  readonly drawSteps?: number | undefined;
}

/** Opens the model and starts the backend, and says which. The caller disposes the model. */
export async function openForUse(values: OpenValues, output: Output): Promise<SavedModel> {
  const { checkpoint, model, backend, threads, drawSteps } = values;
  const asked = { checkpoint, model, backend, threads, drawSteps };
  const saved = await open({
    ...asked,
    onWarning: output.warn,
    onBackend: (words) => output.progress(words),
  });
  if (drawSteps !== undefined && !('drawSteps' in saved.family.options))
    output.warn(`--draw-steps has no effect: the ${saved.family.name} draws at once.`);
  return saved;
}

/** For who gives --weights. */
export function warnOfIdleWeights({ model }: SavedModel, output: Output): void {
  if ([...model.kinds.values()].some(({ kind }) => kind === 'average')) return;
  output.warn('--weights has no effect: the model keeps no average of its weights.');
}

/** Starts the backend, and says which. */
export async function startForUse(
  { backend, threads }: Pick<OpenValues, 'backend' | 'threads'>,
  output: Output,
): Promise<void> {
  await start({ backend, threads, onBackend: (words) => output.progress(words) });
}

/**
 * The classes that `--labels` names.
 * @returns undefined when it was not given
 * @throws UsageError when the model learns no classes, or none of these
 */
export function namedClasses(
  list: string | undefined,
  { family, classes }: SavedModel,
  output: Output,
): number[] | undefined {
  if (list === undefined) return undefined;
  if (!family.conditional) {
    throw new UsageError(`--labels ${list}: this ${family.name} does not learn classes.`, {
      hint: 'Leave it out, or train a model that does: `aigc models` lists them.',
    });
  }
  const named = parseLabels(list, classes);
  warnOfAbsent(
    classes.absent.filter((label) => named.includes(label)),
    classes,
    output,
  );
  return named;
}

/** Says which classes a model was shown no image of, and yet is to draw. */
export function warnOfAbsent(asked: readonly number[], classes: Classes, output: Output): void {
  if (asked.length === 0) return;
  output.warn(
    `The model was trained on no image of ${classList(asked, classes)}: what it draws of it is chance.`,
  );
}

/** The classes that a model draws when none is named: those that it saw. */
export function seenClasses({ classes }: SavedModel, output: Output): number[] {
  const { absent } = classes;
  if (absent.length > 0) {
    output.warn(
      `The model was trained on no image of ${classList(absent, classes)}: not drawn unless --labels asks for it.`,
    );
  }
  return presentClasses(classes);
}
