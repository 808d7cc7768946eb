// Pictures that hold many images side by side: sheets of sprites, and the grids that torchvision's save_image writes.
import { DataError, UsageError } from '../../errors';
import { framed } from '../../images/frame';
import { openWholeDecoder, type PictureHead } from '../../images/picture';
import type { Rgb } from '../../images/resample';
import type { Arrangement } from './arrange';
import { PixelStore } from './pixel-store';
import { decodeAll, type PictureSetting, type ReadPictures, setFrom } from './read';
import type { PictureStore } from './store';

export interface Tile {
  readonly height: number;
  readonly width: number;
  /** Pixels between two of them; undefined when it is to be seen from the picture. */
  readonly gap: number | undefined;
}

/** @param words "28", "28x32" (height, width), or with the pixels between them "28+2" @throws UsageError */
export function parseTile(words: string): Tile {
  const [, height, width = height, gap] =
    /^([1-9]\d{0,3})(?:x([1-9]\d{0,3}))?(?:\+(\d{1,3}))?$/.exec(words) ?? [];
  if (height === undefined) {
    throw new UsageError(
      `--tile must be a side such as 28, height and width such as 28x32, or with the pixels between 28+2, got "${words}".`,
      {
        hint: 'It is how large one image of the sheet is.',
      },
    );
  }
  return { height: Number(height), width: Number(width), gap: gap === undefined ? undefined : Number(gap) };
}

/** Where the tiles of a picture lie. */
interface Sheet {
  readonly rows: number;
  readonly columns: number;
  /** Pixels before the first of them, on both sides. */
  readonly margin: number;
  readonly gap: number;
}

/** The widest gap that is looked for. */
const widestGap = 16;

/** @throws DataError when a picture does not divide into tiles */
export function tilesOf(
  tile: Tile,
  heads: ReadonlyMap<number, PictureHead>,
  store: PictureStore,
): ReadonlyMap<number, readonly Sheet[]> {
  return new Map(
    [...heads].map(([index, head]) => {
      const sheets = sheetsOf(head, tile);
      if (sheets.length > 0) return [index, sheets];
      const name = store.locate(store.names[index] as string);
      throw new DataError(
        `${name} is ${head.height}×${head.width} pixels, which do not divide into tiles of ${tile.height}×${tile.width}${tile.gap === undefined ? '' : ` with ${tile.gap} between`}.`,
        { hint: 'Say how large one image is and how many pixels lie between two: --tile 28x28+2.' },
      );
    }),
  );
}

/** All ways in which a picture divides: gaps from the narrowest up, each also around the whole sheet, as torchvision has
 *  them. */
function sheetsOf({ height, width }: Pick<PictureHead, 'height' | 'width'>, tile: Tile): Sheet[] {
  const gaps = tile.gap === undefined ? [...Array(widestGap + 1).keys()] : [tile.gap];
  const ways = gaps.flatMap((gap) =>
    gap === 0
      ? [{ gap, margin: 0 }]
      : [
          { gap, margin: gap },
          { gap, margin: 0 },
        ],
  );
  return ways
    .map(({ gap, margin }) => {
      const count = (length: number, side: number) => (length - 2 * margin + gap) / (side + gap);
      return { gap, margin, rows: count(height, tile.height), columns: count(width, tile.width) };
    })
    .filter(({ rows, columns }) => [rows, columns].every((count) => Number.isInteger(count) && count > 0));
}

/** The way whose gaps are of one colour; else the one without gaps. */
function chooseSheet(picture: Rgb, sheets: readonly Sheet[], tile: Tile): Sheet {
  const [narrowest] = sheets as [Sheet];
  return sheets.find((sheet) => sheet.gap > 0 && hasBlankGaps(picture, sheet, tile)) ?? narrowest;
}

function hasBlankGaps({ height, width, pixels }: Rgb, { margin, gap }: Sheet, tile: Tile): boolean {
  const isBetween = (at: number, side: number, length: number) => {
    const from = at - margin;
    return from < 0 || at >= length - margin || from % (side + gap) >= side;
  };
  const columns = Array.from({ length: width }, (_, x) => isBetween(x, tile.width, width));
  let colour: readonly number[] | undefined;
  for (let y = 0; y < height; y++) {
    const isRow = isBetween(y, tile.height, height);
    for (let x = 0; x < width; x++) {
      if (!isRow && !columns[x]) continue;
      const at = 3 * (y * width + x);
      colour ??= [...pixels.subarray(at, at + 3)];
      if (colour.some((value, i) => pixels[at + i] !== value)) return false;
    }
  }
  return true;
}

/** Cuts all sheets, in order, row by row. Tiles of one colour at a sheet's end are no images: it was not full. */
export async function cutTiles(
  store: PictureStore,
  arrangement: Arrangement,
  sheets: ReadonlyMap<number, readonly Sheet[]>,
  setting: PictureSetting & { readonly tile: Tile },
): Promise<ReadPictures> {
  const { train, test = [] } = arrangement;
  const decode = await openWholeDecoder(setting);
  const kept = new Map<number, Rgb[]>();
  const { whole, damaged, provenance } = await decodeAll(
    store,
    arrangement,
    setting,
    async (at, bytes, index) => {
      const picture = await decode(bytes);
      const ways = sheets.get(index) ?? sheetsOf(picture, setting.tile);
      kept.set(at, cut(picture, chooseSheet(picture, ways, setting.tile), setting.tile));
    },
  );
  const pictures = [...train, ...test];
  const images = whole
    .flatMap((place) =>
      (kept.get(place) ?? []).map((tile) => ({ tile, place, label: pictures[place]?.label })),
    )
    .map((image, at) => ({ ...image, at }));
  const pixels = new PixelStore(
    images.length,
    setting.height * setting.width,
    setting.channels,
    setting.keep,
  );
  for (const { at, tile } of images) pixels.put(at, framed(tile, setting, [0, 0, 0]));
  const trained = images.filter(({ place }) => place < train.length);
  const tested = images.slice(trained.length);
  return {
    train: setFrom(pixels, trained, setting, arrangement),
    test: tested.length > 0 ? setFrom(pixels, tested, setting, arrangement) : undefined,
    damaged,
    provenance,
  };
}

function cut({ width, pixels }: Rgb, { rows, columns, margin, gap }: Sheet, tile: Tile): Rgb[] {
  const tiles = Array.from({ length: rows * columns }, (_, i) => {
    const top = margin + Math.floor(i / columns) * (tile.height + gap);
    const left = margin + (i % columns) * (tile.width + gap);
    const made = new Uint8Array(3 * tile.height * tile.width);
    for (let y = 0; y < tile.height; y++) {
      const from = 3 * ((top + y) * width + left);
      made.set(pixels.subarray(from, from + 3 * tile.width), 3 * y * tile.width);
    }
    return { height: tile.height, width: tile.width, pixels: made };
  });
  let count = tiles.length;
  while (count > 1 && isBlank((tiles[count - 1] as Rgb).pixels)) count--;
  return tiles.slice(0, count);
}

const isBlank = (pixels: Uint8Array) => pixels.every((value, i) => value === pixels[i % 3]);
