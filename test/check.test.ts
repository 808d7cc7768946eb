// `npm run check` refuses imports against the order of the layers, and cycles: files that break each rule, in a copy.
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { scratchFolder } from './scratch';

const root = join(__dirname, '..');
const folder = scratchFolder();

/** From the bottom to the top; each imports those below it. */
const layers = [
  ...[
    'tensor',
    'models',
    'run',
    'use',
    'page',
    'training',
    'metrics',
    'compare',
    'tune',
    'export',
    'library',
    'studio',
    'commands',
  ],
  'cli.ts',
];
/** They stand beside the layers: on `tensor`, under `commands`. */
const beside = ['backend-install', 'backend-pack', 'backend-doctor'];
const entries = readdirSync(join(root, 'src'));
/** Whatever is no layer imports nothing but its like. */
const leaves = entries.filter((name) => ![...layers, ...beside].includes(name));

/** What a room of src may not import. */
function forbidden(room: string): string[] {
  const above = (name: string) => layers.slice(layers.indexOf(name) + 1);
  if (leaves.includes(room)) return [...beside, ...layers];
  if (room === 'tensor') return [...beside, ...above(room)];
  if (room === 'commands') return above(room);
  if (room === 'backend-install') return ['backend-pack', 'backend-doctor', ...above('tensor')];
  if (room === 'backend-pack') return ['backend-doctor', ...above('tensor')];
  if (room === 'backend-doctor') return above('tensor');
  return room === 'cli.ts' ? [] : [...beside, ...above(room)];
}

interface Report {
  readonly diagnostics: readonly {
    readonly category: string;
    readonly location: { readonly path: string; readonly start: { readonly line: number } };
  }[];
}

/** What biome says of the copy. @param files what is added to it, by path */
function check(files: Readonly<Record<string, string>>): string[] {
  for (const name of ['src', 'biome.json', '.gitignore']) {
    cpSync(join(root, name), join(folder(), name), { recursive: true });
  }
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder(), path), text);
  const biome = join(dirname(require.resolve('@biomejs/biome/package.json')), 'bin', 'biome');
  const words = ['lint', '--error-on-warnings', '--reporter=json', '--max-diagnostics=none'];
  const { stdout, status } = spawnSync(process.execPath, [biome, ...words], {
    cwd: folder(),
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  const { diagnostics } = JSON.parse(stdout) as Report;
  expect(status).toBe(diagnostics.length === 0 ? 0 : 1);
  return diagnostics
    .map(({ category, location }) => `${location.path}:${location.start.line} ${category}`)
    .sort();
}

/** Where a room's file of breaches is, and how it imports another room's. */
const breach = (room: string) => (room.endsWith('.ts') ? `src/breach-${room}` : `src/${room}/breach.ts`);
const specifier = (from: string, to: string) =>
  `${from.endsWith('.ts') ? '.' : '..'}/${to.endsWith('.ts') ? to.slice(0, -3) : `${to}/some-file`}`;

it('every room of src is a layer, stands beside them, or is a leaf', () => {
  for (const name of [...layers, ...beside]) expect(entries).toContain(name);
  expect(leaves.filter((name) => !name.endsWith('.ts'))).toEqual([
    ...['chart', 'config', 'dataset', 'images', 'process', 'stats'],
  ]);
});

it('an import against the order is refused, of a type too, and every other is not', () => {
  const rooms = entries.filter((room) => room !== 'cli.ts');
  const files = Object.fromEntries(
    rooms.map((room) => {
      const imports = entries
        .filter((other) => other !== room)
        .map((other, i) => `import type { T${i} } from '${specifier(room, other)}';`);
      const used = imports.map((_, i) => `T${i}`).join(', ');
      return [breach(room), `${imports.join('\n')}\nexport type All = [${used}];\n`];
    }),
  );
  const expected = Object.entries(files).flatMap(([path, text], i) => {
    const room = rooms[i] as string;
    const bad = forbidden(room).map((other) => `'${specifier(room, other)}'`);
    return text
      .split('\n')
      .flatMap((line, at) => (bad.some((word) => line.includes(word)) ? [`${path}:${at + 1}`] : []));
  });
  expect(expected.length).toBeGreaterThan(100);
  expect(check(files)).toEqual(expected.map((at) => `${at} lint/style/noRestrictedImports`).sort());
});

it('so is one that is made when it is called for, and one that is passed on', () => {
  const lines = [
    "export const load = () => import('../training/loop');",
    "export * from '../tune/space';",
    "export type { Output } from '../cli';",
  ];
  expect(check({ 'src/models/breach.ts': `${lines.join('\n')}\n` })).toEqual(
    lines.map((_, i) => `src/models/breach.ts:${i + 1} lint/style/noRestrictedImports`),
  );
});

it('what a page runs too may use nothing of Node', () => {
  const line =
    "import { readFileSync } from 'node:fs';\nexport const text = readFileSync(String(Buffer.from('a')), 'utf8');\n";
  const rooms = ['page', 'models', 'tensor/ops', 'stats'];
  const found = check(Object.fromEntries(rooms.map((room) => [`src/${room}/breach.ts`, line])));
  const of = (room: string) => [
    `src/${room}/breach.ts:1 lint/correctness/noNodejsModules`,
    `src/${room}/breach.ts:2 lint/style/noRestrictedGlobals`,
  ];
  expect(found).toEqual(rooms.flatMap(of).sort());
});

it('a cycle is refused, of types alone too', () => {
  const files = {
    'src/stats/one.ts': "import type { Two } from './two';\nexport type One = Two[];\n",
    'src/stats/two.ts': "import type { One } from './one';\nexport type Two = One[];\n",
  };
  expect(check(files)).toEqual(Object.keys(files).map((path) => `${path}:1 lint/suspicious/noImportCycles`));
});
