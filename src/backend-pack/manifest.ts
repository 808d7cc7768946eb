// The manifest of a pack: lines of words, which a shell reads as easily as we do.
//
//   aigc-pack 1
//   aigc 0.1.0
//   …
//   piece SHA256 BYTES NAME
//   file SHA256 MODE PARTS PATH        PARTS is 0 for a file that is whole in one piece
//   end SHA256                         of all lines above
import { join } from 'node:path';
import { DataError } from '../errors';
import { readText } from '../read-file';
import { sha256 } from '../sha256';

export const manifestName = 'MANIFEST';

const firstLine = 'aigc-pack 1';

/** What a pack says of itself; `cuda` is `none` for a CPU build. */
const factNames = [
  ...['aigc', 'node', 'platform', 'glibc', 'tensorflow', 'variant', 'cuda', 'bytes', 'largest'],
] as const;

export type PackFacts = Readonly<Record<(typeof factNames)[number], string>>;

export interface Piece {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface PackedFile {
  /** Below the folder that the pack becomes. */
  readonly path: string;
  readonly mode: number;
  /** In how many parts it lies in the pieces; 0 when it is whole in one. */
  readonly parts: number;
  readonly sha256: string;
}

export function formatManifest(
  facts: PackFacts,
  pieces: readonly Piece[],
  files: readonly PackedFile[],
): string {
  const lines = [
    firstLine,
    ...factNames.map((name) => `${name} ${facts[name]}`),
    ...pieces.map(({ name, bytes, sha256 }) => `piece ${sha256} ${bytes} ${name}`),
    ...files.map(({ path, mode, parts, sha256 }) => `file ${sha256} ${mode.toString(8)} ${parts} ${path}`),
  ];
  const body = `${lines.join('\n')}\n`;
  return `${body}end ${sha256(body)}\n`;
}

/** What the pack in a folder says of itself. @throws DataError when there is none, or its manifest is damaged */
export function readFacts(folder: string): PackFacts {
  const path = join(folder, manifestName);
  const text = readText(path);
  const at = text.lastIndexOf('end ');
  if (!text.startsWith(`${firstLine}\n`)) {
    throw new DataError(`${path} is not the manifest of a pack that this aigc knows.`, {
      hint: 'Name the folder that `aigc backend pack` wrote, or use the aigc that wrote it.',
    });
  }
  if (text.slice(at) !== `end ${sha256(text.slice(0, Math.max(0, at)))}\n`) {
    throw new DataError(`${path} is damaged.`, { hint: 'Bring it again.' });
  }
  const found = (name: string) => new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1] ?? '';
  return Object.fromEntries(factNames.map((name) => [name, found(name)])) as PackFacts;
}
