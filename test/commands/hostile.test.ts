// Files that others wrote: whatever is in them, one line of error, the right exit code, and no control of the terminal.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli } from '../cli';
import { expectPlainError } from '../small-models';
import { writeDigits } from '../small-set';

const [usage, data] = [2, 3];
const root = mkdtempSync(join(tmpdir(), 'aigc-hostile-'));
const at = (...names: string[]) => join(root, ...names);
const run = (...words: string[]) => runCli(words, root, { AIGC_BACKEND: 'wasm' });
const fixture = join(__dirname, '..', 'fixtures', 'format-1');
const checkpoint = 'checkpoints/step-000200';

beforeAll(async () => {
  await writeDigits(at('set'), 64, 16);
  cpSync(join(fixture, 'run'), at('run'), { recursive: true });
  execFileSync('mkfifo', [at('pipe')]);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('what is no regular file is refused at once', () => {
  it.each<[words: string[], what: RegExp]>([
    [['train', '--data', 'set', '--config', 'pipe'], /pipe is a pipe/],
    [['train', '--data', 'pipe'], /is a pipe/],
    [['train', '--config', '/dev/zero'], /is a device/],
    [['data', 'inspect', '/dev/zero'], /is a device/],
    [['evaluate', '--samples', 'pipe.npy', '--data', 'digits'], /is a pipe/],
  ])('aigc %j', async (words, what) => {
    execFileSync('ln', ['-sf', 'pipe', at('pipe.npy')]);
    expectPlainError(await run(...words), data, what);
  });

  it('in a run: its record, its log and its weights', async () => {
    for (const [name, words] of [
      ['run.json', ['compare', 'piped']],
      ['metrics.jsonl', ['compare', 'piped']],
      [`${checkpoint}/weights.safetensors`, ['sample', '--checkpoint', 'piped', '--count', '1']],
    ] as const) {
      rmSync(at('piped'), { recursive: true, force: true });
      cpSync(at('run'), at('piped'), { recursive: true });
      rmSync(at('piped', name));
      execFileSync('mkfifo', [at('piped', name)]);
      expectPlainError(await run(...words), data, /is a pipe/);
    }
  });

  it('a socket', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
    expectPlainError(await run('train', '--config', 'socket'), data, /is a pipe or a socket/);
    server.close();
  });
});

it.each(['constructor=1..2', 'toString=1', '__proto__=3', 'has-own-property=1,2'])(
  'tune --set %s is no option of the family',
  async (set) => {
    const words = ['tune', '--model', 'vae', '--data', 'set', '--set', set, '--dry-run'];
    expectPlainError(await run(...words), usage, /there is no option/);
  },
);

it('tune --resume refuses a plan that searches what every object has', async () => {
  const made = await run(
    'tune',
    '--model',
    'vae',
    '--data',
    'set',
    '--set',
    'batch-size=32',
    '--steps',
    '1',
    '--trials',
    '1',
  );
  expect(made.code).toBe(0);
  const file = at('tune', 'tune.json');
  const record = JSON.parse(readFileSync(file, 'utf8'));
  record.plan.space = { constructor: { among: [1] } };
  writeFileSync(file, JSON.stringify(record));
  expectPlainError(await run('tune', '--resume'), data, /has no option "constructor"/);
});

describe('a configuration', () => {
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  it.each<[what: string, content: string, message: RegExp]>([
    ['with a NUL in a path', '{"data":"a\\u0000b"}', /"data" in the configuration must be some text/],
    ['nested 100,000 deep', `{"model":${deep}}`, /is not a JSON object of options/],
    ['nested within bounds', `{"data":${'['.repeat(60)}${']'.repeat(60)}}`, /must be some text, got \[\[/],
    ['of names that every object has', '{"constructor":1}', /there is no option "constructor"/],
    ['with controls in a name', '{"a\\u001b[2J\\u009b\\u202e\\n":1}', /"a\\u001b\[2J\\u009b\\u202e\\u000a"/],
  ])('%s', async (_, content, message) => {
    writeFileSync(at('config.json'), content);
    expectPlainError(await run('train', '--config', 'config.json'), usage, message);
  });

  it('too large', async () => {
    writeFileSync(at('config.json'), Buffer.alloc(2 ** 24 + 1, ' '));
    expectPlainError(await run('train', '--config', 'config.json'), data, /too large/);
  });
});

/** A run whose manifest says something else, with the right checksum. */
function withManifest(name: string, change: (manifest: Record<string, unknown>) => void): string {
  cpSync(at('run'), at(name), { recursive: true });
  const file = at(name, checkpoint, 'manifest.json');
  const { sha256: _, ...manifest } = JSON.parse(readFileSync(file, 'utf8'));
  change(manifest);
  const body = JSON.stringify(manifest, null, 2);
  const sha256 = createHash('sha256').update(body).digest('hex');
  writeFileSync(file, `${body.slice(0, -2)},\n  "sha256": "${sha256}"\n}\n`);
  return name;
}

describe('a manifest', () => {
  const setting = (manifest: Record<string, unknown>) => manifest.setting as Record<string, object>;
  it.each<[what: string, change: (manifest: Record<string, unknown>) => void, code: number, message: RegExp]>(
    [
      [
        'of an image of 1e6 × 1e6',
        (manifest) => Object.assign(setting(manifest).image as object, { height: 1e6, width: 1e6 }),
        data,
        /is damaged/,
      ],
      [
        'of a model that its weights are too few for',
        (manifest) => Object.assign(setting(manifest).image as object, { height: 2048, width: 2048 }),
        usage,
        /more than [\d,]+ parameters/,
      ],
      [
        'whose weights lie elsewhere',
        (manifest) => Object.assign(manifest.weights as object, { file: '../../../../../etc/passwd' }),
        data,
        /is damaged/,
      ],
      [
        'with a NUL and controls in the name of its data',
        (manifest) => Object.assign(manifest.dataset as object, { name: '/a\0b\x1b[31m' }),
        data,
        /not there any more/,
      ],
    ],
  )('%s', async (what, change, code, message) => {
    const name = withManifest(what.replaceAll(/\W/g, ''), change);
    const result = await run('encode', '--checkpoint', name);
    expectPlainError(result, code, message);
    expect(result.stderr).not.toMatch(/(?!\n)\p{Cc}/u);
  });
});

it('names of folders and classes do not reach the terminal as they are', async () => {
  const name = 'a\x1b]0;owned\x07\u202eb\nwarning: forged';
  mkdirSync(at('pictures', name), { recursive: true });
  mkdirSync(at('pictures', 'b'));
  cpSync(join(fixture, '..', 'pictures', 'upright.jpg'), at('pictures', 'b', 'x.jpg'));
  const { code, stderr } = await run('data', 'make', '--from', 'pictures', '--out', 'made');
  expect(code).toBe(0);
  expect(stderr).toContain('no picture in it: a\\u001b]0;owned\\u0007\\u202eb\\u000awarning: forged.');
  expect(stderr).not.toMatch(/(?!\n)\p{Cc}|\u202e|^warning: forged/mu);
});

it('a table of runs and JSON show names as they are written', async () => {
  const record = JSON.parse(readFileSync(at('run', 'run.json'), 'utf8'));
  cpSync(at('run'), at('named'), { recursive: true });
  const dataset = { ...record.dataset, name: 'x\u009b31m\nforged\u2028' };
  writeFileSync(at('named', 'run.json'), JSON.stringify({ ...record, dataset }));
  const people = await run('compare', 'named', '--table-only');
  expect(people.stdout).toContain('x\\u009b31m\\u000aforged\\u2028');
  const { stdout } = await run('compare', 'named', '--table-only', '--json');
  expect(stdout).not.toMatch(/[\u009b\u2028]/);
  expect(JSON.parse(stdout).dataset).toBe(dataset.name);
});

it('a hint quotes what a shell would run', async () => {
  const name = "$(touch owned)'";
  mkdirSync(at(name));
  cpSync(at('run', 'run.json'), at(name, 'run.json'));
  const { stderr } = await run('encode', '--checkpoint', name);
  expect(stderr).toContain(`aigc train --resume --out '$(touch owned)'\\'''`);
});
