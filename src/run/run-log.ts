// What a run logged: the lines of metrics.jsonl and evaluations.jsonl, and the one parser of them.
import { z } from 'zod';
import { recordOf } from '../json';
import { parseLine, readLines, type TextLine } from './json-lines';

const figures = recordOf(z.number());

const lineSchema = z.discriminatedUnion('event', [
  z.object({
    event: z.literal('step'),
    step: z.number().int().positive(),
    losses: figures,
    imagesPerSecond: z.number(),
  }),
  z.object({
    event: z.literal('epoch'),
    step: z.number().int().positive(),
    epoch: z.number().int().positive(),
    losses: figures,
    heldOut: figures.optional(),
    /** How the samples compared with real images, in epochs that were looked at. */
    collapse: z
      .object({
        diversity: z.number(),
        separation: z.number(),
        likeness: z.number(),
        coverage: z.number(),
        labelEntropy: z.number().optional(),
        missingClasses: z.array(z.number()).optional(),
        expectedClasses: z.number().optional(),
      })
      .optional()
      .catch(undefined),
    imagesPerSecond: z.number(),
    seconds: z.number().nonnegative(),
  }),
  z.object({
    event: z.literal('collapse'),
    step: z.number().int().nonnegative(),
    epoch: z.number().int().positive(),
    sinceEpoch: z.number().int().positive(),
    message: z.string(),
    outcome: z.enum(['warn', 'rollback', 'stop']),
  }),
  z.object({
    event: z.literal('rollback'),
    step: z.number().int().nonnegative(),
    toStep: z.number().int().nonnegative(),
    learningRateScale: z.number().positive(),
    reason: z.string(),
  }),
]);

const evaluationSchema = z.object({
  event: z.literal('metric'),
  figure: z.string(),
  mean: z.number(),
  standardError: z.number().optional(),
  unit: z.string().optional(),
  step: z.number().int().nonnegative().optional(),
  weights: z.string().optional(),
  /** Of a model that draws in steps. */
  drawSteps: z.number().optional(),
  /** The data set that it was measured against, and what tells it from others. */
  data: z.string().optional(),
  fingerprint: z.string().optional(),
  testImages: z.number().optional(),
  /** What it was held against, where that is no test split. */
  against: z.string().optional(),
  samplesPerImage: z.number().optional(),
  /** Images that were drawn. */
  sampleCount: z.number().optional(),
  evaluationSeed: z.number().optional(),
  featureNetwork: z.string().optional(),
  /** The same figure of real images. */
  real: z.object({ mean: z.number(), standardError: z.number().optional() }).optional(),
});

export type LogLine = z.infer<typeof lineSchema>;
export type StepLine = Extract<LogLine, { event: 'step' }>;
export type EpochLine = Extract<LogLine, { event: 'epoch' }>;
/** A line of figures. */
export type TrainingLine = StepLine | EpochLine;

export const isTrainingLine = (line: LogLine): line is TrainingLine =>
  line.event === 'step' || line.event === 'epoch';

/** What a line of metrics.jsonl says, if it is one. */
export const parseMetricsLine = (text: string): LogLine | undefined => parseLine(text, lineSchema);

export type Evaluation = z.infer<typeof evaluationSchema>;

/** One line of a log. */
export interface Logged<T> extends TextLine {
  /** Undefined for a line that is no event, or not whole. */
  readonly value: T | undefined;
}

/** The lines of a log, one at a time; none when there is no such file. Events of other kinds are not among them.
 *  @param from the byte to begin at
 *  @throws DataError when it cannot be read */
export const readMetrics = (path: string, from = 0): AsyncGenerator<Logged<LogLine>> =>
  readLog(path, lineSchema, from);

/** The same of evaluations.jsonl. */
export const readEvaluations = (path: string): AsyncGenerator<Logged<Evaluation>> =>
  readLog(path, evaluationSchema);

async function* readLog<T>(path: string, schema: z.ZodType<T>, from = 0): AsyncGenerator<Logged<T>> {
  for await (const line of readLines(path, from)) {
    const { text, whole, end } = line; // Spreading it would take as long as parsing it.
    if (text.trim() === '') continue;
    const value = parseLine(text, schema);
    if (value === undefined && parseLine(text, otherEvent) !== undefined) continue;
    yield { text, whole, end, value };
  }
}

/** An event that these logs do not tell of. */
const otherEvent = z.object({
  event: z.string().refine((event) => !['step', 'epoch', 'collapse', 'rollback', 'metric'].includes(event)),
});

/** Whether a line is damaged: not the half line that a writer at work leaves at the end. */
export const isDamaged = ({ value, whole }: Logged<unknown>): boolean => value === undefined && whole;

/** How many marks of its time a clock keeps: in a longer log it looks back less closely. */
const mostMarks = 2 ** 17;

/**
 * The training time at each logged step, seconds from the run's beginning, pauses between its calls left out. A step's
 * line tells the rate since the line before; an epoch's, how long it took since the epoch before or since a resumed call
 * began, with the figures on held-out data, which no step's rate holds.
 * @param batchSize images a step
 * @returns told of the lines in order, gives the time at each
 */
export function createClock(batchSize: number): (line: LogLine) => number {
  // Steps rise along the marks: a later mark of an earlier step stands for those that it is below.
  let marks: { readonly step: number; readonly seconds: number }[] = [{ step: 0, seconds: 0 }];
  let last = marks[0] as { readonly step: number; readonly seconds: number };
  return (line) => {
    if (!isTrainingLine(line)) return last.seconds;
    const rate = line.imagesPerSecond / batchSize; // steps a second
    let { seconds } = last;
    if (line.event === 'epoch') {
      const began = line.step - Math.round(line.seconds * rate);
      seconds = Math.max(seconds, secondsUpTo(marks, began) + line.seconds);
    } else if (rate > 0) seconds += Math.max(0, line.step - last.step) / rate;
    last = { step: line.step, seconds };
    while (marks.length > 0 && (marks.at(-1) as { step: number }).step >= line.step) marks.pop();
    marks.push(last);
    if (marks.length > mostMarks) marks = marks.filter((_, i) => i % 2 === 0 || i === marks.length - 1);
    return seconds;
  };
}

/** The time at the last mark that is not beyond `step`; 0 when there is none. */
function secondsUpTo(
  marks: readonly { readonly step: number; readonly seconds: number }[],
  step: number,
): number {
  let low = 0;
  let high = marks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((marks[middle] as { step: number }).step <= step) low = middle + 1;
    else high = middle;
  }
  return marks[low - 1]?.seconds ?? 0;
}
