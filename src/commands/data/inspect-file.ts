// `aigc data inspect`: what files say of how they were made.
import { type FoundProvenance, readProvenance } from '../../images/xmp-reader';
import type { Output } from '../../output';
import { printableLine } from '../../words';

/** What is no set of images: pictures one by one, films and pages. */
export const isAlone = (path: string) => /\.(png|gif|webp|mp4|jpe?g|svg|html?|xmp)$/i.test(path);

/** @throws DataError when the file cannot be read */
export async function inspectFile(path: string, output: Output): Promise<void> {
  const found = await readProvenance(path);
  const lines = found
    ? [`${path} says how it was made:`, ...provenanceLines(found)]
    : `${path} says nothing of how it was made.`;
  output.result({ event: 'inspection', name: path, ...provenanceEvent(found) }, lines);
}

export function provenanceEvent(found: FoundProvenance | undefined): { readonly provenance?: object } {
  if (!found) return {};
  const { made, ...others } = found;
  return { provenance: { ...made, ...others } };
}

const sourceWords: Readonly<Record<string, string>> = {
  trainedAlgorithmicMedia: 'generated: drawn by a trained model',
  compositeSynthetic: 'generated in part: drawn by a model, beside images that were not',
  compositeWithTrainedAlgorithmicMedia: 'changed by a generative model',
  algorithmicMedia: 'drawn by code, not by a trained model',
};

/** What each property is called for people, in the order in which they are shown. */
const titles = {
  source: 'source',
  tool: 'made by',
  family: 'model',
  data: 'trained on',
  dataFingerprint: 'fingerprint',
  step: 'step',
  weightsSha256: 'weights',
  seed: 'seed',
  command: 'command',
} as const;

/** A value may hold anything, and be as long as a packet. */
const maxLetters = 1000;

export function provenanceLines({
  source = '',
  tool = '',
  toolVersion = '',
  made,
}: FoundProvenance): string[] {
  const words = sourceWords[source];
  const values: Readonly<Record<string, string | undefined>> = {
    ...made,
    source: words ? `${words} (${source})` : source,
    tool: tool.endsWith(toolVersion) ? tool : `${tool}, version ${toolVersion}`,
  };
  return Object.entries(titles).flatMap(([name, title]) => {
    const value = values[name];
    return value ? [`  ${title.padEnd(11)} ${printableLine(value).slice(0, maxLetters)}`] : [];
  });
}
