// How a model was made, for its page: from the run that its checkpoint lies in, where there is one.
import { type RunSummary, readRunSummary } from '../../compare/run-summary';
import { lastName } from '../../config/command-line';
import { flagWords } from '../../config/option';
import { DataError } from '../../errors';
import { thumbnailWebp } from '../../images/picture';
import { PictureError } from '../../images/picture-error';
import { figureCalled } from '../../metrics';
import type { LossSpec } from '../../models/family';
import type { Curve, Figure, Story } from '../../page/page-data';
import { runOfCheckpoint } from '../../run/run-folder';
import type { Evaluation } from '../../run/run-log';
import type { SavedModel } from '../../use/open-model';
import { version } from '../../version';
import { fixed, grouped, measured, printableLine, shellWord } from '../../words';
import { epochGrids, spread } from '../epoch-grids';

/** Of the film; a longer run shows some of its epochs, evenly spread, and the last. */
const mostFrames = 20;
const frameWidth = 360;
const mostCurves = 3;
const mostPoints = 300;

/** @param warn told when the run's own files cannot be read: the page then says less */
export async function readStory(
  saved: SavedModel,
  precision: Story['precision'],
  warn: (line: string) => void,
): Promise<Story> {
  const { manifest, family, model, folder } = saved;
  const run = await readRunOf(folder, warn);
  return {
    version,
    sha256: manifest.weights.sha256,
    precision,
    dataset: lastName(manifest.dataset.name),
    command: run && commandOf(run, manifest.step),
    backend: run?.record.backend,
    papers: family.papers,
    parameters: model.parameterCounts,
    film: run ? await filmOf(run) : [],
    curves: run ? curvesOf(run, saved) : [],
    figures: run ? figuresOf(run, manifest.step) : [],
  };
}

async function readRunOf(checkpoint: string, warn: (line: string) => void): Promise<RunSummary | undefined> {
  const folder = await runOfCheckpoint(checkpoint);
  if (!folder) return undefined;
  try {
    return await readRunSummary(folder.path);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    warn(`${error.message} The page does not tell how the model was made.`);
    return undefined;
  }
}

/** The words that train to this step anew. */
function commandOf({ record }: RunSummary, step: number): string {
  const { model, data, epochs, steps, maxMinutes: _minutes, ...others } = record.asked ?? record.config;
  const isEnd = record.status === 'finished' && record.step === step;
  const length = isEnd ? { epochs, steps } : { steps: step };
  const values = Object.entries({ model, data, ...length, ...others }).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  const named = values.map(([name, value]) => [name, typeof value === 'string' ? lastName(value) : value]);
  const words = ['aigc', 'train', ...flagWords(Object.fromEntries(named))];
  return words.map((word) => shellWord(printableLine(word))).join(' ');
}

async function filmOf({ folder }: RunSummary): Promise<Story['film']> {
  const frames = [];
  for (const { path, epoch } of spread(await epochGrids(folder), mostFrames)) {
    const image = await thumbnailWebp(path, frameWidth).catch((error: unknown) => {
      if (error instanceof PictureError || error instanceof DataError) return undefined;
      throw error;
    });
    if (image) frames.push({ epoch, image: `data:image/webp;base64,${image.toString('base64')}` });
  }
  return frames;
}

/** What was measured on test images after each epoch, or the losses where nothing was. */
function curvesOf({ history }: RunSummary, { model }: SavedModel): Curve[] {
  const epochs = history.flatMap(({ line }) => (line.event === 'epoch' ? [line] : []));
  const held = model.heldOut?.figures ?? [];
  const curve = ({ name, label, unit = '' }: LossSpec, from: 'heldOut' | 'losses', kind: string): Curve => ({
    label: `${label}${kind}`,
    unit,
    points: spread(
      epochs.flatMap(({ epoch, [from]: figures }) => {
        const value = figures?.[name];
        return value === undefined ? [] : [[epoch, value] as const];
      }),
      mostPoints,
    ),
  });
  const curves = [
    ...held.map((spec) => curve(spec, 'heldOut', ', test')),
    ...(held.length > 0 ? [] : model.losses.map((spec) => curve(spec, 'losses', ''))),
  ];
  return curves.filter(({ points }) => points.length > 1).slice(0, mostCurves);
}

function figuresOf({ evaluations }: RunSummary, step: number): Figure[] {
  return evaluations
    .filter((evaluation) => evaluation.step === step)
    .map((evaluation) => {
      const { figure, mean, standardError, unit = '' } = evaluation;
      const label = figureCalled(figure)?.label ?? figure;
      const value =
        standardError === undefined ? `${fixed(mean, 3)} ${unit}` : measured(mean, standardError, unit);
      return { label, value: value.trim(), protocol: protocolOf(evaluation) };
    });
}

function protocolOf({
  sampleCount,
  testImages,
  samplesPerImage,
  data,
  against,
  real,
  featureNetwork,
}: Evaluation): string {
  const parts = [
    sampleCount === undefined ? undefined : `${grouped(sampleCount)} samples`,
    testImages === undefined
      ? undefined
      : `${grouped(testImages)} ${against === undefined ? 'test images' : 'images'}${heldAgainst(against, data)}`,
    samplesPerImage === undefined ? undefined : `${grouped(samplesPerImage)} draws an image`,
    featureNetwork === undefined ? undefined : `features ${featureNetwork.slice(0, 12)}`,
    real === undefined ? undefined : `real images: ${fixed(real.mean, 3)}`,
  ];
  return parts.filter((part) => part !== undefined).join(', ');
}

/** " of mnist", or what stood for its test split. */
function heldAgainst(against: string | undefined, data: string | undefined): string {
  if (against !== undefined && against !== 'held-out') return ` of ${lastName(against)}`;
  const of = data === undefined ? '' : ` of ${lastName(data)}`;
  return against === undefined ? of : ` held out${of}`;
}
