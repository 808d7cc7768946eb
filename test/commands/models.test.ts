import { tmpdir } from 'node:os';
import { families } from '../../src/models';
import { jsonLines, runCli } from '../cli';

const models = (...words: string[]) => runCli(['models', ...words], tmpdir());
const events = (stdout: string): { event: string; name: string }[] => jsonLines(stdout);

it('gives JSON an event a family, and one with its options', async () => {
  const all = events((await models('--json')).stdout);
  expect(all.map(({ event, name }) => [event, name])).toEqual(families.map(({ name }) => ['model', name]));
  expect(events((await models('vae', '--json')).stdout)).toMatchObject([
    { event: 'model', name: 'vae', options: expect.arrayContaining([]) },
  ]);
});

it('suggests a family for a mistyped one, without a flag that was not used', async () => {
  expect(await models('gna')).toMatchObject({
    code: 2,
    stdout: '',
    stderr: 'error: There is no model family "gna".\n  Did you mean "gan"?\n',
  });
});
