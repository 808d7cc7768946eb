// Writes images as Parquet in Hugging Face's layout: a picture (PNG) and, where there are any, its label in each row.
import type * as HyparquetWriter from 'hyparquet-writer';
import { writeFileAtomic } from '../files';
import type { ImageBytes } from '../images/grid';
import { encodePng } from '../images/png';
import { nativeImport } from '../native-import';

export interface PictureRows {
  readonly blocks: AsyncIterable<ImageBytes> | Iterable<ImageBytes>;
  /** Of all blocks together. */
  readonly labels?: Uint8Array | undefined;
  /** The names of the classes by label. */
  readonly names?: readonly string[] | undefined;
}

/** Readers take a group of rows apart as a whole. */
const mostInGroup = { rows: 10_240, bytes: 2 ** 24 };

/** Writes the file in one step, a group of rows in memory at a time. @throws DataError when the disk refuses */
export function writeParquet(path: string, rows: PictureRows): Promise<void> {
  return writeFileAtomic(path, parquetParts(rows));
}

async function* parquetParts({ blocks, labels, names }: PictureRows): AsyncGenerator<Uint8Array> {
  const { ByteWriter, ParquetWriter } = (await nativeImport('hyparquet-writer')) as typeof HyparquetWriter;
  const bytes = new ByteWriter();
  const file = new ParquetWriter({
    writer: bytes,
    schema: schemaOf(labels !== undefined),
    codec: 'UNCOMPRESSED', // The pictures are compressed.
    statistics: false,
    createdBy: 'aigc',
    kvMetadata: [{ key: 'huggingface', value: featuresOf(labels !== undefined, names) }],
  });
  /** What has been written since, of which the writer keeps nothing. */
  const taken = () => {
    const written = Uint8Array.from(bytes.getBytes());
    bytes.index = 0;
    return written;
  };
  let done = 0;
  let group: Picture[] = [];
  const write = () => {
    const own = labels?.subarray(done, done + group.length);
    file.write({
      columnData: [
        { name: 'image', data: group, encoding: 'PLAIN' },
        ...(own ? [{ name: 'label', data: BigInt64Array.from(own, BigInt) }] : []),
      ],
      rowGroupSize: group.length,
    });
    done += group.length;
    group = [];
    return taken();
  };
  let size = 0;
  for await (const block of blocks) {
    for (const picture of picturesOf(block)) {
      group.push(picture);
      size += picture.bytes.length;
      if (group.length < mostInGroup.rows && size < mostInGroup.bytes) continue;
      yield write();
      size = 0;
    }
  }
  if (group.length > 0) yield write();
  file.finish();
  yield taken();
}

interface Picture {
  readonly bytes: Uint8Array;
  readonly path: null;
}

function* picturesOf({ count, height, width, channels, pixels }: ImageBytes): Generator<Picture> {
  const size = height * width * channels;
  for (let i = 0; i < count; i++) {
    const own = pixels.subarray(i * size, (i + 1) * size);
    yield { bytes: encodePng({ height, width, channels, pixels: own }), path: null };
  }
}

type Schema = ConstructorParameters<typeof HyparquetWriter.ParquetWriter>[0]['schema'];

function schemaOf(hasLabels: boolean): Schema {
  return [
    { name: 'schema', num_children: hasLabels ? 2 : 1 },
    { name: 'image', repetition_type: 'OPTIONAL', num_children: 2 },
    { name: 'bytes', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY' },
    { name: 'path', repetition_type: 'OPTIONAL', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
    ...(hasLabels ? [{ name: 'label', repetition_type: 'OPTIONAL', type: 'INT64' } as const] : []),
  ];
}

/** What `datasets` reads the columns by. */
function featuresOf(hasLabels: boolean, names: readonly string[] | undefined): string {
  const label = names ? { names, _type: 'ClassLabel' } : { dtype: 'int64', _type: 'Value' };
  const features = { image: { _type: 'Image' }, ...(hasLabels && { label }) };
  return JSON.stringify({ info: { features } });
}
