// `npm run check` refuses imports against the order of the layers, and cycles: files that break each rule, in a copy.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(__dirname, '..');

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
  const folder = mkdtempSync(join(tmpdir(), 'aigc-check-'));
  try {
    for (const name of ['src', 'biome.json', '.gitignore'])
      cpSync(join(root, name), join(folder, name), { recursive: true });
    for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
    return lint(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function lint(folder: string): string[] {
  const biome = join(dirname(require.resolve('@biomejs/biome/package.json')), 'bin', 'biome');
  const words = ['lint', '--error-on-warnings', '--reporter=json', '--max-diagnostics=none'];
  const { stdout, status } = spawnSync(process.execPath, [biome, ...words], {
    cwd: folder,
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

const rooms = entries.filter((room) => room !== 'cli.ts');
const ofAllOthers = Object.fromEntries(
  rooms.map((room) => {
    const imports = entries
      .filter((other) => other !== room)
      .map((other, i) => `import type { T${i} } from '${specifier(room, other)}';`);
    const used = imports.map((_, i) => `T${i}`).join(', ');
    return [breach(room), `${imports.join('\n')}\nexport type All = [${used}];\n`];
  }),
);

const hidden = [
  "export const load = () => import('../training/loop');",
  "export * from '../tune/space';",
  "export type { Output } from '../cli';",
];

const nodeless = ['page', 'models', 'tensor/ops', 'stats'].map((room) => `src/${room}/of-node.ts`);
const ofNode =
  "import { readFileSync } from 'node:fs';\nexport const text = readFileSync(String(Buffer.from('a')), 'utf8');\n";

const inCircles = {
  'src/stats/one.ts': "import type { Two } from './two';\nexport type One = Two[];\n",
  'src/stats/two.ts': "import type { One } from './one';\nexport type Two = One[];\n",
};

/** All that is said: one look at the copy is what takes time. */
const said = check({
  ...ofAllOthers,
  'src/models/hidden.ts': `${hidden.join('\n')}\n`,
  ...Object.fromEntries(nodeless.map((path) => [path, ofNode])),
  ...inCircles,
});
const saidOf = (paths: readonly string[]) => said.filter((line) => paths.includes(line.replace(/:.*/, '')));

it('every room of src is a layer, stands beside them, or is a leaf', () => {
  for (const name of [...layers, ...beside]) expect(entries).toContain(name);
  expect(leaves.filter((name) => !name.endsWith('.ts'))).toEqual([
    ...['chart', 'config', 'dataset', 'images', 'process', 'stats'],
  ]);
});

it('says nothing of what breaks no rule', () => {
  const paths = [...Object.keys(ofAllOthers), 'src/models/hidden.ts', ...nodeless, ...Object.keys(inCircles)];
  expect(said).toEqual(saidOf(paths));
});

it('an import against the order is refused, of a type too, and every other is not', () => {
  const expected = Object.entries(ofAllOthers).flatMap(([path, text], i) => {
    const room = rooms[i] as string;
    const bad = forbidden(room).map((other) => `'${specifier(room, other)}'`);
    return text
      .split('\n')
      .flatMap((line, at) => (bad.some((word) => line.includes(word)) ? [`${path}:${at + 1}`] : []));
  });
  expect(expected.length).toBeGreaterThan(100);
  expect(saidOf(Object.keys(ofAllOthers))).toEqual(
    expected.map((at) => `${at} lint/style/noRestrictedImports`).sort(),
  );
});

it('so is one that is made when it is called for, and one that is passed on', () => {
  expect(saidOf(['src/models/hidden.ts'])).toEqual(
    hidden.map((_, i) => `src/models/hidden.ts:${i + 1} lint/style/noRestrictedImports`),
  );
});

it('what a page runs too may use nothing of Node', () => {
  const of = (path: string) => [
    `${path}:1 lint/correctness/noNodejsModules`,
    `${path}:2 lint/style/noRestrictedGlobals`,
  ];
  expect(saidOf(nodeless)).toEqual(nodeless.flatMap(of).sort());
});

it('a cycle is refused, of types alone too', () => {
  const paths = Object.keys(inCircles);
  expect(saidOf(paths)).toEqual(paths.map((path) => `${path}:1 lint/suspicious/noImportCycles`));
});
