// What `--out` may name: refused before work is spent on it.
import { stat } from 'node:fs/promises';
import { UsageError } from '../errors';
import { fileError } from '../file-error';
import { checkWritable } from '../files';

/** @throws UsageError for stdout; DataError when nothing can be written there, and when what is there is of the other kind */
export async function checkOut(out: string, kind: 'file' | 'folder' = 'file'): Promise<void> {
  if (out === '-') {
    throw new UsageError('--out -: aigc writes to files, not to stdout.', {
      hint: 'Name a file: the words on stdout say which were written, and --json for scripts.',
    });
  }
  await checkWritable(out);
  const isFolder = (await stat(out.replace(/[/\\]+$/, '')).catch(() => undefined))?.isDirectory();
  if (isFolder === undefined || isFolder === (kind === 'folder')) return;
  const code = isFolder ? 'EISDIR' : 'EEXIST';
  throw fileError(Object.assign(new Error(code), { code }), out, 'write');
}

/** @throws UsageError when the path does not end in one of these */
export function checkEnding(out: string, endings: readonly string[]): void {
  if (out === '-' || endings.some((ending) => out.toLowerCase().endsWith(ending))) return;
  throw new UsageError(`--out ${out}: expected a name that ends in ${endings.join(' or ')}.`, {
    hint: `For example: --out pictures${endings[0]}`,
  });
}
