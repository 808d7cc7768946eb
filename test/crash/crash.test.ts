// SIGKILL at random moments, then the same command again: what comes of it is what comes of one that was never killed, and
// nothing is half-written in between. `npm run test:crash` does it 100 times and says how it went, `npm test` a few times.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataSet } from '../../src/dataset/load';
import { openFolder } from '../../src/dataset/pictures/folder-store';
import { readCheckpoint } from '../../src/run/checkpoint';
import { decodeSafetensors } from '../../src/run/safetensors';
import { type Finished, program } from '../cli';
import { trainSmall } from '../small-models';

const root = mkdtempSync(join(tmpdir(), 'aigc-crash-'));
const built = join(__dirname, '..', '..', 'bin', 'aigc.js');
const kills = Number(process.env.AIGC_CRASH_KILLS ?? 5);
const at = (...names: string[]) => join(root, ...names);
const environment = (folder: string) => ({
  AIGC_BACKEND: process.env.AIGC_CRASH_BACKEND ?? 'wasm',
  AIGC_CACHE_DIR: join(folder, 'cache'),
});

interface Crashing {
  readonly name: string;
  /** What is called, in a folder of its own in which its `out` is what counts. */
  readonly words: readonly string[];
  /** Where its changes are counted: a folder of that folder. */
  readonly out: string;
  /** What is there before it. */
  readonly prepare?: (folder: string) => void;
  /** What is called after the kill; the same when left out. */
  readonly again?: (folder: string) => readonly string[];
  /** Whether it had ended, all but for its lock: then there is nothing to go on with. */
  readonly ended?: (folder: string) => boolean;
  /** What must hold right after the kill. */
  readonly whole: (folder: string, reference: string) => Promise<void>;
  /** What must be equal in the end. */
  readonly outcome: (folder: string) => unknown;
}

const small = ['--data', '../set', '--batch-size', '32', '--grid', '2x2'];
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const jsonLines = (path: string) =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .flatMap((line) => {
      try {
        return [JSON.parse(line)];
      } catch {
        return []; // The half line that a killed writer leaves.
      }
    });
const files = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .map((path) => [path.slice(folder.length), readFileSync(path).toString('base64')]),
  );
/** What a writer leaves that was killed, or a lock. */
const leftovers = (folder: string) =>
  readdirSync(folder, { recursive: true }).filter((name) => /(^|[/\\])(\.|lock$)/.test(String(name)));

const weightsOf = (run: string) =>
  readdirSync(join(run, 'checkpoints'))
    .sort()
    .slice(-1)
    .map((step) => ({ step, weights: json(join(run, 'checkpoints', step, 'manifest.json')).weights.sha256 }));

async function checkRun(run: string): Promise<void> {
  if (existsSync(join(run, 'run.json'))) json(join(run, 'run.json'));
  for (const step of existsSync(join(run, 'checkpoints')) ? readdirSync(join(run, 'checkpoints')) : [])
    if (!step.startsWith('.')) await readCheckpoint(join(run, 'checkpoints', step));
}

const untimed = (path: string) =>
  jsonLines(path).map(({ seconds: _, spentMinutes: __, imagesPerSecond: ___, ...event }) => event);

const cases: readonly Crashing[] = [
  {
    name: 'train',
    // A checkpoint after nearly every step.
    words: [
      ...['train', '--model', 'gan', ...small, '--epochs', '2', '--checkpoint-every-minutes', '0.0001'],
      ...['--log-every-steps', '1', '--out', 'out'],
    ],
    out: 'out',
    again: (folder) =>
      existsSync(join(folder, 'out', 'run.json')) ? ['train', '--resume', '--out', 'out'] : [],
    ended: (folder) =>
      existsSync(join(folder, 'out', 'run.json')) &&
      json(join(folder, 'out', 'run.json')).status === 'finished',
    whole: (folder) => checkRun(join(folder, 'out')),
    outcome: (folder) => {
      const { createdAt: _, ...run } = json(join(folder, 'out', 'run.json'));
      return [weightsOf(join(folder, 'out')), untimed(join(folder, 'out', 'metrics.jsonl')), run];
    },
  },
  {
    name: 'tune',
    words: [
      ...[
        'tune',
        '--model',
        'vae',
        '--data',
        '../set',
        '--set',
        'batch-size=32',
        '--set',
        'hidden-units=4,8',
      ],
      ...['--trials', '2', '--method', 'random', '--epochs', '2', '--out', 'out'],
    ],
    out: 'out',
    again: (folder) =>
      existsSync(join(folder, 'out', 'tune.json')) ? ['tune', '--resume', '--out', 'out'] : [],
    whole: async (folder) => {
      for (const trial of ['0001', '0002']) await checkRun(join(folder, 'out', 'trials', trial));
    },
    outcome: (folder) => [
      untimed(join(folder, 'out', 'trials.jsonl')),
      ['0001', '0002'].map((trial) => weightsOf(join(folder, 'out', 'trials', trial))),
      readdirSync(join(folder, 'out')).sort(),
    ],
  },
  {
    name: 'data make --force',
    words: ['data', 'make', 'digits', '--count', '300', '--seed', '2', '--force', '--out', 'out'],
    out: 'out',
    prepare: (folder) => cpSync(at('digits'), join(folder, 'out'), { recursive: true }),
    whole: async (folder, reference) => {
      const fingerprint = async (path: string) => (await loadDataSet(path, { dataFolder: root })).fingerprint;
      const sets = [await fingerprint(at('digits')), await fingerprint(join(reference, 'out'))];
      expect(sets).toContain(await fingerprint(join(folder, 'out')));
    },
    outcome: (folder) => files(join(folder, 'out')),
  },
  {
    name: 'sample to a folder',
    words: ['sample', '--checkpoint', '../model', '--count', '12', '--seed', '2', '--out', 'out'],
    out: 'out',
    prepare: (folder) => cpSync(at('drawn'), join(folder, 'out'), { recursive: true }),
    whole: async (folder, reference) => {
      await openFolder(join(folder, 'out')); // Whoever reads them settles what was cut short.
      const found = Object.entries(files(join(folder, 'out'))).filter(([name]) => !name.startsWith('/.'));
      expect([files(at('drawn')), files(join(reference, 'out'))]).toContainEqual(Object.fromEntries(found));
    },
    outcome: (folder) => files(join(folder, 'out')),
  },
  {
    name: 'evaluate, which trains a feature network',
    words: [
      ...['evaluate', '--checkpoint', 'out', '--metrics', 'fid,coverage', '--sample-count', '64', '--json'],
    ],
    out: '',
    prepare: (folder) => cpSync(at('model'), join(folder, 'out'), { recursive: true }),
    whole: async (folder) => {
      for (const name of networks(folder))
        decodeSafetensors(readFileSync(join(folder, 'cache', 'features', name)), name);
      await checkRun(join(folder, 'out'));
    },
    outcome: (folder) => [
      networks(folder).map((name) => [
        name,
        readFileSync(join(folder, 'cache', 'features', name)).toString('base64'),
      ]),
      untimed(join(folder, 'out', 'evaluations.jsonl')).slice(-3), // fid, density, coverage: those logged before a kill stay
    ],
  },
];

function networks(folder: string): string[] {
  const features = join(folder, 'cache', 'features');
  return existsSync(features) ? readdirSync(features).filter((name) => !name.startsWith('.')) : [];
}

interface Reference {
  readonly folder: string;
  readonly changes: number;
  readonly ms: number;
  readonly outcome: unknown;
}

/** What comes of it when nothing kills it. */
async function measure(crashing: Crashing): Promise<Reference> {
  const folder = at(`reference-${crashing.name.replace(/\W+/g, '-')}`);
  begin(crashing, folder);
  const tally = join(root, 'tally');
  const began = performance.now();
  const { code, stderr } = await start(crashing.words, folder, {
    AIGC_DIE_IN: join(folder, crashing.out),
    AIGC_DIE_COUNT: tally,
  });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const ms = performance.now() - began;
  return { folder, changes: Number(readFileSync(tally, 'utf8')), ms, outcome: crashing.outcome(folder) };
}

function begin({ prepare }: Crashing, folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  prepare?.(folder);
}

/** The children that a search starts are not preloaded: --require is this process's. */
function start(
  words: readonly string[],
  folder: string,
  dying: Readonly<Record<string, string>>,
  killAfterMs?: number,
): Promise<Finished & { readonly killed: boolean }> {
  const child = spawn(process.execPath, ['--require', join(__dirname, 'die.js'), built, ...words], {
    cwd: folder,
    env: { ...process.env, AIGC_OFFLINE: '1', ...environment(folder), ...dying },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
  return new Promise((resolve) =>
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, stdout: '', stderr, killed: signal === 'SIGKILL' });
    }),
  );
}

/** At one of its changes of files three times of four, else at any time. @returns whether it was still at work */
async function kill({ words, out }: Crashing, folder: string, { changes, ms }: Reference, round: number) {
  if (round % 4 === 3) {
    const dying = { AIGC_DIE_IN: join(folder, out) };
    const afterMs = Math.random() * ms;
    return {
      killed: (await start(words, folder, dying, afterMs)).killed,
      moment: `after ${Math.round(afterMs)} ms`,
    };
  }
  const change = 1 + Math.floor(Math.random() * changes);
  const when = ['before', 'half', 'after'][round % 4] as string;
  const dying = { AIGC_DIE_IN: join(folder, out), AIGC_DIE_AT: String(change), AIGC_DIE_WHEN: when };
  return {
    killed: (await start(words, folder, dying)).killed,
    moment: `${when} change ${change} of ${changes}`,
  };
}

const figures: string[] = [];

beforeAll(async () => {
  const run = await trainSmall(root, { model: ['--model', 'gan', '--steps', '8'] });
  await run('data', 'make', 'digits', '--count', '200', '--seed', '1', '--out', 'digits');
  await run('sample', '--checkpoint', 'model', '--count', '12', '--seed', '1', '--out', 'drawn');
}, 120_000);

afterAll(() => {
  rmSync(root, { recursive: true, force: true });
  process.stdout.write(`${figures.join('\n')}\n`);
});

const rounds = Math.max(1, Math.round(kills / cases.length));

it.each(cases.map((crashing) => [crashing.name, crashing] as const))(
  `%s, killed at random moments and called again, comes to the same`,
  async (name, crashing) => {
    const reference = await measure(crashing);
    const folder = at('killed');
    let killed = 0;
    for (let round = 0; round < rounds; round++) {
      begin(crashing, folder);
      const fate = await kill(
        crashing,
        folder,
        reference,
        rounds < 4 ? Math.floor(Math.random() * 4) : round,
      );
      if (fate.killed) killed += 1;
      const where = `${name}, killed ${fate.moment}`;
      await crashing.whole(folder, reference.folder).catch((error) => {
        throw new Error(`${where}: ${error.message}`, { cause: error });
      });
      const ended = crashing.ended?.(folder) ?? false;
      const again = fate.killed && !ended ? (crashing.again?.(folder) ?? []) : undefined;
      if (again) {
        const { code, stderr } = await program(
          again.length > 0 ? again : crashing.words,
          folder,
          environment(folder),
        );
        expect({ where, stderr, code }).toMatchObject({ where, code: 0 });
      }
      expect({ where, outcome: crashing.outcome(folder) }).toEqual({ where, outcome: reference.outcome });
      const left = leftovers(join(folder, 'out')).filter((file) => !(ended && file === 'lock'));
      expect({ where, left }).toEqual({ where, left: [] });
    }
    figures.push(
      `${name}: ${killed} of ${rounds} were killed at work, at one of ${reference.changes} changes of files or at any time; all came to the same`,
    );
    expect(killed).toBeGreaterThanOrEqual(Math.floor(rounds / 2));
  },
  120_000 + rounds * 60_000,
);
