// `aigc export --to film`: the grids of a run as an animation.
import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPicture } from '../../src/images/picture';
import { openAnimation } from '../animation';
import type { Finished } from '../cli';
import { expectPlainError, trainSmall } from '../small-models';

let folder = '';
let run: (...words: string[]) => Promise<Finished>;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-film-'));
  run = await trainSmall(folder, { vae: ['--model', 'vae', '--hidden-units', '8', '--epochs', '3'] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('shows each epoch, and holds the last', async () => {
  const { code, stdout } = await run(
    'export',
    '--checkpoint',
    'vae',
    '--to',
    'film',
    '--out',
    'a.gif',
    '--json',
  );
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ event: 'export', to: 'film', frames: 3, seconds: 3 });
  const { pages, delay } = await openAnimation(at('a.gif'), { animated: true }).metadata();
  expect({ pages, delay }).toEqual({ pages: 3, delay: [500, 500, 2000] });
  const last = await readPicture(at('vae', 'samples', 'epoch-0003.png'));
  const shown = await openAnimation(at('a.gif'), { page: 2 }).greyscale().raw().toBuffer();
  expect([...shown]).toEqual([...last.pixels]);
});

it('refuses a checkpoint that lies in no run, and other endings', async () => {
  renameSync(at('vae', 'run.json'), at('vae', 'other.json'));
  expectPlainError(await run('export', '--checkpoint', 'vae', '--to', 'film'), 3, /no grids of samples/);
  expectPlainError(await run('export', '--to', 'film', '--out', 'film.mp4'), 2, /ends in \.gif or \.webp/);
});
