// What images say of how they were made, taken over by what is made of them: a set of pictures, a part of a set.
import { version } from '../version';
import { type DrawingModel, isDigitalSource, type Provenance } from './provenance';
import type { FoundProvenance } from './xmp-reader';

/** Of a set by split; one is absent that says nothing. */
export interface SetProvenance<T = FoundProvenance> {
  readonly train?: T | undefined;
  readonly test?: T | undefined;
}

export interface Tally {
  /** @param found what the next image says; undefined when it says nothing */
  add(found: FoundProvenance | undefined): void;
  /** What all of them say together: what they agree on, and where only some were generated, that it is a mixture. */
  sum(): FoundProvenance | undefined;
}

export function openTally(): Tally {
  let count = 0;
  let generated = 0;
  let common: FoundProvenance | undefined;
  return {
    add: (found) => {
      count++;
      if (!found || !isDigitalSource(found.source)) return;
      common = generated++ === 0 ? found : agreed(common, found);
    },
    sum: () => {
      if (generated === 0) return undefined;
      const isMixed = generated < count || common?.source === undefined;
      return { made: {}, ...common, ...(isMixed && { source: 'compositeSynthetic' }) };
    },
  };
}

/** What two say alike. */
function agreed(one: FoundProvenance | undefined, { made, ...other }: FoundProvenance): FoundProvenance {
  const { made: earlier = {}, ...rest } = one ?? {};
  return { ...alike(rest, other), made: alike(earlier, made) };
}

function alike<T extends Readonly<Record<string, string>>>(
  one: T,
  other: T,
): Partial<T> & Record<string, string> {
  const entries = Object.entries(one).filter(([name, value]) => other[name] === value);
  return Object.fromEntries(entries) as Partial<T> & Record<string, string>;
}

export function sumOf(all: readonly (FoundProvenance | undefined)[]): FoundProvenance | undefined {
  const tally = openTally();
  for (const found of all) tally.add(found);
  return tally.sum();
}

/** What others wrote may be as long as a packet. */
const maxLetters = 1000;

/**
 * What is said of something made of images that say this.
 * @param command what made it of them
 * @returns undefined when they do not say that they were generated
 */
export function carriedOn(
  found: FoundProvenance | undefined,
  { command, seed }: Pick<Provenance, 'command' | 'seed'>,
): Provenance | undefined {
  if (!found || !isDigitalSource(found.source)) return undefined;
  const { source, tool, toolVersion, made } = found;
  const drawn = modelOf(made);
  return {
    source,
    version,
    ...(tool !== undefined && {
      drawnBy: { tool: short(tool), ...(toolVersion !== undefined && { version: short(toolVersion) }) },
    }),
    ...(drawn && { model: drawn }),
    seed,
    command,
  };
}

function modelOf({
  family,
  step,
  weightsSha256,
  data,
  dataFingerprint,
}: FoundProvenance['made']): DrawingModel | undefined {
  if (family === undefined || weightsSha256 === undefined || data === undefined) return undefined;
  if (dataFingerprint === undefined || step === undefined || !/^\d{1,15}$/.test(step)) return undefined;
  return {
    family: short(family),
    step: Number(step),
    weightsSha256: short(weightsSha256),
    data: short(data),
    dataFingerprint: short(dataFingerprint),
  };
}

const short = (text: string) => text.slice(0, maxLetters);
