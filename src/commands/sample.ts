// `aigc sample`: draws images from a checkpoint, as a grid, a folder of pictures, a data set or an array.
import { extname, join } from 'node:path';
import type { Command } from 'commander';
import { integer, type OptionValues, text } from '../config/option';
import { type RawValues, resolveOptions } from '../config/resolve';
import {
  backendOption,
  environmentValues,
  gridOption,
  parseGrid,
  seedOption,
} from '../config/shared-options';
import { maxDataBytes } from '../dataset/idx';
import { writeIdxImages } from '../dataset/idx-writer';
import type { ImageShape } from '../dataset/image-set';
import { grouped } from '../dataset/summary';
import { UsageError } from '../errors';
import { makeFolder, writeFileAtomic } from '../files';
import {
  composeGrid,
  type GridLayout,
  gridExtent,
  type ImageBytes,
  squarish,
  viewingScale,
} from '../images/grid';
import { encodeNpy } from '../images/npy';
import { maxPixels, writePng } from '../images/png';
import { findFamily } from '../models';
import { drawImages, latentsAt } from '../models/draw';
import { startBackend } from '../tensor';
import type { Manifest } from '../training/checkpoint';
import { classOfCells } from '../training/grid';
import { openModel } from '../training/saved-model';
import { addOutputFlags, type CommandModule, openOutput } from './command';
import { addOptionFlags } from './options';

const sampleOptions = {
  checkpoint: text({
    placeholder: 'DIR',
    description: 'a run folder, or one checkpoint of it',
    default: './ckpt',
  }),
  count: integer({ description: 'how many images', min: 1, max: 1_000_000 }),
  grid: gridOption({ description: 'rows and columns, instead of --count (default: 8x8)' }),
  out: text({
    placeholder: 'FILE|DIR',
    description: '.png (a grid), .idx3-ubyte[.gz] (a data set), .npy, or a folder (a PNG each)',
    default: 'samples.png',
  }),
  seed: seedOption,
  backend: backendOption,
} as const;

type SampleValues = OptionValues<typeof sampleOptions>;

export const sample: CommandModule = {
  configure(command: Command, context) {
    addOptionFlags(addOutputFlags(command), sampleOptions);
    command.addHelpText(
      'after',
      '\nExample:\n  $ aigc sample --checkpoint ./ckpt --grid 8x8 --out samples.png',
    );
    command.action(async (flags: RawValues) => {
      const output = openOutput(context, flags);
      const values = resolveOptions(sampleOptions, flags, environmentValues());
      const layout = layoutOf(values);
      const format = formatOf(values.out);
      const saved = await openModel(values.checkpoint, output.warn, async () => {
        const { backend, detail } = await startBackend(values.backend);
        output.progress(`Backend: ${backend.name} (${detail})`);
      });
      try {
        const count = layout.rows * layout.columns;
        const wanted = Math.min(count, values.count ?? count);
        checkSize(values, format, layout, wanted, saved.manifest.setting.image);
        const latents = latentsAt(saved.model, values.seed, 0, wanted);
        const images = await drawImages(saved.model, latents, {
          labels: labelsOf(saved.manifest, layout, wanted),
        });
        await format.write(values.out, images, layout);
        const { family, step } = saved.manifest;
        output.result(
          {
            event: 'sample',
            out: values.out,
            count: wanted,
            checkpoint: saved.folder,
            family,
            step,
            seed: values.seed,
          },
          `Drew ${wanted} images of the ${family} at step ${step}: ${values.out}`,
        );
      } finally {
        saved.model.dispose();
      }
    });
  },
};

/** One class a row, of a conditional model. */
function labelsOf({ family, setting }: Manifest, { rows, columns }: Layout, count: number) {
  if (!findFamily(family).conditional) return undefined;
  return classOfCells(rows, columns, setting.classCount).subarray(0, count);
}

interface Layout {
  readonly rows: number;
  readonly columns: number;
}

function layoutOf({ count, grid }: SampleValues): Layout {
  if (count !== undefined && grid !== undefined) {
    throw new UsageError('--count and --grid both say how many images.', { hint: 'Give one of them.' });
  }
  if (count !== undefined) return squarish(count);
  return parseGrid(grid ?? '8x8');
}

interface Format {
  /** The size of the picture that all images go into, if they do. */
  extent?(image: ImageShape, layout: Layout): { readonly height: number; readonly width: number };
  write(path: string, images: ImageBytes, layout: Layout): Promise<void>;
}

const asGrid = ({ height }: ImageShape, layout: Layout): GridLayout => ({
  ...layout,
  scale: viewingScale(height),
});

const gridFormat: Format = {
  extent: (image, layout) => gridExtent(image, asGrid(image, layout)),
  write: (path, images, layout) => writePng(path, composeGrid(images, asGrid(images, layout))),
};

const arrayFormat: Format = {
  write: (path, { count, height, width, channels, pixels }) =>
    writeFileAtomic(path, encodeNpy(pixels, [count, height, width, channels])),
};

const idxPattern = /[.-]idx[34]-ubyte(\.gz)?$/i;

/** What --out asks for, by its ending; checked before anything is computed. */
function formatOf(out: string): Format {
  const ending = extname(out).toLowerCase();
  if (/[/\\]$/.test(out)) return { write: writePictures };
  if (ending === '.png') return gridFormat;
  if (ending === '.npy') return arrayFormat;
  if (idxPattern.test(out)) return { write: writeIdxImages };
  if (ending === '') return { write: writePictures };
  throw new UsageError(`--out ${out}: there is no way to write "${ending}" files.`, {
    hint: 'Use .png, .npy, .idx3-ubyte, .idx3-ubyte.gz, or a folder, which may end in "/".',
  });
}

/** Refuses what could be drawn, which may take long, but not written. */
function checkSize(values: SampleValues, format: Format, layout: Layout, count: number, image: ImageShape) {
  const asked = values.count === undefined ? `--grid ${values.grid ?? '8x8'}` : `--count ${values.count}`;
  const bytes = count * image.height * image.width * image.channels;
  if (bytes > maxDataBytes) {
    throw new UsageError(
      `${asked} is ${grouped(bytes)} bytes of images, expected at most ${grouped(maxDataBytes)}.`,
      { hint: 'Draw fewer at a time, each time with another --seed.' },
    );
  }
  const { height, width } = format.extent?.(image, layout) ?? { height: 0, width: 0 };
  if (height * width > maxPixels) {
    throw new UsageError(
      `${asked} makes a picture of ${height}×${width} pixels, expected at most ${grouped(maxPixels)} in all.`,
      { hint: 'Write that many to --out NAME.idx3-ubyte.gz, NAME.npy or a folder.' },
    );
  }
}

/** A PNG for each image: 000000.png, 000001.png, … */
async function writePictures(folder: string, images: ImageBytes): Promise<void> {
  await makeFolder(folder);
  const { height, width, channels, pixels, count } = images;
  const size = height * width * channels;
  for (let i = 0; i < count; i++) {
    const picture = { height, width, channels, pixels: pixels.subarray(i * size, (i + 1) * size) };
    await writePng(join(folder, `${String(i).padStart(6, '0')}.png`), picture);
  }
}
