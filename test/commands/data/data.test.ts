import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSplit } from '../../../src/dataset/idx-writer';
import { splitFiles } from '../../../src/dataset/named-set';
import { idxHeader } from '../../../src/dataset/readers/idx';
import { readPicture } from '../../../src/images/picture';
import { jsonLines, runCli } from '../../cli';
import { cutAfter, type FileServer, type Route, serve, whole } from '../../file-server';
import { scratchFolder } from '../../scratch';

const folder = scratchFolder();
const events = (stdout: string): Record<string, unknown>[] => jsonLines(stdout);

const small = {
  count: 3,
  height: 2,
  width: 2,
  channels: 1,
  pixels: Uint8Array.of(0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, 255),
  labels: Uint8Array.of(1, 0, 1),
  classCount: 2,
};

describe('list', () => {
  it('shows each named set and where it is', async () => {
    mkdirSync(join(folder(), 'data', 'kmnist'), { recursive: true });
    writeFileSync(join(folder(), 'data', 'kmnist', splitFiles.testLabels), '');
    const cache = { AIGC_CACHE_DIR: join(folder(), 'cache') };
    const { code, stdout, stderr } = await runCli(['data', 'list'], folder(), cache);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^mnist .*60,000 .*28×28 +not downloaded/m);
    expect(stdout).toMatch(/^kmnist .* data\/kmnist, in part/m);
    expect(stdout).toMatch(/^digits .* built in/m);
  });

  it('gives JSON a set a line', async () => {
    const { stdout } = await runCli(['data', 'list', '--json'], folder());
    expect(events(stdout).map((event) => event.name)).toEqual([
      ...['mnist', 'fashion-mnist', 'kmnist', 'kuzushiji-49', 'qmnist'],
      ...[
        'emnist-balanced',
        'emnist-letters',
        'emnist-digits',
        'emnist-byclass',
        'emnist-bymerge',
        'emnist-mnist',
      ],
      'digits',
    ]);
  });
});

describe('inspect', () => {
  it('counts labels and pixels and draws a contact sheet', async () => {
    await writeSplit(join(folder(), 'mine'), 'train', small);
    const { code, stdout } = await runCli(['data', 'inspect', 'mine', '--out', 'sheet.png'], folder());
    expect(code).toBe(0);
    expect(stdout).toMatch(/mine: 2×2 grey/);
    expect(stdout).toMatch(/Training: 3 images/);
    expect(stdout).toMatch(/label 1 +2 █{30}\n/);
    expect(stdout).toMatch(/240–255 +33\.3% █{15}\n/);
    expect((await readPicture(join(folder(), 'sheet.png'))).channels).toBe(1);
  });

  it('gives the same as JSON, and names the sheet after the set', async () => {
    await writeSplit(join(folder(), 'mine'), 'train', small);
    const { stdout, stderr } = await runCli(['data', 'inspect', 'mine', '--json'], folder());
    expect(stderr).toBe('');
    expect(events(stdout)).toMatchObject([
      { train: { count: 3, labelCounts: [1, 2] }, sheet: 'mine-sheet.png' },
    ]);
    expect(existsSync(join(folder(), 'mine-sheet.png'))).toBe(true);
  });

  it('counts a labels file', async () => {
    await writeSplit(folder(), 'train', small);
    const { stdout } = await runCli(['data', 'inspect', splitFiles.trainLabels, '--json'], folder());
    expect(events(stdout)).toMatchObject([{ count: 3, labelCounts: [1, 2] }]);
  });
});

describe('make', () => {
  it('draws the same digits from the same seed, and never over a set that is there', async () => {
    const make = (out: string, ...more: string[]) =>
      runCli(
        ['data', 'make', 'digits', '--count', '20', '--test-count', '10', '--out', out, ...more],
        folder(),
      );
    expect((await make('a')).code).toBe(0);
    await make('b');
    await make('c', '--seed', '2');
    expect(readdirSync(join(folder(), 'a')).sort()).toEqual(Object.values(splitFiles).sort());
    const bytes = (out: string, name: string = splitFiles.trainImages) =>
      readFileSync(join(folder(), out, name));
    expect(bytes('a')).toEqual(bytes('b'));
    expect(bytes('a')).not.toEqual(bytes('c'));
    expect(bytes('a', splitFiles.testImages)).not.toEqual(bytes('a'));
    const again = await make('a', '--seed', '3');
    expect(again).toMatchObject({ code: 2, stderr: expect.stringMatching(/a already holds a data set/) });
    expect(bytes('a')).toEqual(bytes('b'));
    expect((await make('a', '--seed', '2', '--force')).code).toBe(0);
    expect(bytes('a')).toEqual(bytes('c'));
  });
});

const realMnist = join(__dirname, '..', '..', '..', '..', 'shared', 'mnist');
describe('get', () => {
  let server: FileServer | undefined;
  afterEach(() => server?.close());
  const online = () => ({ AIGC_OFFLINE: '', AIGC_MIRROR: server?.url ?? '' });

  (existsSync(realMnist) ? it : it.skip)('downloads MNIST over a bad line, then finds it there', async () => {
    mkdirSync(join(folder(), 'data', 'mnist'), { recursive: true });
    const files = Object.values(splitFiles);
    const content = (name: string) => readFileSync(join(realMnist, name));
    const routes: Record<string, Route> = {};
    for (const name of files) routes[`mnist/${name}`] = whole(content(name));
    routes['mnist/train-images-idx3-ubyte.gz'] = (request, response, visit) => {
      const file = content(splitFiles.trainImages);
      (visit === 1 ? cutAfter(file, 5_000_000) : whole(file))(request, response, visit);
    };
    server = await serve(routes);
    const first = await runCli(['data', 'get', 'mnist'], folder(), online());
    expect(first).toMatchObject({ code: 0, stdout: 'mnist is in data/mnist: downloaded 4 files.\n' });
    expect(first.stderr).toMatch(/Downloading train-images-idx3-ubyte.gz · 9\.7 MB of 9\.7 MB/);
    expect(server.requests.filter((request) => request.includes('bytes='))).toHaveLength(1);
    const sum = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
    for (const name of files)
      expect(sum(join(folder(), 'data/mnist', name))).toBe(sum(join(realMnist, name)));

    const before = server.requests.length;
    const second = await runCli(['data', 'get', 'mnist', '--json'], folder(), online());
    expect(events(second.stdout)).toMatchObject([{ name: 'mnist', downloaded: [] }]);
    expect(server.requests).toHaveLength(before);

    writeFileSync(join(folder(), 'data/mnist', splitFiles.testLabels), 'noise');
    const third = await runCli(['data', 'get', 'mnist', '--quiet'], folder(), online());
    expect(third.code).toBe(0);
    expect(server.requests.slice(before)).toEqual([`mnist/${splitFiles.testLabels}`]);
    expect(third.stderr).toMatch(/t10k-labels-idx1-ubyte.gz: wrong checksum.*downloading it again/);
    expect(sum(join(folder(), 'data/mnist', splitFiles.testLabels))).toBe(
      sum(join(realMnist, splitFiles.testLabels)),
    );
  });

  it('says what each mirror answered, exit code 3, and leaves no file', async () => {
    mkdirSync(join(folder(), 'data', 'kmnist'), { recursive: true });
    server = await serve({});
    const { code, stdout, stderr } = await runCli(['data', 'get', 'kmnist'], folder(), online());
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(
      /^error: Cannot download train-images-idx3-ubyte.gz: http:.*404 Not Found\.\n {2}Check the/,
    );
    expect(readdirSync(join(folder(), 'data', 'kmnist'))).toEqual([]);
  });

  it('has nothing to do for the built-in digits', async () => {
    const { code, stdout } = await runCli(['data', 'get', 'digits'], folder());
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'digits is built in: nothing to download.\n' });
  });
});

describe('bad input: one line, a hint, the exit code, and nothing written', () => {
  const cases: [words: string, code: number, message: RegExp][] = [
    ['get mnits', 2, /no data set called "mnits".\n {2}Did you mean "mnist"\?/],
    ['get', 2, /needs the NAME of a data set.\n {2}There is: mnist, fashion-mnist, kmnist, .*, digits\./],
    ['get mnist', 3, /AIGC_OFFLINE forbids/],
    ['gte', 2, /"gte" is not a command of aigc data.\n {2}Did you mean "get"\?/],
    ['inspect empty', 3, /empty is empty: looked for IDX files/],
    ['inspect none/', 3, /none\/ does not exist/],
    ['inspect mnits', 2, /Did you mean "mnist"\?/],
    ['inspect cut.idx3-ubyte', 3, /cut.idx3-ubyte is cut short: its header claims 5×2×2/],
    ['inspect huge.idx3-ubyte', 3, /huge.idx3-ubyte is cut short: its header claims 2147483648×28×28/],
    [
      'inspect good --out cut.idx3-ubyte/sheet.png',
      3,
      /Cannot write cut.idx3-ubyte\/sheet.png: a part of the path is a file/,
    ],
    ['inspect good --out empty', 3, /Cannot write empty: that is a folder/],
    ['make letters', 2, /cannot draw "letters"/],
    ['make digits --count 0', 2, /--count must be a whole number from 1 to 1000000, got 0/],
    ['make digits --count many', 2, /--count must be .* got "many"/],
    ['make digits --cuont 5', 2, /[Uu]nknown option '--cuont'/],
    [
      'make digits --count 10 --out cut.idx3-ubyte',
      3,
      /a file is there, expected a folder|a part of the path is a file/,
    ],
  ];
  it.each(cases)('data %s', async (words, code, message) => {
    mkdirSync(join(folder(), 'empty'));
    await writeSplit(join(folder(), 'good'), 'train', small);
    writeFileSync(join(folder(), 'cut.idx3-ubyte'), idxHeader([5, 2, 2]));
    writeFileSync(join(folder(), 'huge.idx3-ubyte'), idxHeader([2 ** 31, 28, 28]));
    const before = readdirSync(folder(), { recursive: true }).sort();
    const result = await runCli(['data', ...words.split(' ')], folder());
    expect(result.stderr).toMatch(message);
    expect(result.stderr).toMatch(/^(Drawing [^\n]*\n)?error: [^\n]*\n( {2}[^\n]*\n)?$/);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(readdirSync(folder(), { recursive: true }).sort()).toEqual(before);
  });
});
