// Reads what a run logged: metrics.jsonl and evaluations.jsonl, line by line, past lines that are damaged.
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { fileError } from '../files';

const figures = z.record(z.string(), z.number());

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
    imagesPerSecond: z.number(),
    seconds: z.number().nonnegative(),
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
  /** The data set that it was measured against, and what tells it from others. */
  data: z.string().optional(),
  fingerprint: z.string().optional(),
  testImages: z.number().optional(),
  samplesPerImage: z.number().optional(),
  /** Images that were drawn. */
  sampleCount: z.number().optional(),
  evaluationSeed: z.number().optional(),
  featureNetwork: z.string().optional(),
  /** The same figure of real images. */
  real: z.object({ mean: z.number(), standardError: z.number().optional() }).optional(),
});

export type LogLine = z.infer<typeof lineSchema>;
export type Evaluation = z.infer<typeof evaluationSchema>;

export interface Log<T> {
  readonly lines: readonly T[];
  /** Lines that are no events, or not whole. Not among them: events of other kinds, such as roll-backs, and the half
   *  line that a writer leaves at the end. */
  readonly damaged: number;
}

/** @returns no lines when there is no such file @throws DataError when it cannot be read */
export const readMetrics = (path: string): Promise<Log<LogLine>> => readLog(path, lineSchema);

/** @returns no lines when there is no such file @throws DataError when it cannot be read */
export const readEvaluations = (path: string): Promise<Log<Evaluation>> => readLog(path, evaluationSchema);

async function readLog<T>(path: string, schema: z.ZodType<T>): Promise<Log<T>> {
  const content = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw fileError(error, path, 'read');
  });
  const all = content.split('\n');
  all.pop(); // After the last line's end: nothing, or the half line that is being written.
  const parsed = all
    .filter((line) => line.trim() !== '')
    .map(objectOf)
    .filter((value) => !isOther(value))
    .map((value) => schema.safeParse(value));
  const lines = parsed.flatMap((result) => (result.success ? [result.data] : []));
  return { lines, damaged: parsed.length - lines.length };
}

/** An event that these logs do not tell of. */
function isOther(value: unknown): boolean {
  const event = typeof value === 'object' && value !== null && 'event' in value ? value.event : undefined;
  return typeof event === 'string' && !['step', 'epoch', 'metric'].includes(event);
}

function objectOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * The training time at each logged step, seconds from the run's beginning, pauses between its calls left out. A step's
 * line tells the rate since the line before; an epoch's, how long it took since the epoch before or since a resumed call
 * began, with the figures on held-out data, which no step's rate holds.
 * @param batchSize images a step
 * @returns one for each line
 */
export function secondsAt(lines: readonly LogLine[], batchSize: number): number[] {
  const marks: { step: number; seconds: number }[] = [{ step: 0, seconds: 0 }];
  return lines.map((line) => {
    const last = marks[marks.length - 1] as { step: number; seconds: number };
    const rate = line.imagesPerSecond / batchSize; // steps a second
    let seconds = last.seconds;
    if (line.event === 'epoch') {
      const began = line.step - Math.round(line.seconds * rate);
      const before = [...marks].reverse().find(({ step }) => step <= began) ?? { step: began, seconds: 0 };
      seconds = Math.max(seconds, before.seconds + line.seconds);
    } else if (rate > 0) seconds += Math.max(0, line.step - last.step) / rate;
    marks.push({ step: line.step, seconds });
    return seconds;
  });
}
