// `aigc export --to film` and `--to safetensors`: the grids of a run as an animation, the weights of a model.
import { mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readPicture } from '../../src/images/picture';
import { checkpointFolder, listCheckpoints, readCheckpoint } from '../../src/run/checkpoint';
import { decodeSafetensors } from '../../src/run/safetensors';
import { openAnimation } from '../animation';
import { type Finished, runCli } from '../cli';
import { expectPlainError, trainSmall } from '../small-models';

let folder = '';
let run: (...words: string[]) => Promise<Finished>;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-film-'));
  run = await trainSmall(folder, { vae: ['--model', 'vae', '--hidden-units', '8', '--epochs', '3'] });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const headerOf = (file: Buffer) => JSON.parse(file.toString('utf8', 8, 8 + Number(file.readBigUInt64LE())));

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

it('finds the run from inside a checkpoint of it', async () => {
  const [step] = await listCheckpoints(at('vae', 'checkpoints'));
  const inside = checkpointFolder(at('vae', 'checkpoints'), step as number);
  const words = ['export', '--checkpoint', '.', '--to', 'film', '--out', at('b.gif')];
  const { code, stdout } = await runCli(words, inside, { AIGC_BACKEND: 'wasm' });
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('in 3 frames') });
});

it('writes the weights that a model draws and encodes with, and what they are of', async () => {
  const words = ['export', '--checkpoint', 'vae', '--to', 'safetensors', '--out', 'vae.safetensors'];
  expect(await run(...words)).toMatchObject({ code: 0, stdout: expect.stringContaining('10 arrays of') });
  const bytes = readFileSync(at('vae.safetensors'));
  const { __metadata__, ...entries } = headerOf(bytes);
  expect(__metadata__).toMatchObject({
    family: 'vae',
    image: '8x8x1',
    latentDim: '20',
    pixelRange: 'zero-one',
  });
  expect(JSON.parse(__metadata__.options)).toMatchObject({ hiddenUnits: 8, likelihood: 'bernoulli' });
  const written = decodeSafetensors(bytes, 'vae.safetensors');
  const [step] = await listCheckpoints(at('vae', 'checkpoints'));
  const inside = checkpointFolder(at('vae', 'checkpoints'), step as number);
  const { tensors, manifest } = await readCheckpoint(inside);
  expect([...written.keys()].sort()).toEqual(Object.keys(entries).sort());
  expect(tensors.size).toBeGreaterThan(written.size); // Adam's moments stay behind
  for (const [name, tensor] of written) expect(tensor).toEqual(tensors.get(name));
  // The checkpoint's own file says the same of itself, but for its hash.
  const { checkpointSha256, ...others } = __metadata__;
  expect(checkpointSha256).toBe(manifest.weights.sha256);
  expect(headerOf(readFileSync(join(inside, 'weights.safetensors'))).__metadata__).toEqual(others);
});

it('refuses a checkpoint that lies in no run, and other endings', async () => {
  renameSync(at('vae', 'run.json'), at('vae', 'other.json'));
  expectPlainError(await run('export', '--checkpoint', 'vae', '--to', 'film'), 3, /no grids of samples/);
  expectPlainError(await run('export', '--to', 'film', '--out', 'film.mp4'), 2, /ends in \.gif or \.webp/);
});
