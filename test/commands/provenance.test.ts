// What the commands that draw say in their files of how these were made, and what `aigc data inspect` shows of it.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type FoundProvenance, readProvenance } from '../../src/images/xmp-reader';
import { type Finished, runCli } from '../cli';
import { trainSmall } from '../small-models';

let folder = '';
let run: (...words: string[]) => Promise<Finished>;
const at = (...names: string[]) => join(folder, ...names);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-provenance-'));
  run = await trainSmall(folder, {
    vae: ['--model', 'vae', '--epochs', '2', '--latent-dim', '2', '--data', at('set')],
    quiet: ['--model', 'vae', '--steps', '2', '--no-provenance', '--keep', '1'],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const checkpoint = 'vae/checkpoints/step-000048';
const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');

async function said(file: string): Promise<FoundProvenance> {
  const found = await readProvenance(at(file));
  if (!found) throw new Error(`${file} says nothing`);
  return found;
}

/** The words of a command that a file tells. */
const wordsOf = ({ made }: FoundProvenance) => (made.command as string).split(' ').slice(1);

it.each([
  ['sample', ['--seed', '7', '--grid', '2x3'], 'x.png', 'trainedAlgorithmicMedia'],
  ['sample', ['--count', '2', '--truncation', '0.5'], 'x.npy', 'trainedAlgorithmicMedia'],
  ['sample', ['--count', '2', '--weights', 'last'], 'x.idx3-ubyte.gz', 'trainedAlgorithmicMedia'],
  ['interpolate', ['--steps', '3', '--from', 'seed:5'], 'x.gif', 'trainedAlgorithmicMedia'],
  ['interpolate', ['--rows', '2', '--path', 'linear'], 'walk.png', 'trainedAlgorithmicMedia'],
  ['reconstruct', ['--count', '2', '--mask', 'random:0.5'], 'r.png', 'compositeSynthetic'],
])('%s %j says in %s what repeats it, and is repeated by that', async (name, words, out, source) => {
  expect(await run(name, '--checkpoint', at('vae'), ...words, '--out', out)).toMatchObject({ code: 0 });
  const sidecar = existsSync(at(`${out}.xmp`));
  const found = await said(sidecar ? `${out}.xmp` : out);
  expect(found).toMatchObject({
    source,
    made: {
      family: 'vae',
      step: '48',
      data: 'set',
      weightsSha256: sha256(at(checkpoint, 'weights.safetensors')),
      ...(sidecar && { fileSha256: sha256(at(out)) }),
    },
  });
  expect(JSON.stringify(found)).not.toContain(folder);
  // In the run folder, and nowhere else named.
  const again = join('again', out);
  expect(await runCli([...wordsOf(found), '--out', at(again)], at('vae'))).toMatchObject({ code: 0 });
  expect(readFileSync(at(again))).toEqual(readFileSync(at(out)));
  if (sidecar) expect(readFileSync(at(`${again}.xmp`))).toEqual(readFileSync(at(`${out}.xmp`)));
});

it('says it in each picture of a folder', async () => {
  expect(await run('sample', '--checkpoint', 'vae', '--count', '2', '--out', 'each/')).toMatchObject({
    code: 0,
  });
  for (const file of ['each/000000.png', 'each/000001.png'])
    expect((await said(file)).made.command).toMatch(/^aigc sample .*--seed 1 --backend wasm --count 2$/);
});

it('tells of a sample grid which training ends with it, and the hash of the checkpoint that comes after it', async () => {
  const first = await said('vae/samples/epoch-0001.png');
  const last = await said('vae/samples/epoch-0002.png');
  expect(first.made).toMatchObject({ step: '24' });
  expect(last.made.weightsSha256).toBe(sha256(at(checkpoint, 'weights.safetensors')));
  cpSync(at('set'), at('elsewhere', 'set'), { recursive: true });
  for (const [file, found] of Object.entries({ 'epoch-0001.png': first, 'epoch-0002.png': last })) {
    const words = [...wordsOf(found), '--out', 'repeated', '--force'];
    expect(await runCli(words, at('elsewhere'))).toMatchObject({ code: 0 });
    expect(readFileSync(at('elsewhere', 'repeated', 'samples', file))).toEqual(
      readFileSync(at('vae', 'samples', file)),
    );
  }
});

it('says nothing when that is asked for, and leaves nothing beside that another draw said', async () => {
  expect(await readProvenance(at('quiet', 'samples', 'epoch-0001.png'))).toBeUndefined();
  const silent = ['--checkpoint', 'vae', '--count', '2', '--no-provenance'];
  for (const out of ['s.png', 'each/', 's.npy'])
    expect(await run('sample', ...silent, '--out', out)).toMatchObject({ code: 0 });
  for (const out of ['s.png', 'each/000001.png', 's.npy'])
    expect(await readProvenance(at(out))).toBeUndefined();
  expect(existsSync(at('s.npy.xmp'))).toBe(false);
  expect(await run('sample', '--checkpoint', 'vae', '--count', '3', '--out', 't.npy')).toMatchObject({
    stdout: expect.stringContaining('t.npy, t.npy.xmp'),
  });
  expect(await run('sample', ...silent, '--out', 't.npy')).toMatchObject({ code: 0 });
  expect(existsSync(at('t.npy.xmp'))).toBe(false);
});

it('says it in charts that show what runs have drawn', async () => {
  expect(await run('compare', 'vae', '--out', 'chart')).toMatchObject({ code: 0 });
  for (const file of ['chart.svg', 'chart.png'])
    expect(await said(file)).toMatchObject({
      source: 'compositeSynthetic',
      made: { command: 'aigc compare vae' },
    });
  expect(await run('compare', 'vae', '--out', 'silent.svg', '--no-provenance')).toMatchObject({ code: 0 });
  expect(await readProvenance(at('silent.svg'))).toBeUndefined();
});

it('is taken up again when a run goes on with it', async () => {
  expect(await run('train', '--resume', '--out', 'quiet', '--steps', '3')).toMatchObject({ code: 0 });
  expect(await readProvenance(at('quiet', 'samples', 'epoch-0001.png'))).toBeUndefined();
  const words = ['train', '--resume', '--out', 'quiet', '--steps', '4', '--provenance'];
  expect(await run(...words)).toMatchObject({ code: 0 });
  expect((await said('quiet/samples/epoch-0001.png')).made).toMatchObject({ step: '4' });
});

it('is what `aigc data inspect` shows, of pictures, arrays and sets', async () => {
  const draw = ['sample', '--checkpoint', 'vae', '--count', '2', '--out'];
  for (const out of ['i.png', 'i.npy', 'i/train-images-idx3-ubyte', 'p/']) await run(...draw, out);
  for (const path of ['i.png', 'i.npy', 'i', 'i/train-images-idx3-ubyte', 'p']) {
    const { code, stdout } = await run('data', 'inspect', path);
    expect({ path, code, stdout }).toMatchObject({
      path,
      code: 0,
      stdout: expect.stringMatching(/generated: drawn by/),
    });
    expect(stdout).toMatch(/ command +aigc sample --checkpoint checkpoints\/step-000048 --seed 1 /);
  }
  expect((await said('i-sheet.png')).source).toBe('trainedAlgorithmicMedia');
  const { stdout } = await run('data', 'inspect', 'i.png', '--json');
  expect(JSON.parse(stdout)).toMatchObject({
    event: 'inspection',
    provenance: { source: 'trainedAlgorithmicMedia', family: 'vae', tool: 'aigc vae', seed: '1' },
  });
  expect(await run('data', 'inspect', 's.png')).toMatchObject({
    stdout: 's.png says nothing of how it was made.\n',
  });
  cpSync(at('i.npy.xmp'), at('x.npy.xmp'));
  expect(await run('data', 'inspect', 'x.npy')).toMatchObject({
    stderr: expect.stringMatching(/warning: x\.npy\.xmp is of another file/),
    stdout: expect.not.stringMatching(/generated/),
  });
  expect(await run('data', 'inspect', 'none.png')).toMatchObject({ code: 3 });
});

it('goes on into sets that are made of what was drawn', async () => {
  expect(await run('sample', '--checkpoint', 'vae', '--count', '4', '--out', 'drawn/')).toMatchObject({
    code: 0,
  });
  const make = ['data', 'make', '--from', 'drawn', '--size', '8', '--test-share', '0.25', '--out', 'made'];
  const weightsSha256 = sha256(at(checkpoint, 'weights.safetensors'));
  const expected = {
    source: 'trainedAlgorithmicMedia',
    tool: 'aigc vae',
    made: { family: 'vae', weightsSha256 },
  };
  for (const [words, files] of [
    [make, ['made/train-images-idx3-ubyte.gz.xmp', 'made/t10k-images-idx3-ubyte.gz.xmp']],
    [['data', 'subset', 'made', '--count', '3', '--out', 'few'], ['few/train-images-idx3-ubyte.gz.xmp']],
    [
      ['data', 'split', 'drawn', '--test-share', '0.4', '--out', 'two'],
      ['two/t10k-images-idx3-ubyte.gz.xmp'],
    ],
    [['data', 'convert', 'made', '--out', 'made.npz'], ['made.npz.xmp']],
    [
      ['data', 'convert', 'made.npz', '--to', 'png', '--out', 'pngs'],
      ['pngs/train/0.png', 'pngs/test/0.png'],
    ],
  ] as const) {
    expect({ words, ...(await run(...words)) }).toMatchObject({ words, code: 0 });
    const command = ['aigc', ...words.slice(0, 3)].join(' ');
    for (const file of files) {
      const found = await said(file);
      expect({ file, found }).toMatchObject({ file, found: expected });
      expect(found.made.command?.startsWith(command)).toBe(true);
    }
  }
  expect((await run('data', 'inspect', 'few')).stdout).toMatch(
    /command +aigc data subset made --seed 1 --count 3/,
  );
  // The same set made anew of other pictures keeps nothing of it.
  await run('sample', '--checkpoint', 'quiet', '--count', '4', '--no-provenance', '--out', 'unsaid/');
  expect(await run(...make.slice(0, -3), '0', '--from', 'unsaid', '--out', 'made', '--force')).toMatchObject({
    code: 0,
  });
  expect(readdirSync(at('made'))).toEqual(['train-images-idx3-ubyte.gz']);
});

it('says of a set that only some of it was drawn, and takes no other mark for that', async () => {
  for (const name of ['drawn/000000.png', 'unsaid/000001.png']) cpSync(at(name), at('mixed', basename(name)));
  await run('data', 'make', '--from', 'mixed', '--size', '8', '--test-share', '0', '--out', 'both');
  const found = await said('both/train-images-idx3-ubyte.gz.xmp');
  expect(found).toMatchObject({ source: 'compositeSynthetic', made: { family: 'vae' } });
  writeFileSync(at('both', 'train-images-idx3-ubyte.gz.xmp'), 'x'.repeat(100));
  expect(await run('data', 'inspect', 'both')).toMatchObject({
    code: 0,
    stdout: expect.not.stringMatching(/made:/),
  });
});
