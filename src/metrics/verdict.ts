// What the figures of samples come to, in two sentences: how near to real images they are, and what they lack.
import { counted, listed } from '../words';
import type { Estimates, SampleEvaluation } from './metric';
import { sharpness } from './sharpness';

export interface Verdict {
  /** Shares of images as good as real ones that would have the samples' figures, 0 … 1. */
  readonly looks: number;
  readonly variety: number;
  /** Names of what is lacking: "missing-classes", "blur", … */
  readonly lacking: readonly string[];
  readonly sentences: readonly [nearness: string, lack: string];
}

/** Of the lower of both shares: docs/metrics.md tells of the experiments. */
const nearness = [
  { from: 0.95, words: 'As good as real images, as far as these figures see' },
  { from: 0.8, words: 'Near to real images' },
  { from: 0.5, words: 'Some way from real images' },
  { from: 0, words: 'Far from real images' },
] as const;

/** Detail beside that of real images: blur by half a pixel has 0.5 to 0.6 of it, noise of 20 levels 1.3 to 1.5. */
const detail = { blurred: 0.8, noisy: 1.25 };
const littleVariety = 0.8;
/** Beside what chance brings: unseen images have 0.01 and within ± 3. */
const copied = { copies: 0.05, cT: -3 };
/** Total variation distance, and standard errors beyond that of real images. */
const uneven = { distance: 0.05, errors: 3 };

/**
 * @param estimates of the samples, by the names that metrics declare
 * @param real those of real images, where there are such
 * @returns undefined without clipped density and coverage
 */
export function verdictOf(
  { samples, test }: Pick<SampleEvaluation, 'samples' | 'test'>,
  estimates: Estimates,
  real: Estimates,
): Verdict | undefined {
  const share = (name: string) => {
    const [own, floor] = [estimates[name]?.mean, real[name]?.mean ?? 1];
    return own === undefined ? undefined : floor > 0 ? Math.min(1, own / floor) : 0;
  };
  const [looks, variety] = [share('clippedDensity'), share('clippedCoverage')];
  if (looks === undefined || variety === undefined) return undefined;
  const lacks = [
    ...lackOfClasses(estimates, real, test.classCount),
    ...lackOfDetail(sharpness(samples), sharpness(test)),
    ...(variety < littleVariety
      ? [{ name: 'variety', words: `variety, ${percent(variety)} of what real images have` }]
      : []),
    ...lackOfNew(estimates),
  ];
  const near = nearness.find(({ from }) => Math.min(looks, variety) >= from)?.words;
  return {
    looks,
    variety,
    lacking: lacks.map(({ name }) => name),
    sentences: [
      `${near}: ${percent(looks)} would pass by their looks, ${percent(variety)} by their variety.`,
      lacks.length === 0
        ? 'Nothing is found wanting of classes, sharpness, variety and newness.'
        : `What is wanting: ${listed(lacks.map(({ words }) => words))}.`,
    ],
  };
}

interface Lack {
  readonly name: string;
  readonly words: string;
}

const percent = (share: number) => `${Math.round(100 * share)} %`;

function lackOfClasses(
  { missingClasses, labelDistance }: Estimates,
  real: Estimates,
  classCount: number,
): Lack[] {
  const missing = Math.round(missingClasses?.mean ?? 0);
  if (missing > 0)
    return [{ name: 'missing-classes', words: `${missing} of ${counted(classCount, 'class', 'classes')}` }];
  if (!labelDistance) return [];
  const floor = real.labelDistance ?? { mean: 0, standardError: 0 };
  const error = Math.hypot(labelDistance.standardError, floor.standardError);
  const beyond = labelDistance.mean - floor.mean;
  if (beyond < uneven.distance || beyond < uneven.errors * error) return [];
  return [
    { name: 'uneven-classes', words: `balance: ${percent(labelDistance.mean)} would have to change class` },
  ];
}

function lackOfDetail(samples: number, test: number): Lack[] {
  const share = test > 0 ? samples / test : 1;
  if (share < detail.blurred)
    return [{ name: 'blur', words: `sharpness: ${percent(share)} of the detail of real images` }];
  return share > detail.noisy
    ? [{ name: 'noise', words: `cleanness: ${percent(share)} of the detail of real images, as noise has` }]
    : [];
}

function lackOfNew({ copies, cT }: Estimates): Lack[] {
  if (!copies || !cT || copies.mean < copied.copies || cT.mean > copied.cT) return [];
  return [
    { name: 'copies', words: `newness: ${percent(copies.mean)} are as near to training images as copies` },
  ];
}
