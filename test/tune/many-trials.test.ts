// A search of a thousand trials that take no time: what scheduling does by itself, by one hand and by two.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFamily } from '../../src/models';
import type { Call, Child, Launcher } from '../../src/process/launcher';
import { bracketAt } from '../../src/tune/bracket';
import { openHands } from '../../src/tune/hands';
import { startSearch } from '../../src/tune/search';
import { readResults, type TrialResult, type TunePlan, tuneFolder } from '../../src/tune/tune-folder';

const root = mkdtempSync(join(tmpdir(), 'aigc-many-trials-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const many = 1000;
const plan: TunePlan = {
  ...{ model: 'vae', data: 'digits', seed: 1, metric: 'fid', source: 'evaluate', trainCount: 10_000 },
  figure: { name: 'fid', label: 'FID', better: 'lower' },
  ...{ trials: many, bracket: many, unit: 'steps', length: 10 },
  space: { learningRate: { from: 1e-4, to: 1e-2, log: true }, latentDim: { from: 2, to: 64 } },
};
const family = findFamily('vae');
const folder = tuneFolder(root);

/** Answers at once, the figure of a trial by its number. */
function stub(limit: number, trained: string[]): Launcher {
  const answer = ({ words }: Call): Child => {
    const path = words.find((word) => word.startsWith(join(root, 'trials'))) as string;
    if (words[0] === 'train') trained.push(path);
    const events =
      words[0] === 'train'
        ? [{ event: 'end' }]
        : [{ event: 'metric', figure: 'fid', mean: Number(path.slice(-4)), standardError: 0.1 }];
    return {
      state: () => 'ended',
      done: Promise.resolve({ code: 0, events, lastWords: '' }),
      stop: () => undefined,
    };
  };
  return { limit, outlives: false, start: answer };
}

const quiet = { progress: () => undefined, warn: () => undefined };

function searchOn(results: readonly TrialResult[], launcher: Launcher, isShared: boolean) {
  return startSearch({
    ...{ folder, plan, family, results, launcher, backend: 'wasm', budgetMinutes: undefined },
    hands: isShared ? openHands(folder, quiet) : undefined,
    ...{ onWork: () => undefined, onWait: () => undefined, confirm: () => undefined },
    ...{ onResult: () => undefined, onEstimate: () => undefined, onCut: () => undefined },
  }).done;
}

it('runs each of a thousand trials once, and two hands share what one has left', async () => {
  mkdirSync(join(root, 'trials'));
  const trained: string[] = [];
  expect(bracketAt(plan, family, 1).trials).toHaveLength(many);
  const alone = await searchOn([], stub(16, trained), false);
  expect(alone).toMatchObject({ reason: 'finished' });
  expect(new Set(trained).size).toBe(many);
  const all = await readResults(folder);
  expect(all.map(({ trial }) => trial).sort((a, b) => a - b)).toEqual(
    Array.from({ length: many }, (_, i) => i + 1),
  );
  // As it was when a hundred were still to come.
  const earlier = all.filter(({ trial }) => trial <= many - 100);
  writeFileSync(folder.results, earlier.map((result) => `${JSON.stringify(result)}\n`).join(''));
  const [mine, theirs]: [string[], string[]] = [[], []];
  const both = await Promise.all([
    searchOn(earlier, stub(2, mine), true),
    searchOn(earlier, stub(2, theirs), true),
  ]);
  for (const { results } of both) expect(results).toHaveLength(many);
  expect(mine.length).toBeGreaterThan(0);
  expect(theirs.length).toBeGreaterThan(0);
  expect([...mine, ...theirs].sort()).toEqual(trained.sort().slice(-100));
  expect(await readResults(folder)).toHaveLength(many);
});
