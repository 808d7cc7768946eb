// Whatever a user gets wrong: one line that says what, a hint, the right exit code, and what was on disk still there.
import { createHash, randomBytes } from 'node:crypto';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Finished, runCli } from '../cli';
import { mayMount, withDisk } from '../small-disk';
import { writeDigits } from '../small-set';

const usage = 2;
const data = 3;
const backend = 4;

let folder = '';
const at = (...names: string[]) => join(folder, ...names);
const run = (...words: string[]) => runCli(words, folder, { AIGC_BACKEND: 'wasm' });

/** A data set, and two runs of different models, made once: the tests must leave them as they are. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-bad-input-'));
  await writeDigits(at('set'), 64, 16);
  for (const model of ['gan', 'vae']) {
    const { code } = await run(
      'train',
      '--data',
      'set',
      '--batch-size',
      '32',
      '--model',
      model,
      '--epochs',
      '1',
      '--out',
      model,
    );
    expect(code).toBe(0);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The hash of every file below a folder. */
function fingerprint(path: string): Record<string, string> {
  const files: Record<string, string> = {};
  for (const name of readdirSync(path, { recursive: true }) as string[]) {
    const file = join(path, name);
    if (statSync(file).isFile()) files[name] = createHash('sha256').update(readFileSync(file)).digest('hex');
  }
  return files;
}

/** One line of error and one of hint, without a stack. */
function expectPlainError({ code, stderr }: Finished, exitCode: number, message: RegExp): void {
  const lines = stderr
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('Backend:'));
  expect({ code, stderr }).toMatchObject({ code: exitCode });
  expect(lines[0]).toMatch(/^error: /);
  expect(lines[0]).toMatch(message);
  expect(lines).toHaveLength(2);
  expect(stderr).not.toMatch(/\n\s+at /);
}

function header(type: number, ...extents: number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * extents.length);
  bytes[2] = type;
  bytes[3] = extents.length;
  for (const [i, extent] of extents.entries()) bytes.writeUInt32BE(extent, 4 + 4 * i);
  return bytes;
}

/** A folder with one images file of these bytes, and perhaps labels. */
function imagesFile(name: string, bytes: Buffer, labels?: Buffer): string {
  mkdirSync(at(name), { recursive: true });
  writeFileSync(at(name, 'train-images-idx3-ubyte'), bytes);
  if (labels) writeFileSync(at(name, 'train-labels-idx1-ubyte'), labels);
  return name;
}

const emptyFolder = (name: string) => {
  mkdirSync(at(name), { recursive: true });
  return name;
};

const pixels = (count: number) => randomBytes(count * 64);
const good = () => Buffer.concat([header(8, 40, 8, 8), pixels(40)]);

const badData: [what: string, folder: () => string, message: RegExp][] = [
  ['a truncated file', () => imagesFile('d1', good().subarray(0, 500)), /train-images-idx3-ubyte/],
  ['a truncated gzip', () => imagesFile('d2', gzipSync(good()).subarray(0, 600)), /train-images-idx3-ubyte/],
  ['a wrong magic', () => imagesFile('d3', Buffer.concat([Buffer.from('PNG!'), good()])), /IDX/],
  [
    'a wrong dtype',
    () => imagesFile('d4', Buffer.concat([header(0x0d, 40, 8, 8), pixels(160)])),
    /expected pixels/,
  ],
  [
    'bytes after the images',
    () => imagesFile('d5', Buffer.concat([good(), Buffer.from('x')])),
    /train-images/,
  ],
  [
    'labels that disagree',
    () => imagesFile('d6', good(), Buffer.concat([header(8, 39), Buffer.alloc(39)])),
    /39[\s\S]*40|40[\s\S]*39/,
  ],
  ['not gzip after all', () => imagesFile('d7', Buffer.concat([Buffer.from([0x1f, 0x8b]), good()])), /gzip/],
  [
    'a header that claims 2^31 images',
    () => imagesFile('d8', Buffer.concat([header(8, 2 ** 31, 8, 8), pixels(4)])),
    /2147483648|2,147,483,648/,
  ],
  [
    'the same, gzipped',
    () => imagesFile('d9', gzipSync(Buffer.concat([header(8, 2 ** 31, 8, 8), pixels(4)]))),
    /2147483648|2,147,483,648|train-images/,
  ],
  ['an empty file', () => imagesFile('d10', Buffer.alloc(0)), /empty|0 bytes/],
  ['an empty folder', () => emptyFolder('d11'), /d11/],
  ['a folder that does not exist', () => './nowhere', /nowhere does not exist/],
];

it.each(badData)('%s is refused by train', async (_, make, message) => {
  const before = fingerprint(at('gan'));
  const result = await run(
    'train',
    '--data',
    make(),
    '--model',
    'vae',
    '--batch-size',
    '4',
    '--out',
    'gan',
    '--force',
    '--steps',
    '2',
  );
  expectPlainError(result, data, message);
  expect(fingerprint(at('gan'))).toEqual(before);
});

const badFlags: [words: string[], message: RegExp][] = [
  [['--batch-size', '0'], /--batch-size must be a whole number from \d to 65536, got 0/],
  [['--batch-size', '65'], /batch size is 65, but the training set has only 64 images/],
  [['--batch-size', 'many'], /--batch-size must be a whole number from \d to 65536, got "many"/],
  [['--epochs', '-1'], /--epochs must be a whole number of at least 1, got -1/],
  [['--epochs', '1.5'], /--epochs must be a whole number/],
  [['--epochs', '1', '--steps', '1'], /--epochs and --steps/],
  [['--learning-rate', '0'], /--learning-rate must be a number above 0/],
  [['--grid', '0x3'], /--grid must be rows and columns/],
  [['--grid', '999x999'], /--grid 999x999 makes pictures of /],
  [['--seed', 'x'], /--seed must be a whole number/],
  [['--loss', 'bcee'], /--loss must be one of bce, mse, wgan-gp, sngan, relativistic, got "bcee"/],
  [['--model', 'gna'], /no model family "gna"/],
  [['--backend', 'gpu'], /--backend must be one of/],
  [['--data', 'mnits'], /mnits/],
  [['--latnet-dim', '3'], /unknown option '--latnet-dim'/i],
  [['--resume', '--force'], /--resume/],
  [['--resume', '--config', 'set/none.json'], /takes no --config/],
];

it.each(badFlags)('train %j is a usage error', async (words, message) => {
  const before = fingerprint(at('gan'));
  const rest = words.includes('--data') ? [] : ['--data', 'set'];
  const force = words.includes('--resume') ? [] : ['--force'];
  expectPlainError(await run('train', ...rest, ...words, ...force, '--out', 'gan'), usage, message);
  expect(fingerprint(at('gan'))).toEqual(before);
});

it('suggests what a mistyped word may have meant', async () => {
  expect((await run('train', '--model', 'gna')).stderr).toContain('Did you mean "gan"?');
  expect((await run('trian')).stderr).toContain('Did you mean "train"?');
  expect((await run('train', '--data', 'mnits')).stderr).toContain('Did you mean "mnist"?');
  expect((await run('train', '--latnet-dim', '3')).stderr).toContain('Did you mean --latent-dim?');
  expect((await run('models', 'vea')).stderr).toContain('Did you mean "vae"?');
});

describe('a damaged checkpoint', () => {
  const copy = (name: string) => {
    cpSync(at('vae'), at(name), { recursive: true });
    const [step = ''] = readdirSync(at(name, 'checkpoints'));
    return at(name, 'checkpoints', step);
  };
  const flip = (path: string, offset: number) => {
    const bytes = readFileSync(path);
    bytes.writeUInt8(bytes.readUInt8(offset) ^ 0x10, offset);
    writeFileSync(path, bytes);
  };

  it.each([
    ['weights.safetensors', 3],
    ['weights.safetensors', 5000],
    ['manifest.json', 30],
    ['manifest.json', 400],
  ])(
    'a flipped byte in %s at %i is refused by sample and resume, and nothing is touched',
    async (file, offset) => {
      const name = `flipped-${file}-${offset}`;
      flip(join(copy(name), file), offset);
      const before = fingerprint(at(name));
      expectPlainError(await run('sample', '--checkpoint', name, '--out', 'never.png'), data, /is damaged/);
      expectPlainError(await run('train', '--resume', '--out', name, '--epochs', '3'), data, /is damaged/);
      expect({ ...fingerprint(at(name)), 'run.json': '' }).toEqual({ ...before, 'run.json': '' });
      expect(readdirSync(folder)).not.toContain('never.png');
    },
  );

  it('the newest whole one is used, with a warning, when there is an older one', async () => {
    const older = copy('two');
    const newer = at('two', 'checkpoints', 'step-000099');
    cpSync(older, newer, { recursive: true });
    flip(join(newer, 'weights.safetensors'), 100);
    const { code, stderr } = await run('sample', '--checkpoint', 'two', '--count', '1', '--out', 'two.png');
    expect(code).toBe(0);
    expect(stderr).toMatch(/step-000099.*is damaged.*Using the checkpoint of step 2 instead/);
  });

  it('a folder without a manifest does not exist', async () => {
    rmSync(join(copy('bare'), 'manifest.json'));
    expectPlainError(
      await run('sample', '--checkpoint', 'bare'),
      data,
      /manifest.json does not exist|no checkpoint/,
    );
  });
});

it('a checkpoint of another model is not resumed', async () => {
  cpSync(at('vae'), at('mixed'), { recursive: true });
  rmSync(at('mixed', 'checkpoints'), { recursive: true });
  cpSync(at('gan', 'checkpoints'), at('mixed', 'checkpoints'), { recursive: true });
  expectPlainError(
    await run('train', '--resume', '--out', 'mixed', '--epochs', '2'),
    data,
    /is of a gan, not of a vae/,
  );
  expectPlainError(
    await run('train', '--resume', '--out', 'vae', '--model', 'gan', '--epochs', '2'),
    usage,
    /--model/,
  );
});

it('another data set, or another configuration, is not resumed', async () => {
  await writeDigits(at('other'), 70, 16);
  expectPlainError(
    await run('train', '--resume', '--out', 'vae', '--data', 'other', '--epochs', '3'),
    data,
    /not the data/,
  );
  expectPlainError(
    await run('train', '--resume', '--out', 'vae', '--latent-dim', '7', '--epochs', '3'),
    usage,
    /--latent-dim 20/,
  );
  expectPlainError(await run('train', '--resume', '--out', 'vae'), usage, /done its 2 steps already/);
  expectPlainError(await run('train', '--resume', '--out', 'nowhere'), data, /no run to resume/);
});

it('sample says what is wrong with its own arguments', async () => {
  expectPlainError(await run('sample', '--checkpoint', 'nowhere'), data, /nowhere does not exist/);
  expectPlainError(await run('sample', '--checkpoint', 'set'), data, /holds no checkpoint/);
  expectPlainError(await run('sample', '--checkpoint', 'gan', '--out', 'x.jpg'), usage, /\.jpg/);
  expectPlainError(
    await run('sample', '--checkpoint', 'gan', '--out', 'gan/run.json/x.png'),
    data,
    /gan\/run\.json/,
  );
  expectPlainError(await run('sample', '--checkpoint', 'gan', '--count', '0'), usage, /--count/);
  expectPlainError(
    await run('sample', '--checkpoint', 'gan', '--grid', '2x2', '--count', '3'),
    usage,
    /--grid/,
  );
});

it('a configuration file is checked like flags', async () => {
  const withConfig = (config: unknown) => {
    writeFileSync(at('config.json'), JSON.stringify(config));
    return run('train', '--data', 'set', '--config', 'config.json', '--out', 'never');
  };
  expectPlainError(
    await withConfig({ model: 5 }),
    usage,
    /"model" in the configuration must be a name, got 5/,
  );
  expectPlainError(await withConfig({ epochs: 5, steps: 5 }), usage, /"epochs" and "steps"/);
  expectPlainError(await withConfig({ epochz: 5 }), usage, /no option "epochz"/);
  expectPlainError(
    await withConfig({ epochs: 'five' }),
    usage,
    /"epochs" in the configuration must be a whole number/,
  );
  expectPlainError(await withConfig([]), usage, /not a JSON object/);
});

it('AIGC_BACKEND is named when it is wrong', async () => {
  const result = await runCli(['train', '--data', 'set', '--out', 'never'], folder, { AIGC_BACKEND: 'wsam' });
  expectPlainError(result, usage, /AIGC_BACKEND must be one of .*, got "wsam"/);
  expect(result.stderr).toContain('Did you mean "wasm"?');
});

it('--force replaces a run whose run.json is damaged', async () => {
  cpSync(at('vae'), at('broken'), { recursive: true });
  writeFileSync(at('broken', 'run.json'), '{');
  const words = [
    'train',
    '--data',
    'set',
    '--batch-size',
    '32',
    '--model',
    'vae',
    '--steps',
    '1',
    '--out',
    'broken',
  ];
  expectPlainError(await run(...words), data, /run.json is damaged/);
  expect((await run(...words, '--force')).code).toBe(0);
});

it('a backend that is not here is refused, with what to do', async () => {
  const result = await runCli(
    ['train', '--data', 'set', '--batch-size', '4', '--backend', 'cuda', '--out', 'c'],
    folder,
  );
  expectPlainError(result, backend, /cuda does not work here/);
});

(mayMount ? describe : describe.skip)('a disk that refuses', () => {
  const words = ['train', '--data', 'set', '--batch-size', '32', '--model', 'vae', '--epochs', '3'];

  it('a full disk ends the run, and the checkpoints that were written stay whole', async () => {
    // Room for one checkpoint of 7.8 MB and for a part of the next.
    await withDisk(at('small'), 'size=12m', async () => {
      expectPlainError(await run(...words, '--out', 'small/run', '--quiet'), data, /disk is full/);
      expect(readdirSync(at('small', 'run', 'checkpoints'))).toEqual(['step-000002']);
      const drawn = await run(
        'sample',
        '--checkpoint',
        'small/run',
        '--count',
        '2',
        '--out',
        'drawn.png',
        '--quiet',
      );
      expect(drawn.code).toBe(0);
    });
  });

  it('a folder that cannot be written is refused before anything is trained', async () => {
    await withDisk(at('fixed'), 'ro', async () => {
      expectPlainError(await run(...words, '--out', 'fixed/run', '--quiet'), data, /read-only/);
      expectPlainError(
        await run('sample', '--checkpoint', 'gan', '--out', 'fixed/x.png', '--quiet'),
        data,
        /read-only/,
      );
    });
  });
});

it('a file where the run folder should be is refused', async () => {
  writeFileSync(at('taken'), 'mine');
  expectPlainError(
    await run('train', '--data', 'set', '--batch-size', '4', '--out', 'taken', '--quiet'),
    data,
    /taken/,
  );
  expect(readFileSync(at('taken'), 'utf8')).toBe('mine');
});
