import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { DataError } from '../../src/errors';
import { appendResult, readResults, type TrialResult, tuneFolder } from '../../src/tune/tune-folder';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();

const result = (trial: number): TrialResult => ({
  event: 'trial',
  trial,
  bracket: 1,
  rung: 1,
  length: 1,
  status: 'measured',
  value: 1,
  seconds: 1,
  spentMinutes: 1,
  options: { latentDim: 2 },
});

it('loses no result to the half line that a killed search leaves, and none of what is there', async () => {
  const search = tuneFolder(folder());
  appendResult(search, result(1));
  writeFileSync(search.results, `${readFileSync(search.results, 'utf8')}nonsense\n{"event":"tri`);
  expect(await readResults(search)).toEqual([result(1)]);
  appendResult(search, result(2));
  expect(await readResults(search)).toEqual([result(1), result(2)]);
  expect(readFileSync(search.results, 'utf8')).toContain('\nnonsense\n{"event":"tri\n{');
});

it('keeps results that it cannot read', async () => {
  const search = tuneFolder(folder());
  symlinkSync('trials.jsonl', search.results);
  await expect(readResults(search)).rejects.toThrow(DataError);
});
