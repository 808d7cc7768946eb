// `aigc export --to pytorch`: a module that reads well, and draws in PyTorch what the model draws.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type * as tf from '@tensorflow/tfjs-core';
import { drawingGraphOf, encoderGraphOf, passGraphsOf } from '../../src/export/graph/functions';
import { programOf } from '../../src/export/pytorch/program';
import type { Family } from '../../src/models/family';
import { families } from '../../src/models/index';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from '../../src/run/safetensors';
import { startBackend } from '../../src/tensor/index';
import type { SavedModel } from '../../src/use/open-model';
import { hasPython, python } from '../python';
import { expectPlainError, trainSmall } from '../small-models';
import { graphOf, mirrored, operations, someImages } from './graph/operations';
import { expected, exportedFamilies, untrained } from './graph/untrained';

let folder = '';

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'aigc-pytorch-'));
  await startBackend('wasm');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const hasTorch = hasPython('torch, safetensors.torch', 'what model.py draws');

/** Calls each folder's model with its inputs. @returns by folder, by output: how far it is from what is expected */
const runner = `
import importlib.util, json, pathlib, sys, torch
from safetensors.torch import load_file
found = {}
for folder in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    spec = importlib.util.spec_from_file_location(folder.name.replace('-', '_'), folder / 'model.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    model, io = module.load(), load_file(folder / 'io.safetensors')
    first = lambda x: x.permute(0, 3, 1, 2) if x.dim() == 4 else x
    for call in json.loads((folder / 'calls.json').read_text()):
        given = [first(io[name]).long() if name.startswith('label') else first(io[name]) for name in call['inputs']]
        results = getattr(model, call['method'])(*given)
        results = results if isinstance(results, tuple) else (results,)
        assert len(results) == len(call['outputs'])
        for name, result in zip(call['outputs'], results):
            assert result.shape == first(io[name]).shape, (name, result.shape)
            found[folder.name + ' ' + name] = float((result - first(io[name])).abs().max())
print(json.dumps(found))
`;

interface Call {
  readonly method: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

function stored(tensor: tf.Tensor): StoredTensor {
  return { shape: tensor.shape, values: Float32Array.from(tensor.dataSync()) };
}

function write(
  name: string,
  program: ReturnType<typeof programOf>,
  io: Map<string, StoredTensor>,
  calls: Call[],
) {
  const at = (file: string) => join(folder, 'models', name, file);
  mkdirSync(join(folder, 'models', name), { recursive: true });
  writeFileSync(at('model.py'), program.text);
  writeFileSync(at('model.safetensors'), encodeSafetensors(program.tensors));
  writeFileSync(at('io.safetensors'), encodeSafetensors(io));
  writeFileSync(at('calls.json'), JSON.stringify(calls));
}

function program(saved: SavedModel) {
  const draw = passGraphsOf(saved) ?? drawingGraphOf(saved, false);
  return programOf({ draw, encoder: encoderGraphOf(saved) }, []);
}

function writeFamily(family: Family): void {
  const saved = untrained(family);
  const io = new Map<string, StoredTensor>();
  const calls = [1, 5].flatMap((count): Call[] => {
    const { inputs, drawn, code, logVariance } = expected(saved, count);
    const given = { ...inputs, drawn, ...(code && { code }), ...(logVariance && { logVariance }) };
    for (const [name, tensor] of Object.entries(given)) io.set(name + count, stored(tensor as tf.Tensor));
    const label = family.conditional ? [`label${count}`] : [];
    const outputs = [`code${count}`, ...(logVariance ? [`logVariance${count}`] : [])];
    return [
      { method: 'draw', inputs: [`latent${count}`, ...label], outputs: [`drawn${count}`] },
      ...(code ? [{ method: 'encode', inputs: [`image${count}`, ...label], outputs }] : []),
    ];
  });
  write(family.name.replaceAll(/[^\w-]+/g, '-'), program(saved), io, calls);
  saved.model.dispose();
}

/** What PyTorch has otherwise. */
const refused = ['means of nine with padding'];

(hasTorch ? it : it.skip)(
  'draws and encodes the same in PyTorch, one image and five, every family and op',
  () => {
    for (const [, family] of exportedFamilies) writeFamily(family);
    for (const [name, compute] of Object.entries(operations)) {
      if (refused.includes(name)) continue;
      const image = someImages();
      const io = new Map([
        ['image', stored(image)],
        ['y', stored(compute(image))],
      ]);
      const made = programOf({ draw: graphOf(compute), encoder: [] }, []);
      write(`op-${name.replaceAll(' ', '-')}`, made, io, [
        { method: 'f', inputs: ['image'], outputs: ['y'] },
      ]);
    }
    const { stdout, stderr } = spawnSync(python, ['-c', runner, join(folder, 'models')], {
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    const differences = Object.entries(JSON.parse(stdout) as Record<string, number>);
    expect(differences.length).toBeGreaterThan(60);
    expect(differences.filter(([, value]) => !(value < 1e-5))).toEqual([]);
  },
);

it.each(families.map((family) => [family.name, family] as const))(
  'writes %s so that one reads it',
  (name, family) => {
    const saved = untrained(family);
    const { text, tensors } = program(saved);
    const lines = text.trimEnd().split('\n');
    // A flow is written out step by step, two here.
    const most = name === 'vq-vae' ? 200 : name.endsWith('flow') ? 350 : 75;
    expect(lines.length).toBeLessThan(most);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(130);
    const layers = [...text.matchAll(/self\.(\w+) = nn\.\w+/g)].map(([, layer]) => layer as string);
    expect(new Set([...tensors.keys()].map((key) => key.split('.')[0]))).toEqual(new Set(layers));
    for (const layer of layers)
      expect(text.split(new RegExp(`self\\.${layer}\\b`)).length).toBeGreaterThan(2);
    saved.model.dispose();
  },
);

it('lets nothing of what it is told run, and names what PyTorch cannot say', () => {
  const saved = untrained(families[0] as Family);
  const draw = drawingGraphOf(saved, false);
  const { text } = programOf({ draw, encoder: [] }, [
    'data\nimport os',
    '"""\r\u2028os.abort()',
    'x\u2029y\u0085z\fw',
  ]);
  // Where Python ends a line.
  const told = text
    .split(/[\n\r\u0085\u2028\u2029]/)
    .filter((line) => /import os|os\.abort|^[yzw]/.test(line));
  expect(told.every((line) => line.startsWith('#'))).toBe(true);
  saved.model.dispose();
  expect(() => programOf({ draw: graphOf(mirrored), encoder: [] }, [])).toThrow(
    /--to pytorch: the model computes MirrorPad/,
  );
});

it('writes a folder with the module and its weights', async () => {
  const run = await trainSmall(folder, { vae: ['--model', 'vae', '--hidden-units', '8', '--steps', '2'] });
  const words = ['export', '--checkpoint', 'vae', '--to', 'pytorch', '--out'];
  const { code, stdout, stderr } = await run(...words, 'torch', '--json');
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({ to: 'pytorch', files: ['model.py', 'model.safetensors'] });
  expect(readdirSync(join(folder, 'torch')).sort()).toEqual(['model.py', 'model.safetensors']);
  const text = readFileSync(join(folder, 'torch', 'model.py'), 'utf8');
  expect(text).toContain('# vae at step 2, written by aigc ');
  expect(text).toContain('trainedAlgorithmicMedia');
  expect(text).toContain('self.decoder_hidden = nn.Linear(20, 8)');
  const weights = decodeSafetensors(readFileSync(join(folder, 'torch', 'model.safetensors')), 'it');
  expect(weights.get('decoder_hidden.weight')?.shape).toEqual([8, 20]);
  expectPlainError(await run(...words, 'model.py'), 2, /--to pytorch writes a folder/);
});
