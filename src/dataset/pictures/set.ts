// From where pictures lie to a set: what they are of, their size, and what there is to say of it.
import { DataError } from '../../errors';
import type { Frame } from '../../images/frame';
import { openHeadReader, type PictureFrame, type PictureHead } from '../../images/picture';
import { PictureError } from '../../images/picture-error';
import { conversionLine } from '../../images/picture-kind';
import { counted, listed, shellWord } from '../../words';
import type { Keep } from '../keep';
import { unpackLine } from '../readers/foreign';
import type { FoundSet, PictureRequest } from '../readers/reader';
import { type Arrangement, arrange } from './arrange';
import { classFiles, labelTable } from './labels';
import { readPictures } from './read';
import type { PictureStore } from './store';
import { cutTiles, parseTile, tilesOf } from './tiles';

/**
 * @param tile how large the images are of which each picture holds many; undefined for one image a picture
 * @throws DataError when there are none, when it is unclear what they are of, or when they are damaged
 */
export async function readSet(
  store: PictureStore,
  request: PictureRequest & { readonly keep: Keep },
  tile?: string,
): Promise<FoundSet> {
  if (store.names.length === 0) throw noPictures(store);
  const found = await arranged(store);
  const heads = await headsOf(store, found, tile !== undefined || request.frame === undefined);
  const [head] = heads.values();
  const cut = tile === undefined ? undefined : parseTile(tile);
  const frame = request.frame ?? (cut ? asItIs(cut) : ownFrame(heads, store));
  const made = cut
    ? await cutTiles(store, found, tilesOf(cut, heads, store), { ...request, ...frame, tile: cut })
    : await readPictures(store, found, { ...request, ...frame });
  return {
    train: { images: store.where, set: made.train, provenance: made.provenance.train },
    ...(made.test && {
      test: { images: store.where, set: made.test, provenance: made.provenance.test },
    }),
    classNames: found.classes,
    notes: [...found.notes, ...(cut || !head ? [] : sheetNote(store, head, frame))],
    warnings: [...found.warnings, ...leftOut(store, found)],
    framed: true,
    damaged: made.damaged,
    head,
  };
}

/** By folders; where these tell no classes, by what lies beside the pictures. */
async function arranged(store: PictureStore): Promise<Arrangement> {
  const files = await classFiles(store);
  if (files) return arrange(store.names, store, files.labels);
  const byFolder = arrange(store.names, store);
  const table = (byFolder.classes?.length ?? 0) > 1 ? undefined : await labelTable(store);
  if (!table) return byFolder;
  const { labels, source } = table;
  const known = store.names.filter((_, i) => labels[i] !== undefined);
  const kept = [...labels.keys()].filter((i) => labels[i] !== undefined);
  const of = arrange(
    known,
    store,
    kept.map((i) => labels[i]),
  );
  const back = ({ index, label }: Arrangement['train'][number]) => ({ index: kept[index] as number, label });
  const unnamed = store.names.length - known.length;
  return {
    ...of,
    train: of.train.map(back),
    test: of.test?.map(back),
    notes: [...of.notes, `${source}: the classes are from its column of labels.`],
    warnings: [
      ...of.warnings,
      ...(unnamed > 0 ? [`left out ${counted(unnamed, 'picture')} that ${source} does not name.`] : []),
    ],
  };
}

/** Of the first picture that can be read, or of all. */
async function headsOf(
  store: PictureStore,
  found: Arrangement,
  all: boolean,
): Promise<Map<number, PictureHead>> {
  const heads = new Map<number, PictureHead>();
  const headOf = await openHeadReader();
  const pictures = [...found.train, ...(found.test ?? [])].map(({ index }) => index);
  await store.each(all ? pictures : pictures.slice(0, 1), async (index, load) => {
    try {
      heads.set(index, await headOf(await load()));
    } catch (error) {
      if (!(error instanceof PictureError)) throw error; // Who decodes it says what is wrong with it.
    }
  });
  return new Map([...heads].sort(([a], [b]) => a - b));
}

const asItIs = ({ height, width }: Pick<Frame, 'height' | 'width'>): PictureFrame => ({
  ...{ height, width, fit: 'stretch', background: 'black', scale: 1 },
});

/** @throws DataError when the pictures are of several sizes: which of them is meant, nobody knows */
function ownFrame(heads: ReadonlyMap<number, PictureHead>, store: PictureStore): PictureFrame {
  const [first, ...others] = heads;
  if (first === undefined) return asItIs({ height: 1, width: 1 });
  const [at, { height, width }] = first;
  const other = others.find(([, head]) => head.height !== height || head.width !== width);
  if (!other) return asItIs({ height, width });
  const locate = (index: number) => store.locate(store.names[index] as string);
  throw new DataError(
    `${locate(other[0])} is ${other[1].height}×${other[1].width} pixels, expected ${height}×${width} as ${locate(at)}.`,
    { hint: `Make them one size: aigc data make --from ${shellWord(store.where)} --size 32 --out NEW.` },
  );
}

/** A single picture that is much larger than the images is likely a sheet of them. */
function sheetNote(store: PictureStore, { height, width }: PictureHead, frame: Frame): string[] {
  if (store.names.length > 1 || height * width < 8 * frame.height * frame.width) return [];
  const [name = ''] = store.names;
  return [
    `${store.locate(name)}: one image is made of its ${height}×${width} pixels. If it is a sheet of many: --tile 28, or what one of them measures.`,
  ];
}

function leftOut({ otherKinds, emptyFolders, locate }: PictureStore, { classes }: Arrangement): string[] {
  const warnings: string[] = [];
  const [other] = otherKinds;
  if (other !== undefined) {
    const left = counted(otherKinds.length, 'picture');
    warnings.push(
      `left out ${left} of a kind that is not read. To have ${otherKinds.length === 1 ? 'it' : 'them'}: ${conversionLine(locate(other))}.`,
    );
  }
  if (classes && emptyFolders.length > 0)
    warnings.push(`no class, because there is no picture in it: ${emptyFolders.slice(0, 5).join(', ')}.`);
  return warnings;
}

function noPictures({ where, otherKinds, strangers = [], locate }: PictureStore): DataError {
  const [example] = otherKinds;
  if (example === undefined && strangers.length > 0) {
    return new DataError(
      `${where} holds ${listed(strangers)}, and no pictures: of archives aigc reads pictures alone.`,
      {
        hint: unpackLine(where),
      },
    );
  }
  return new DataError(
    `${where} holds no pictures: looked for PNG, JPEG, WebP, AVIF, GIF, BMP, TIFF and PGM files in it and below.`,
    {
      hint: example
        ? `Convert its other pictures: ${conversionLine(locate(example))}.`
        : 'Name the folder that holds the pictures, or that holds one folder of them for each class.',
    },
  );
}
