// Every parser of what users and files say, against inputs near good ones and far from them.

import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32, deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { unpackWheel } from '../../src/backend-install/unpack';
import { drawPage } from '../../src/chart/page';
import { comparisonPage } from '../../src/compare/chart';
import { foreignFigures, unlikeProtocols } from '../../src/compare/protocol';
import { readRunSummary } from '../../src/compare/run-summary';
import { comparisonTable } from '../../src/compare/table';
import { readConfigFile } from '../../src/config/file';
import { parseLabels } from '../../src/config/labels';
import { checkNames, resolveOptions } from '../../src/config/resolve';
import { trainOptions } from '../../src/config/train-options';
import { readClassNames } from '../../src/dataset/folder';
import { idxHeader, readIdxImages, readIdxLabels } from '../../src/dataset/readers/idx';
import { decodeBmp } from '../../src/images/bmp';
import { decodeNetpbm } from '../../src/images/netpbm';
import { decodeNpy, encodeNpy } from '../../src/images/npy';
import { openWholeDecoder } from '../../src/images/picture';
import { PictureError } from '../../src/images/picture-error';
import { readPictureHeader } from '../../src/images/picture-header';
import { encodePng } from '../../src/images/png';
import { xmpPacket } from '../../src/images/provenance';
import { findProvenance } from '../../src/images/xmp-reader';
import { parseThresholds } from '../../src/metrics/thresholds';
import { families, familyOptions, findFamily } from '../../src/models';
import { readCheckpoint } from '../../src/run/checkpoint';
import { rewindMetricsFile } from '../../src/run/metrics-file';
import { readRun, runFolder } from '../../src/run/run-folder';
import { decodeSafetensors, encodeSafetensors } from '../../src/run/safetensors';
import { checkFolder } from '../../src/tune/request';
import { parseSpace } from '../../src/tune/space';
import { readResults, readTune, tuneFolder } from '../../src/tune/tune-folder';
import { exampleProvenance } from '../example-provenance';
import { holds, near, nearJson } from './fuzz';

const root = mkdtempSync(join(tmpdir(), 'aigc-fuzz-'));
const at = (...names: string[]) => join(root, ...names);
afterAll(() => rmSync(root, { recursive: true, force: true }));
const fixture = join(__dirname, '..', 'fixtures', 'format-1', 'run');
cpSync(fixture, at('run'), { recursive: true });

/** Writes what comes, and reads it back. */
const asFile =
  <T extends Buffer | string>(name: string, read: (path: string) => unknown) =>
  (content: T) => {
    writeFileSync(at(name), content);
    return read(at(name));
  };

describe('arrays', () => {
  const images = Buffer.concat([idxHeader([3, 2, 2]), Buffer.alloc(12, 7)]);
  const labels = Buffer.concat([idxHeader([3]), Buffer.alloc(3, 1)]);
  holds('IDX images', near(images), asFile('images', readIdxImages));
  holds('gzipped IDX images', near(gzipSync(images)), asFile('images.gz', readIdxImages));
  holds('IDX labels', near(labels), asFile('labels', readIdxLabels));
  holds('npy', near(encodeNpy(Float32Array.of(1, 2, 3, 4), [2, 2])), (bytes) => decodeNpy(bytes, 'x'));
  const npyHeader = fc
    .tuple(fc.constantFrom('|u1', '<f4', '<f8', 'constructor', '>f4'), fc.string({ maxLength: 20 }))
    .map(([type, shape]) => {
      const words = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape}), }`;
      const bytes = Buffer.concat([
        Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1'),
        Buffer.from(words, 'latin1'),
      ]);
      bytes.writeUInt16LE(Buffer.from(words, 'latin1').length, 8);
      return bytes;
    });
  holds('npy of any type and shape', npyHeader, (bytes) => decodeNpy(bytes, 'x'));
  const tensors = new Map([['a', { shape: [2], values: Float32Array.of(1, 2) }]]);
  holds('safetensors', near(encodeSafetensors(tensors)), (bytes) => decodeSafetensors(bytes, 'x'));
  const header = nearJson({
    a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    b: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
  }).map((value) => {
    const json = Buffer.from(JSON.stringify(value) ?? '');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    return Buffer.concat([length, json, Buffer.alloc(8)]);
  });
  holds('safetensors of any header', header, (bytes) => decodeSafetensors(bytes, 'x'));
});

// Heads alone: no decoder is fed with what comes out of here.
describe('picture heads', () => {
  const png = encodePng({ height: 2, width: 2, channels: 1, pixels: Uint8Array.of(1, 2, 3, 4) });
  const jpeg = readFileSync(join(__dirname, '..', 'fixtures', 'pictures', 'upright.jpg'));
  holds('PNG', near(png), readPictureHeader, [PictureError]);
  holds('JPEG', near(jpeg.subarray(0, 700)), readPictureHeader, [PictureError]);
});

describe('pictures, decoded', () => {
  const whole = (name: string) => readFileSync(join(__dirname, '../fixtures/pictures/pillow/kinds', name));
  holds('BMP', near(whole('palette.bmp')), decodeBmp, [PictureError]);
  holds('PPM', near(whole('colour.ppm')), decodeNetpbm, [PictureError]);
  holds('PGM as text', near(Buffer.from('P2\n# grey\n3 2 255\n0 1 2\n3 4 255\n')), decodeNetpbm, [
    PictureError,
  ]);
  const decode = async (bytes: Buffer) => (await openWholeDecoder({ background: 'black', scale: 1 }))(bytes);
  for (const name of ['lossless.webp', 'lossy.avif', 'moving.gif', 'colour.tiff', 'inside.jpe'])
    holds(name, near(whole(name)), decode, [PictureError]);
});

describe('what files say of how they were made', () => {
  holds('XMP', near(Buffer.from(xmpPacket(exampleProvenance))), findProvenance);
});

describe('a run', () => {
  const record = JSON.parse(readFileSync(join(fixture, 'run.json'), 'utf8'));
  const run = runFolder(at('run'));
  const summaries = async () => {
    const summary = await readRunSummary(run.path);
    const [runs, names] = [
      [summary, await readRunSummary(fixture)],
      ['a', 'b'],
    ];
    comparisonTable(runs, names, 80);
    drawPage(await comparisonPage(runs, names, 'epochs'));
    drawPage(await comparisonPage(runs, names, 'minutes'));
    return [...foreignFigures(runs, names), ...unlikeProtocols(runs, names)];
  };
  holds('run.json', nearJson(record), async (value) => {
    writeFileSync(run.run, JSON.stringify(value) ?? '');
    await readRun(run);
    await summaries();
  });
  const step = { event: 'step', step: 3, epoch: 1, losses: { elbo: 1 }, imagesPerSecond: 2 };
  const collapse = { diversity: 1, separation: 1, likeness: 1, coverage: 1 };
  const epoch = { ...step, event: 'epoch', heldOut: { elbo: 2 }, seconds: 3, collapse };
  const rollback = { event: 'rollback', step: 3, toStep: 1, learningRateScale: 0.5, reason: 'a' };
  const line = fc
    .oneof(nearJson(step), nearJson(epoch), nearJson(rollback))
    .map((value) => JSON.stringify(value) ?? '');
  const log = fc.array(fc.oneof(line, fc.string()), { maxLength: 8 }).map((lines) => lines.join('\n'));
  holds('metrics.jsonl', log, async (text) => {
    cpSync(join(fixture, 'run.json'), run.run);
    writeFileSync(run.metrics, text);
    await summaries();
    await rewindMetricsFile(run.metrics, 2, 2);
  });
  const metric = {
    event: 'metric',
    figure: 'fid',
    mean: 1,
    standardError: 1,
    step: 3,
    data: 'x',
    real: { mean: 1 },
  };
  const evaluations = fc.array(nearJson(metric), { maxLength: 5 });
  holds('evaluations.jsonl', evaluations, async (values) => {
    writeFileSync(run.evaluations, values.map((value) => `${JSON.stringify(value)}\n`).join(''));
    await summaries();
  });
});

describe('a checkpoint', () => {
  const folder = at('run', 'checkpoints', 'step-000200');
  const { sha256: _, ...manifest } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
  holds('manifest, with the right checksum', nearJson(manifest), async (value) => {
    const body = JSON.stringify(value, null, 2) ?? '{\n}';
    const sum = createHash('sha256').update(body).digest('hex');
    writeFileSync(join(folder, 'manifest.json'), `${body.slice(0, -2)},\n  "sha256": "${sum}"\n}\n`);
    const { manifest: read } = await readCheckpoint(folder);
    familyOptions(findFamily(read.family), {}, read.setting.options);
  });
  holds(
    'manifest, of any bytes',
    near(readFileSync(join(fixture, 'checkpoints/step-000200/manifest.json'))),
    (bytes) => {
      writeFileSync(join(folder, 'manifest.json'), bytes);
      return readCheckpoint(folder);
    },
  );
});

describe('a search', () => {
  mkdirSync(at('tune'));
  const folder = tuneFolder(at('tune'));
  const plan = {
    ...{
      model: 'vae',
      data: 'digits',
      seed: 1,
      metric: 'elbo',
      source: 'held-out',
      bracket: 9,
      unit: 'epochs',
    },
    ...{ figure: { name: 'elbo', label: 'ELBO', better: 'higher' }, length: 1, trainCount: 64 },
    ...{ space: { beta: { from: 1, to: 2 }, latentDim: { among: [1, 2] } }, first: { beta: 1 } },
  };
  const record = { formatVersion: 1, aigc: '0', createdAt: '', flags: { model: 'vae' }, plan };
  holds('tune.json', nearJson(record), async (value) => {
    writeFileSync(folder.plan, JSON.stringify(value) ?? '');
    const found = await readTune(folder);
    const given = { resume: true, dryRun: true } as unknown as Parameters<typeof checkFolder>[4];
    checkFolder(found, folder, findFamily('vae'), { model: 'vae' }, given);
  });
  const result = {
    ...{ event: 'trial', trial: 1, bracket: 1, rung: 1, length: 1, status: 'measured', value: 1 },
    ...{ seconds: 1, spentMinutes: 1, options: { beta: 1 } },
  };
  holds('trials.jsonl', fc.array(nearJson(result), { maxLength: 5 }), (values) => {
    writeFileSync(folder.results, values.map((value) => JSON.stringify(value) ?? '').join('\n'));
    return readResults(folder);
  });
  const names = fc.oneof(
    fc.constantFrom('beta', 'latent-dim', 'likelihood', 'constructor', '__proto__'),
    fc.string(),
  );
  const ranges = fc.oneof(
    fc
      .tuple(fc.double(), fc.double(), fc.constantFrom('', ':log', ':linear'))
      .map(([a, b, how]) => `${a}..${b}${how}`),
    fc.string(),
  );
  const sets = fc.array(
    fc.tuple(names, ranges).map(([name, range]) => `${name}=${range}`),
    { maxLength: 3 },
  );
  holds('--set', sets, (words) => {
    for (const { options } of families) parseSpace(words, options);
  });
});

describe('options', () => {
  const config = { model: 'vae', epochs: 2, data: 'digits', grid: '2x2', seed: 1, config: undefined };
  const text = fc.oneof(
    nearJson(config).map((value) => JSON.stringify(value) ?? ''),
    fc.string(),
    fc.constantFrom('['.repeat(100_000), `{"config":{"model":${'['.repeat(99)}1${']'.repeat(99)}}}`),
  );
  holds(
    'a configuration file',
    text,
    asFile('config.json', (path) => {
      const { values } = readConfigFile(path);
      for (const family of families) familyOptions(family, {}, values);
      resolveOptions(trainOptions, {}, values);
      checkNames(values, Object.keys(trainOptions), 'x');
    }),
  );
  const labels = fc.oneof(
    fc.stringMatching(/^\d{1,3}(-\d{1,3})?(,\d{1,3}(-\d{1,3})?)*$/),
    fc.constant('0-999'),
  );
  holds('--labels', labels, (list) => parseLabels(list, { count: 10, names: undefined }));
  const condition = fc.tuple(
    fc.constantFrom('fid', 'coverage', 'constructor', 'x'),
    fc.constantFrom('<', '>=', '==', ''),
    fc.oneof(fc.double().map(String), fc.string()),
  );
  const list = fc.oneof(
    condition.map((parts) => parts.join('')),
    fc.string(),
  );
  holds('--fail-if', list, parseThresholds);
  const names = nearJson(['zero', 'one']).map((value) => JSON.stringify(value) ?? '');
  holds(
    'classes.json',
    fc.oneof(names, fc.string()),
    asFile('classes.json', () => readClassNames(root)),
  );
});

describe('a wheel', () => {
  interface Packed {
    readonly name: string;
    readonly size?: number;
    readonly flags?: number;
    readonly method?: number;
  }
  /** A ZIP archive of one file, which may lie about it. */
  function zip({ name, size, flags = 0, method = 8 }: Packed): Buffer {
    const content = Buffer.from('content');
    const packed = method === 8 ? deflateRawSync(content) : content;
    const words = Buffer.from(name);
    const head = (signature: number, before: number, after: number) => {
      const bytes = Buffer.alloc(before + 26 + after);
      bytes.writeUInt32LE(signature, 0);
      bytes.writeUInt16LE(20, before);
      bytes.writeUInt16LE(flags, before + 2);
      bytes.writeUInt16LE(method, before + 4);
      bytes.writeUInt32LE(crc32(content), before + 10);
      bytes.writeUInt32LE(packed.length, before + 14);
      bytes.writeUInt32LE(size ?? content.length, before + 18);
      bytes.writeUInt16LE(words.length, before + 22);
      return bytes;
    };
    const local = Buffer.concat([head(0x04034b50, 4, 0), words, packed]);
    const central = Buffer.concat([head(0x02014b50, 6, 14), words]);
    const end = Buffer.alloc(22);
    end.writeUInt32LE(0x06054b50, 0);
    end.writeUInt16LE(1, 8);
    end.writeUInt16LE(1, 10);
    end.writeUInt32LE(central.length, 12);
    end.writeUInt32LE(local.length, 16);
    return Buffer.concat([local, central, end]);
  }
  const context = {
    progress: { stage: () => undefined, bytes: () => undefined },
    signal: new AbortController().signal,
  };
  const unpack = (path: string) =>
    unpackWheel(path, at('unpacked'), (name) => name.replaceAll('/', '_'), context);
  const refused = async (packed: Packed) => {
    writeFileSync(at('a.whl'), zip(packed));
    return unpack(at('a.whl')).catch(({ name, message }: Error) => `${name}: ${message}`);
  };

  it('is unpacked when it is good, and refused when it is not what it says', async () => {
    expect(await refused({ name: 'good' })).toBeUndefined();
    expect(readFileSync(at('unpacked', 'good'), 'utf8')).toBe('content');
    expect(await refused({ name: '../out' })).toMatch(/^BackendError: .*is damaged/);
    expect(await refused({ name: '/out' })).toMatch(/^BackendError: /);
    expect(await refused({ name: 'a', size: 3 })).toMatch(/^BackendError: /);
    expect(await refused({ name: 'a', size: 2 ** 32 - 2 })).toMatch(/^BackendError: .*unpacks to/);
    expect(await refused({ name: 'a', flags: 1 })).toMatch(/^BackendError: .*encrypted/);
    expect(await refused({ name: 'a', method: 99 })).toMatch(/^BackendError: /);
  });

  holds('of any bytes', near(zip({ name: 'a' })), asFile('b.whl', unpack));
});
