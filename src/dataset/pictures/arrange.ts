// From the names of pictures to what they are of: splits by the folders that are called so, classes by the folders below.
import { DataError } from '../../errors';
import { counted, listed } from '../../words';
import { chooseSplits, type SplitName, splitOfName } from '../readers/split-names';
import type { PictureStore } from './store';

/** A picture's place in the set: which of the names, and its class, if there are classes. */
export interface Arranged {
  readonly index: number;
  readonly label: number | undefined;
}

export interface Arrangement {
  readonly train: readonly Arranged[];
  readonly test: readonly Arranged[] | undefined;
  /** The names of the classes by label. */
  readonly classes: readonly string[] | undefined;
  /** What was taken for what, a sentence each. */
  readonly notes: readonly string[];
  readonly warnings: readonly string[];
}

/** A picture by the folders that it lies in, those that only wrap aside. */
interface Placed {
  readonly index: number;
  readonly folders: readonly string[];
}

/** Labels are bytes. */
const maxClasses = 256;

/**
 * @param names of the pictures, with "/" between folders, in order
 * @param store what they lie in, to be named to people
 * @param labels the class of each where something else than its folder says it
 * @throws DataError when it is unclear what the classes are
 */
export function arrange(
  names: readonly string[],
  { where, locate }: Pick<PictureStore, 'where' | 'locate'>,
  labels?: readonly (string | undefined)[],
): Arrangement {
  const placed = names.map((name, index) => ({ index, folders: name.split('/').slice(0, -1) }));
  const { inside, passed } = withoutWrappers(placed);
  const notes = passed.length > 0 ? [`${where}: reading what is in ${passed.join('/')}.`] : [];
  const { parts, strangers } = splitParts(inside);
  const chosen = parts && chooseSplits(parts, (part) => part.name);
  const left = chosen ? strangers : [];
  const [train, test] = chosen ? [chosen.train.pictures, chosen.test?.pictures] : [inside, undefined];
  if (chosen) {
    const counts = [chosen.train, chosen.test].flatMap((part) =>
      part ? [`${part.name} (${counted(part.pictures.length, 'picture')})`] : [],
    );
    notes.push(
      `${where}: ${listed(counts)} ${counts.length > 1 ? 'are splits' : 'is a split'}.`,
      ...chosen.notes,
    );
  }
  const named = (part: readonly Placed[]) => part.map((one) => ({ ...one, label: classOf(one, labels) }));
  const of = classify(named(train), test && named(test), where, (index) => locate(names[index] as string));
  const folders = [...new Set(left.map((one) => one.folders[0] as string))];
  const aside = `${where}: left out ${counted(left.length, 'picture')} in ${listed(folders)}, which is called like no split.`;
  return { notes, ...of, warnings: [...(left.length > 0 ? [aside] : []), ...of.warnings] };
}

/** Takes away the folders that hold one folder and nothing else. A folder of pictures alone is one class. */
function withoutWrappers(placed: readonly Placed[]): {
  inside: readonly Placed[];
  passed: readonly string[];
} {
  const [first] = placed;
  const passed: string[] = [];
  let inside = placed;
  for (;;) {
    const [outer] = inside[0]?.folders ?? [];
    const wraps = inside.every(({ folders }) => folders.length > 1 && folders[0] === outer);
    if (!first || outer === undefined || !wraps) return { inside, passed };
    passed.push(outer);
    inside = inside.map(({ index, folders }) => ({ index, folders: folders.slice(1) }));
  }
}

interface Part {
  readonly name: string;
  readonly pictures: readonly Placed[];
}

interface Parts {
  readonly parts?: Map<SplitName | undefined, Part>;
  /** Pictures in other folders beside these. */
  readonly strangers: readonly Placed[];
}

/** The parts of a set whose folders are called like splits, one of them for training: all, or one for testing besides. */
function splitParts(placed: readonly Placed[]): Parts {
  const parts = new Map<SplitName | undefined, { name: string; pictures: Placed[] }>();
  const strangers: Placed[] = [];
  for (const { index, folders } of placed) {
    const [name, ...rest] = folders;
    if (name === undefined) return { strangers };
    const split = splitOfName(name);
    if (split === undefined) {
      strangers.push({ index, folders });
      continue;
    }
    // seg_train/seg_train/forest: an archive's folder in the folder that it was unpacked into.
    const below = rest.length > 1 && rest[0] === name ? rest.slice(1) : rest;
    const part = parts.get(split) ?? { name, pictures: [] };
    const known = part.name.split(' and ').includes(name);
    part.pictures.push({ index, folders: below });
    parts.set(split, known ? part : { ...part, name: `${part.name} and ${name}` });
  }
  const isWhole = strangers.length === 0 || parts.has('test') || parts.has('validation');
  return { ...(parts.has('train') && isWhole && { parts }), strangers };
}

const classOf = ({ index, folders }: Placed, labels?: readonly (string | undefined)[]) =>
  labels ? labels[index] : folders[0];

interface Named extends Placed {
  readonly label: string | undefined;
}

type Classified = Pick<Arrangement, 'train' | 'test' | 'classes' | 'warnings'>;

function classify(
  train: readonly Named[],
  test: readonly Named[] | undefined,
  where: string,
  locate: (index: number) => string,
): Classified {
  const classes = inClassOrder([...new Set(train.flatMap(({ label }) => label ?? []))]);
  const loose = train.find(({ label }) => label === undefined);
  if (classes.length > 0 && loose) throw mixed(train, locate(loose.index), classes, where);
  if (classes.length > maxClasses) {
    throw new DataError(
      `${where} holds ${classes.length} folders of pictures, expected at most ${maxClasses} classes.`,
      { hint: 'Put the pictures into fewer folders, or all into one for a set without labels.' },
    );
  }
  const number = new Map(classes.map((name, label) => [name, label]));
  const numbered = (part: readonly Named[]) =>
    part.map(({ index, label }) => ({ index, label: label === undefined ? undefined : number.get(label) }));
  const known = test?.filter(
    ({ label }) => classes.length === 0 || (label !== undefined && number.has(label)),
  );
  const left = (test?.length ?? 0) - (known?.length ?? 0);
  const warnings =
    left > 0 ? [`${where}: left out ${counted(left, 'test picture')} of no class that is trained on.`] : [];
  return {
    train: numbered(train).sort((a, b) => (a.label ?? 0) - (b.label ?? 0)),
    test:
      known && known.length > 0 ? (classes.length > 0 ? numbered(known) : known.map(unlabelled)) : undefined,
    classes: classes.length > 0 ? classes : undefined,
    warnings,
  };
}

const unlabelled = ({ index }: Named): Arranged => ({ index, label: undefined });

/** Folders that are all called by numbers go by their numbers: 2 before 10. */
function inClassOrder(names: readonly string[]): string[] {
  const numbered = names.every((name) => /^\d+$/.test(name));
  return [...names].sort((a, b) => (numbered && Number(a) - Number(b)) || compare(a, b));
}

/** By code units, whatever the language of the system. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function mixed(all: readonly Named[], loose: string, classes: readonly string[], where: string): DataError {
  const count = all.filter(({ label }) => label === undefined).length;
  const others = `${counted(count, 'picture')}, such as ${loose},`;
  return new DataError(
    `${where} holds ${others} beside folders of pictures (${classes.slice(0, 3).join(', ')}): expected one or the other.`,
    {
      hint: 'Folders are classes: move the pictures into one, or all of them into one folder for no labels.',
    },
  );
}
