// Readers go through src/read-file.ts, which opens regular files alone: one that goes around it would wait for a pipe.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const source = join(__dirname, '..', 'src');
/** What nobody else has written: the packages' own files, our locks and parts of downloads, and what the kernel tells. */
const exempt = [
  ...['files.ts', 'read-file.ts', 'version.ts', 'dataset/transfer.ts', 'backend-install/javascript.ts'],
  'export/web/web.ts',
  ...['run/lock.ts', 'process/identity.ts', 'tensor/wasm.ts', 'tensor/wasm/node-threads.ts'],
];

it('no file but src/read-file.ts opens files to read them', () => {
  const around = (readdirSync(source, { recursive: true }) as string[])
    .filter((name) => name.endsWith('.ts') && !exempt.includes(name))
    .filter((name) => {
      const text = readFileSync(join(source, name), 'utf8');
      const imported = [...text.matchAll(/import \{([^}]*)\} from 'node:fs(?:\/promises)?'/g)].flatMap(
        ([, names]) => (names ?? '').split(',').map((word) => word.trim().replace(/^type /, '')),
      );
      return imported.some((word) => /^(?:open|openSync|readFile|readFileSync|createReadStream)$/.test(word));
    });
  expect(around).toEqual([]);
});

it('JSON is parsed within bounds, but what our own processes say', () => {
  const ours = [
    'json.ts',
    'version.ts',
    'process/aigc.ts',
    'backend-install/javascript.ts',
    'backend-install/try-backend.ts',
    'page/main.ts',
    'studio/page/store.ts',
  ];
  const around = (readdirSync(source, { recursive: true }) as string[])
    .filter((name) => name.endsWith('.ts') && !ours.includes(name))
    .filter((name) => readFileSync(join(source, name), 'utf8').includes('JSON.parse('));
  expect(around).toEqual([]);
});
