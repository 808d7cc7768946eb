// The package as it is published, imported from a folder that holds nothing else: CommonJS, ES modules, and types.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeSplit } from '../../src/dataset/idx-writer';
import { rectangles } from '../small-set';

const root = join(__dirname, '..', '..');
let folder = '';
const at = (...names: string[]) => join(folder, ...names);

/** What npm would publish, unpacked, beside the packages that it depends on. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-package-'));
  const packed = ['pack', '--ignore-scripts', '--pack-destination', folder];
  execFileSync('npm', packed, { cwd: root, stdio: ['ignore', 'ignore', 'ignore'] });
  mkdirSync(at('node_modules', 'aigc'), { recursive: true });
  const [tarball = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
  execFileSync('tar', ['-xzf', at(tarball), '-C', at('node_modules', 'aigc'), '--strip-components=1']);
  for (const name of readdirSync(join(root, 'node_modules')))
    if (!name.startsWith('.')) symlinkSync(join(root, 'node_modules', name), at('node_modules', name));
  await writeSplit(at('set'), 'train', rectangles(64, 8, 8, 1));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function node(file: string, source: string): string {
  writeFileSync(at(file), source);
  const env = { ...process.env, AIGC_BACKEND: 'wasm', AIGC_OFFLINE: '1' };
  const { status, stdout, stderr } = spawnSync(process.execPath, [at(file)], {
    cwd: folder,
    encoding: 'utf8',
    env,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return stdout;
}

it('trains, opens, draws, encodes and reads the log from CommonJS', () => {
  const words = node(
    'use.cjs',
    `const { train, openModel, readLog, readRun, loadData, toPng, families, UsageError } = require('aigc');
    (async () => {
      const events = [];
      const asked = { model: 'vae', data: 'set', out: 'vae', epochs: 2, batchSize: 8, latentDim: 2, grid: '2x2' };
      const trained = await train({ ...asked, onEvent: ({ event }) => events.push(event) });
      const model = await openModel('vae');
      const images = await model.sample({ count: 3, seed: 7 });
      const again = await model.draw(model.latents({ count: 3, seed: 7 }));
      const { train: set } = await loadData('set');
      const latents = await model.encode(set);
      const steps = [];
      for await (const { event, step } of readLog('vae')) if (event === 'step') steps.push(step);
      const wrong = await train({ ...asked, epoch: 3 }).catch((error) => [error instanceof UsageError, error.message]);
      const missing = await model.draw(new Float32Array(3)).catch(({ name, exitCode }) => [name, exitCode]);
      model.dispose();
      console.log(JSON.stringify({
        trained, kinds: [...new Set(events)], same: Buffer.from(images.pixels).equals(again.pixels),
        latents: latents.length, steps, status: (await readRun('vae')).status, wrong, missing,
        png: Buffer.from(toPng(images)).toString('latin1', 1, 4),
        says: /aigc:command="([^"]*)"/.exec(Buffer.from(toPng(images)))?.[1],
        silent: Buffer.from(toPng(images, { provenance: false })).includes('xmpmeta'), families: families.length > 8,
        family: model.family, canEncode: model.canEncode, pixels: images.pixels.length,
      }));
    })();`,
  );
  expect(JSON.parse(words)).toEqual({
    trained: {
      run: 'vae',
      step: 16,
      reason: 'finished',
      best: expect.objectContaining({ step: expect.any(Number) }),
    },
    kinds: expect.arrayContaining(['backend', 'step', 'epoch', 'grid', 'checkpoint', 'end']),
    same: true,
    latents: 128,
    steps: [8, 10, 16],
    status: 'finished',
    wrong: [true, expect.stringMatching(/there is no option "epoch"/)],
    missing: ['UsageError', 2],
    png: 'PNG',
    says: 'aigc sample --checkpoint checkpoints/step-000016 --seed 7 --backend wasm --count 3',
    silent: false,
    families: true,
    family: 'vae',
    canEncode: true,
    pixels: 192,
  });
});

it('stops when it is told to, goes on, and takes a family from a file, from ES modules', () => {
  const page = readFileSync(join(root, 'docs', 'api.md'), 'utf8');
  const family = /```js\n(\/\/ linear-vae[\s\S]*?)```/.exec(page)?.[1] as string;
  writeFileSync(at('family.mjs'), family.replace('module.exports =', 'export default'));
  const words = node(
    'use.mjs',
    `import { train, version } from 'aigc';
    import { defineFamily, tf } from 'aigc/family';
    const asked = { model: 'gan', data: 'set', out: 'gan', steps: 20, batchSize: 8, logEverySteps: 5, grid: '2x2' };
    const controller = new AbortController();
    const stopped = await train({ ...asked, signal: controller.signal,
      onEvent: ({ event, step }) => { if (event === 'step' && step === 5) controller.abort(); } });
    const done = await train({ out: 'gan', data: 'set', resume: true });
    const mine = await train({ model: './family.mjs', data: 'set', out: 'mine', steps: 1, batchSize: 8, grid: '2x2' });
    console.log(JSON.stringify([mine.reason, version, stopped.reason, stopped.step < 20, done.reason, done.step, typeof defineFamily, typeof tf.add]));`,
  );
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  expect(JSON.parse(words)).toEqual([
    'finished',
    version,
    'signal',
    true,
    'finished',
    20,
    'function',
    'function',
  ]);
});

it('has types, which need no other package’s, for what docs/api.md shows', () => {
  const page = readFileSync(join(root, 'docs', 'api.md'), 'utf8');
  writeFileSync(at('shown.mts'), /```ts\n([\s\S]*?)```/.exec(page)?.[1] as string);
  writeFileSync(
    at('wrong.mts'),
    `import { openModel, toPng } from 'aigc';
    const model = await openModel('run');
    // @ts-expect-error: no such method
    model.paint();
    // @ts-expect-error: a number
    await model.sample({ count: 'many' });
    toPng(await model.sample());\n`,
  );
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin', 'tsc');
  const strict = [
    '--strict',
    '--noEmit',
    '--target',
    'es2022',
    '--module',
    'nodenext',
    '--skipLibCheck',
    'false',
  ];
  const words = [tsc, ...strict, '--types', 'node', 'shown.mts', 'wrong.mts'];
  const { stdout } = spawnSync(process.execPath, words, { cwd: folder, encoding: 'utf8' });
  expect(stdout).toBe('');
});
