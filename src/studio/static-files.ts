// The page's own files: what `npm run build` made, by exact names, held in memory.
import { existsSync, readdirSync } from 'node:fs';
import { extname, join } from 'node:path';
import { readWholeSync } from '../read-file';

export interface StaticFile {
  readonly type: string;
  readonly bytes: Buffer;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

const mostBytes = 2 ** 24;

/** By path: `/studio.js`; `/` is index.html. None where the page was not built. */
export function staticFiles(): ReadonlyMap<string, StaticFile> {
  const beside = join(__dirname, '../studio-page');
  // Tests run this file from src, and the page from what was built.
  const folder = existsSync(beside) ? beside : join(__dirname, '../../dist/studio-page');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const files = names.flatMap((name) => {
    const type = types[extname(name)];
    if (type === undefined) return [];
    const path = name === 'index.html' ? '/' : `/${name}`;
    return [[path, { type, bytes: readWholeSync(join(folder, name), mostBytes) }] as const];
  });
  return new Map(files);
}
