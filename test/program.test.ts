// The program as a whole: what every call of it owes the user, whatever the command.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { version } from '../src/version';
import { program, runCli, startProgram } from './cli';
import { scratchFolder } from './scratch';

const folder = scratchFolder();
const aigc = (...words: string[]) => runCli(words, folder());

/** Runs a command line with a preload that writes down, at exit, every file that was loaded. */
async function loadedBy(...words: string[]): Promise<string> {
  const [preload, list] = [join(folder(), 'preload.js'), join(folder(), 'loaded.txt')];
  const record = `require('node:fs').writeFileSync(${JSON.stringify(list)}, Object.keys(require.cache).join('\\n'))`;
  writeFileSync(preload, `process.on('exit', () => ${record});\n`);
  const { code } = await program(words, folder(), { NODE_OPTIONS: `--require ${preload}` });
  expect(code).toBe(0);
  return readFileSync(list, 'utf8');
}

describe('aigc --help', () => {
  it('names every command', async () => {
    const { code, stdout, stderr } = await aigc('--help');
    for (const command of ['train', 'sample', 'data', 'backend', 'models'])
      expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('takes less than three times as long as Node takes to start, at the best of five', async () => {
    const times: Record<'help' | 'node', number[]> = { help: [], node: [] };
    const timed = async (of: 'help' | 'node', action: () => unknown) => {
      const start = performance.now();
      await action();
      times[of].push(performance.now() - start);
    };
    for (let i = 0; i < 5; i++) {
      await timed('node', () => spawnSync(process.execPath, ['-e', '0']));
      await timed('help', () => program(['--help'], folder()));
    }
    expect(Math.min(...times.help) / Math.min(...times.node)).toBeLessThan(3);
  });

  it('loads no TensorFlow, no zod and no sharp, which commands do that need them', async () => {
    const forHelp = await loadedBy('--help');
    expect(forHelp).toContain('commander');
    expect(forHelp).not.toMatch(/tensorflow|node_modules.(zod|sharp|@img)/);
    // The same way of looking finds them where they are.
    const forModels = await loadedBy('models');
    expect(forModels).toMatch(/tensorflow/);
    expect(forModels).toMatch(/node_modules.zod/);
    expect(await loadedBy('data', 'make', 'digits', '--count', '1')).not.toMatch(/node_modules.sharp/);
  });
});

it('aigc alone, with nothing to do, shows its help', async () => {
  const { stdout, stderr } = await aigc();
  expect(stdout + stderr).toContain('Usage: aigc');
});

it('prints the version of package.json', async () => {
  expect(await aigc('--version')).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' });
  expect((await aigc('-V')).stdout).toBe(`${version}\n`);
});

describe('a mistake', () => {
  it.each([
    [['trian'], '"trian" is not a command of aigc.', 'Did you mean "train"?'],
    [['paint'], '"paint" is not a command of aigc.', 'There is: train'],
    [['--modle', 'gan'], 'Unknown option', '--help'],
    [['models', 'gna'], 'no model family "gna"', 'Did you mean "gan"?'],
    [['train', '--epoch', '3'], "Unknown option '--epoch'", 'Did you mean --epochs?'],
    [
      ['train', '--model', 'iwae', '--loss', 'bce'],
      '--loss is an option of gan, dcgan, ',
      '--model iwae --help',
    ],
    [['sample', '--out'], 'argument missing', '--help'],
  ])('%p is one line, a hint, and exit code 2', async (words, message, hint) => {
    const { code, stdout, stderr } = await aigc(...words);
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toEqual([expect.stringContaining(message), expect.stringContaining(hint)]);
    expect(lines[0]).toMatch(/^error: /);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  });

  it('is an event on stdout too under --json', async () => {
    const { code, stdout } = await aigc('models', 'gna', '--json');
    expect(JSON.parse(stdout)).toEqual({
      event: 'error',
      exitCode: 2,
      name: 'UsageError',
      message: expect.stringContaining('gna'),
      hint: 'Did you mean "gan"?',
    });
    expect(code).toBe(2);
  });
});

describe('aigc models', () => {
  it('lists the families with their papers', async () => {
    const { code, stdout } = await aigc('models');
    for (const name of ['gan', 'dcgan', 'vae']) expect(stdout).toMatch(new RegExp(`^${name} +\\w`, 'm'));
    expect(stdout).toContain('arxiv.org/abs/1312.6114');
    expect(code).toBe(0);
  });

  it('gives one family’s options, defaults and reasons', async () => {
    const { stdout } = await aigc('models', 'gan');
    expect(stdout).toContain('--loss <bce|mse|wgan-gp|sngan|relativistic>');
    expect(stdout).toContain('(default: 100)');
    expect(stdout).toContain('why:');
  });

  it('gives them as one JSON object under --json', async () => {
    const { stdout } = await aigc('models', 'gan', '--json');
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    const { name, pixelRange, options } = JSON.parse(stdout);
    expect({ name, pixelRange }).toEqual({ name: 'gan', pixelRange: 'minus-one-one' });
    expect(options).toContainEqual(
      expect.objectContaining({ name: 'latentDim', flag: '--latent-dim', default: 100 }),
    );
  });
});

it('train --help shows the options of the model that is named, and of no other', async () => {
  const [vae, gan] = [await aigc('train', '--model', 'vae', '--help'), await aigc('train', '--help')];
  expect(vae.code).toBe(0);
  expect(vae.stdout).toContain('Options of vae:');
  expect(vae.stdout).toContain('--hidden-units');
  expect(vae.stdout).not.toContain('--discriminator-learning-rate');
  expect(gan.stdout).toContain('Options of gan');
  expect(gan.stdout).toContain('--discriminator-learning-rate');
  expect(gan.stdout).not.toContain('--hidden-units');
});

it.each(['train', 'sample', 'data', 'backend', 'models'])('%s --help shows an example', async (command) => {
  const { code, stdout } = await aigc(command, '--help');
  expect(stdout).toContain('Example:\n  $ aigc ');
  expect(code).toBe(0);
});

it('ends quietly when the reader of its output goes away', async () => {
  const { child, done } = startProgram(['models', '--json'], folder());
  child.stdout.destroy(); // as `| head` does, only sooner
  expect(await done).toMatchObject({ code: 0, stderr: '' });
});

it('says the same, and ends with the same code, as a program of its own', async () => {
  for (const words of [
    ['--version'],
    ['models'],
    ['models', 'gna'],
    ['train', '--resume', '--out', 'none'],
  ]) {
    const { code, stdout, stderr } = await program(words, folder());
    expect(await aigc(...words)).toEqual({ code, stdout, stderr });
  }
});

it('says so when the working folder was removed, and makes nothing', async () => {
  const words = 'train --model vae --data digits --steps 1 --backend wasm --quiet --out run';
  const script = `mkdir gone && cd gone && rmdir ../gone && exec ${process.execPath} ${join(__dirname, '..', 'bin', 'aigc.js')} ${words}`;
  const { status, stderr } = spawnSync('sh', ['-c', script], {
    cwd: folder(),
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(stderr).toMatch(
    /^error: The working folder was removed or moved\.\n {2}Go to one that is there: cd DIR\.\n$/,
  );
  expect(status).toBe(3);
  expect(readdirSync(folder())).toEqual([]);
});
