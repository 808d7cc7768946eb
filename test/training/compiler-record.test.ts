import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findInstallation } from '../../src/tensor/native/location';
import { machineName, readRace, winnerOf, writeRace } from '../../src/training/compiler-record';
import { scratchFolder } from '../scratch';

// Skipped where `aigc backend install` has not been run.
const describeNative = findInstallation() ? describe : describe.skip;

const folder = scratchFolder();

test('XLA has to be faster by more than it costs', () => {
  expect(winnerOf(undefined)).toBe('graph');
  expect(winnerOf({ graphMs: 100, xlaMs: 90 })).toBe('graph');
  expect(winnerOf({ graphMs: 100, xlaMs: 80 })).toBe('xla');
});

test('a machine is its processor with its vectors, and how many cores it has', () => {
  expect(machineName()).toMatch(/^.+, \d+ cores/);
  expect(machineName()).toBe(machineName());
});

describeNative('a race between compilers', () => {
  test('is kept, and is nothing to another machine or TensorFlow, or when it cannot be read', async () => {
    const race = { graphMs: 352, xlaMs: 240 };
    expect(readRace(folder())).toBeUndefined();
    await writeRace(race, folder());
    expect(readRace(folder())).toEqual(race);
    const path = join(folder(), 'compilers.json');
    const kept = { format: 1, machine: machineName(), tensorflow: findInstallation()?.tensorflow, ...race };
    const put = (record: unknown) => writeFileSync(path, JSON.stringify(record));
    put(kept);
    expect(readRace(folder())).toEqual(race);
    for (const other of [{ machine: 'another' }, { tensorflow: '2.0.0' }, { xlaMs: 0 }, { format: 2 }]) {
      put({ ...kept, ...other });
      expect(readRace(folder())).toBeUndefined();
    }
    writeFileSync(path, '{"format":');
    expect(readRace(folder())).toBeUndefined();
  });
});
