// Whether the figures of runs were measured alike: on as many images, against the same data, by the same network.

import type { Evaluation } from '../run/run-log';
import { grouped } from '../words';
import { figureSpec } from './figures';
import { isOf, type RunSummary } from './run-summary';

/** What must be alike, in words; undefined where a line does not tell. */
const terms: readonly ((line: Evaluation) => string | undefined)[] = [
  ({ data }) => words(data, (name) => `against ${name.split(/[\\/]/).at(-1)}`),
  ({ testImages }) => words(testImages, (count) => `${grouped(count)} test images`),
  ({ against, testImages }) => words(testImages, () => `of ${against ?? 'the test split'}`),
  ({ sampleCount }) => words(sampleCount, (count) => `${grouped(count)} samples`),
  ({ samplesPerImage }) => words(samplesPerImage, (count) => `${grouped(count)} importance samples`),
  ({ weights }) => words(weights, (which) => `${which} weights`),
  ({ evaluationSeed }) => words(evaluationSeed, (seed) => `evaluation seed ${seed}`),
  ({ featureNetwork }) => words(featureNetwork, (hash) => `feature network ${hash.slice(0, 12)}`),
];

function words<T>(value: T | undefined, say: (value: T) => string): string | undefined {
  return value === undefined ? undefined : say(value);
}

/** What a figure was measured on: "against mnist, 10,000 test images". */
export function protocolWords(line: Evaluation): string {
  return terms.flatMap((term) => term(line) ?? []).join(', ');
}

/** One sentence for each way in which figures of the same name were measured unlike each other. */
export function unlikeProtocols(runs: readonly RunSummary[], names: readonly string[]): string[] {
  const figures = [...new Set(runs.flatMap(({ evaluations }) => evaluations.map(({ figure }) => figure)))];
  const bySentence = new Map<string, string[]>();
  for (const figure of figures) {
    const measured = runs.flatMap(({ evaluations }, i) => {
      const line = evaluations.find((one) => one.figure === figure);
      return line ? [{ name: names[i] as string, line }] : [];
    });
    const unlike = terms.filter((term) => new Set(measured.flatMap(({ line }) => term(line) ?? [])).size > 1);
    if (unlike.length === 0) continue;
    const each = measured.map(
      ({ name, line }) => `${name}: ${unlike.map((term) => term(line) ?? 'unknown').join(', ')}`,
    );
    const sentence = each.join('; ');
    bySentence.set(sentence, [...(bySentence.get(sentence) ?? []), figureSpec(figure).label]);
  }
  return [...bySentence].map(
    ([sentence, labels]) =>
      `${labels.join(', ')} ${labels.length === 1 ? 'was' : 'were'} not measured alike. ${sentence}.`,
  );
}

/** One sentence for each run whose figures are of data that it was not trained on. */
export function foreignFigures(runs: readonly RunSummary[], names: readonly string[]): string[] {
  return runs.flatMap(({ evaluations, record }, i) => {
    const foreign = evaluations.filter((line) => !isOf(line, record.dataset.fingerprint));
    if (foreign.length === 0) return [];
    const labels = foreign.map(({ figure }) => figureSpec(figure).label).join(', ');
    const data = [...new Set(foreign.map((line) => line.data ?? 'other data'))].join(' and ');
    return [`${names[i]} was not trained on ${data}, against which its ${labels} was measured.`];
  });
}
