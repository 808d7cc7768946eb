// Formats that people bring and that no reader reads: what each is, by its first bytes or its name, and the line that
// makes of it what is read.
import { basename } from 'node:path';
import { shellWord } from '../../words';
import type { Place } from './place';

export interface Foreign {
  /** "a MATLAB file" */
  readonly what: string;
  /** What to do, with the command that does it. */
  readonly hint: string;
}

interface Kind {
  readonly what: string;
  /** The first bytes, as Latin-1, with pictures for controls but white space. */
  readonly magic?: RegExp;
  readonly name?: RegExp;
  hint(path: string): string;
}

/** Python that puts arrays into set.npz. */
const python = (path: string, code: string) =>
  `Convert it: python3 -c ${shellWord(`import numpy as np, sys; ${code}`)} ${shellWord(path)}, and take set.npz.`;

const unpack = (command: string) => (path: string) =>
  `Unpack it first: ${command} ${shellWord(path)}, and name what was in it.`;

/** The line that unpacks a zip or a tar archive of what is not read inside one. */
export function unpackLine(path: string, isZip = !/\.(?:tar|tgz|gz)$/i.test(path)): string {
  const folder = shellWord(basename(path).replace(/(?:\.tar)?\.\w+$/, ''));
  const line = isZip
    ? `unzip ${shellWord(path)} -d ${folder}`
    : `mkdir -p ${folder} && tar xf ${shellWord(path)} -C ${folder}`;
  return `Unpack it: ${line}, and name that folder.`;
}

const kinds: readonly Kind[] = [
  {
    what: 'a MATLAB file',
    magic: /^MATLAB 5\.0 MAT-file/,
    hint: (path) =>
      python(
        path,
        'import scipy.io; m = scipy.io.loadmat(sys.argv[1]); np.savez("set.npz", **{k: v.transpose(3, 0, 1, 2) if v.ndim == 4 else v for k, v in m.items() if k[0] != "_"})',
      ),
  },
  {
    what: 'an HDF5 file (or a MATLAB file of version 7.3)',
    magic: /^(?:\x89HDF|MATLAB 7\.3 MAT-file)/,
    name: /\.(?:h5|hdf5)$/i,
    hint: (path) =>
      python(
        path,
        'import h5py; f = h5py.File(sys.argv[1]); np.savez("set.npz", **{k: f[k][:] for k in f if hasattr(f[k], "shape")})',
      ),
  },
  {
    what: 'a PyTorch archive',
    magic: /^PK␃␄[\s\S]{26}[^/]+\/(?:data\.pkl|\.format_version|byteorder)/,
    name: /\.(?:pt|pth)$/i,
    hint: (path) =>
      python(
        path,
        'import torch; d = torch.load(sys.argv[1]); d = d if isinstance(d, dict) else dict(zip(("x_train", "y_train"), d)) if isinstance(d, (tuple, list)) else {"images": d}; np.savez("set.npz", **{k: v.numpy() for k, v in d.items() if hasattr(v, "numpy")})',
      ),
  },
  {
    what: 'an Arrow file',
    magic: /^(?:ARROW1|FEA1|\xff\xff\xff\xff)/,
    name: /\.(?:arrow|feather)$/i,
    hint: (path) =>
      `Convert it: python3 -c ${shellWord('import sys, datasets; datasets.Dataset.from_file(sys.argv[1]).to_parquet("train.parquet")')} ${shellWord(path)}, and take train.parquet.`,
  },
  {
    what: 'a TFRecord file',
    magic: /^[\s\S]{2}␀{6}[\s\S]{4}\n/,
    name: /\.tfrecords?(?:-\d+-of-\d+)?$/i,
    hint: () =>
      'Convert it with what reads its features, for example tensorflow_datasets.as_numpy, and save the arrays by numpy.savez.',
  },
  {
    what: 'an LMDB database',
    name: /^(?:data|lock)\.mdb$/,
    hint: () => 'Write its pictures to files by the Python package lmdb, and name their folder.',
  },
  {
    what: 'a SQLite database',
    magic: /^SQLite format 3␀/,
    hint: () => 'Export its table: sqlite3 -csv FILE "select * from TABLE" > set.csv.',
  },
  { what: 'a 7z archive', magic: /^7z\xbc\xaf/, hint: unpack('7z x') },
  { what: 'a RAR archive', magic: /^Rar!/, hint: unpack('unrar x') },
  { what: 'an xz archive', magic: /^\xfd7zXZ/, hint: unpack('xz -dk') },
  { what: 'a bzip2 archive', magic: /^BZh[1-9]/, hint: unpack('bzip2 -dk') },
  { what: 'a Zstandard archive', magic: /^\x28\xb5\x2f\xfd/, hint: unpack('zstd -dk') },
  {
    what: 'a web page',
    magic: /^\s*<(?:!doctype|html|\?xml|head)/i,
    hint: () => 'It comes from a failed download: get it again.',
  },
  {
    what: 'a Git LFS pointer, not the file that it stands for',
    magic: /^version https:\/\/git-lfs/,
    hint: () => 'Get the file itself: git lfs pull.',
  },
  {
    what: 'a safetensors file',
    magic: /^[\s\S]{4}␀{4}\{"/,
    hint: (path) =>
      python(path, 'from safetensors.numpy import load_file; np.savez("set.npz", **load_file(sys.argv[1]))'),
  },
  { what: 'a zip archive of other files', magic: /^PK␃␄/, hint: (path) => unpackLine(path, true) },
  {
    what: 'JSON',
    magic: /^\s*[[{]/,
    hint: (path) =>
      `If it holds a list of rows: python3 -c ${shellWord('import pandas, sys; pandas.read_json(sys.argv[1]).to_parquet("set.parquet")')} ${shellWord(path)}, and take set.parquet.`,
  },
];

/** Whether a file only stands for another: a pointer of Git LFS, or the page of a failed download. */
export const isStandIn = (head: Buffer) =>
  /^(?:version https:\/\/git-lfs|\s*<(?:!doctype|html))/i.test(head.toString('latin1', 0, 64));

/** What a file is that no reader knows; of a folder what the first such file in it is. */
export function tellForeign({
  kind,
  path,
  name,
  head,
  files,
}: Place): (Foreign & { readonly name: string }) | undefined {
  if (kind === 'folder') {
    for (const file of files) {
      const found = kinds.find(
        (one) => one.name?.test(file) || (one.what === 'a MATLAB file' && /\.mat$/i.test(file)),
      );
      if (found) return { name: file, what: found.what, hint: found.hint(`${path}/${file}`) };
    }
    return undefined;
  }
  const start = [...head.subarray(0, 512)].map(visible).join('');
  const found =
    kinds.find(({ magic }) => magic?.test(start)) ?? kinds.find((one) => one.name?.test(basename(name)));
  return found && { name, what: found.what, hint: found.hint(path) };
}

/** NUL as ␀. */
function visible(byte: number): string {
  return String.fromCharCode(byte < 32 && ![9, 10, 13].includes(byte) ? 0x2400 + byte : byte);
}
