// `--model ./my-family.js`: the family of docs/api.md, trained, drawn from and gone on with; and files that are none.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finished } from '../cli';
import { expectPlainError, trainSmall } from '../small-models';

let folder = '';
let run: (...words: string[]) => Promise<Finished>;
const at = (...names: string[]) => join(folder, ...names);
const page = readFileSync(join(__dirname, '..', '..', 'docs', 'api.md'), 'utf8');
const source = /```js\n(\/\/ linear-vae[\s\S]*?)```/.exec(page)?.[1] as string;
const named = ['--model', './my-family.js'];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-family-'));
  writeFileSync(at('my-family.js'), source);
  run = await trainSmall(folder, { mine: [...named, '--latent-dim', '3', '--epochs', '2'] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('trains, is drawn from, encoded with and gone on with, when its file is named', async () => {
  const manifest = JSON.parse(
    readFileSync(at('mine', 'checkpoints', 'step-000048', 'manifest.json'), 'utf8'),
  );
  expect(manifest).toMatchObject({
    family: 'linear-vae',
    familyFile: { name: 'my-family.js', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) },
    setting: { options: { latentDim: 3, batchSize: 8 } },
  });
  const opened = ['--checkpoint', 'mine', ...named];
  for (const words of [
    ['sample', ...opened, '--count', '4', '--out', 'x.npy'],
    ['encode', ...opened, '--data', 'set', '--out', 'z.npy'],
    ['interpolate', ...opened, '--steps', '3', '--out', 'walk.png'],
    ['evaluate', ...opened, '--metrics', 'parzen', '--sample-count', '16'],
    ['train', '--resume', ...named, '--epochs', '3', '--out', 'mine'],
    ['models', './my-family.js'],
  ])
    expect({ words, ...(await run(...words)) }).toMatchObject({ words, code: 0 });
  expect(readFileSync(at('x.npy.xmp'), 'utf8')).toContain('--model my-family.js');
});

it('is searched by aigc tune, whose trials run the file that was named, and no other', async () => {
  const wanted = ['--set', 'latent-dim=2', '--set', 'batch-size=8', '--metric', 'parzen'];
  const small = ['--sample-count', '16', '--steps', '4', '--trials', '1', '--json'];
  const begun = await run('tune', ...named, '--data', 'set', ...wanted, ...small, '--out', 'tune');
  expect(begun).toMatchObject({ code: 0, stderr: '' });
  const end = JSON.parse(begun.stdout.trim().split('\n').at(-1) as string);
  expect(end.best).toMatchObject({ status: 'measured', length: 4 });
  expect(end.command).toContain(`aigc train --model ${at('my-family.js')} `);
  expectPlainError(
    await run('tune', ...named, '--data', 'set', '--out', 'never'),
    2,
    /nothing to search: no opt/,
  );
  const going = ['tune', '--resume', '--out', 'tune'];
  expectPlainError(
    await run(...going),
    3,
    /is of the family "linear-vae", which is in a file of its own: my-f/,
  );
  writeFileSync(at('changed.js'), `${source}\n`);
  expectPlainError(
    await run(...going, '--model', './changed.js'),
    3,
    /changed\.js has changed since the search/,
  );
  expectPlainError(await run(...going, '--model', 'vae'), 2, /started with --model linear-vae/);
  cpSync(at('my-family.js'), at('moved.js'));
  expect(await run(...going, '--model', './moved.js')).toMatchObject({
    code: 0,
    stdout: expect.stringContaining(`aigc train --model ${at('moved.js')} `),
  });
});

it('is not run because a checkpoint names it', async () => {
  expectPlainError(
    await run('sample', '--checkpoint', 'mine', '--out', 'never.png'),
    3,
    /is of the family "linear-vae", which is in a file of its own: my-family\.js, SHA-256/,
  );
  expectPlainError(await run('train', '--resume', '--out', 'mine'), 2, /no model family "linear-vae"/);
});

it('is not run because a configuration names it', async () => {
  writeFileSync(at('config.json'), JSON.stringify({ model: './my-family.js', data: 'set' }));
  const named = await run('train', '--config', 'config.json', '--out', 'never');
  expectPlainError(named, 2, /no model family ".\/my-family\.js"/);
  expect(named.stderr).toContain('only where a flag names it: --model ./my-family.js');
});

it('says when the file has changed, or is another', async () => {
  writeFileSync(at('changed.js'), `${source}\n`);
  const { code, stderr } = await run(
    'sample',
    '--checkpoint',
    'mine',
    '--model',
    './changed.js',
    '--out',
    'x.png',
  );
  expect({ code, stderr }).toMatchObject({
    code: 0,
    stderr: expect.stringMatching(/warning: changed\.js has changed since .*step-\d+ was written/),
  });
  writeFileSync(at('other.js'), source.replace("name: 'linear-vae'", "name: 'other'"));
  const other = await run('sample', '--checkpoint', 'mine', '--model', './other.js', '--out', 'x.png');
  expectPlainError(other, 3, /is of the family linear-vae, not of other \(other\.js\)/);
});

it.each([
  ['none.js', undefined, 3, /none\.js does not exist/],
  ['thrown.js', "throw new Error('no luck');", 2, /thrown\.js cannot be loaded as a model family: no luck/],
  ['broken.js', 'module.exports = {', 2, /broken\.js cannot be loaded as a model family/],
  ['empty.js', '', 2, /empty\.js exports no model family: name: /],
  ['words.js', "module.exports = 'vae';", 2, /words\.js exports no model family/],
  [
    'ours.js',
    () => source.replace("name: 'linear-vae'", "name: 'vae'"),
    2,
    /ours\.js calls its family vae, as one of/,
  ],
  [
    'name.js',
    () => source.replace("name: 'linear-vae'", "name: '../x'"),
    2,
    /name: must be of small letters/,
  ],
  ['batch.js', () => source.replaceAll('batchSize', 'batch'), 2, /options: must have a batchSize/],
  ['half.js', () => source.replace('    create,\n', ''), 2, /half\.js exports no model family: create/],
])('refuses %s', async (name, text, code, message) => {
  if (text !== undefined) writeFileSync(at(name), typeof text === 'function' ? text() : text);
  expectPlainError(
    await run('train', '--model', `./${name}`, '--data', 'set', '--out', 'never'),
    code,
    message,
  );
});
