// Programs that are not there, in each way in which systems say so.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runProgram } from '../../src/process/program';
import { scratchFolder } from '../scratch';

const folder = scratchFolder();

test.each([
  ['no folder of PATH has it', () => join(folder(), 'nowhere')],
  ['a file of its name is no program', () => folder()],
  ['a file stands where a folder of PATH should be', () => join(folder(), 'tool')],
])('there is no program when %s', async (_, path) => {
  writeFileSync(join(folder(), 'tool'), 'no program', { mode: 0o644 });
  expect(await runProgram('tool', [], { env: { PATH: path() } })).toBeUndefined();
});
