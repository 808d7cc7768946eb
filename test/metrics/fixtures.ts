// The arrays of test/fixtures/metrics, and images with features made of them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ImageSet } from '../../src/dataset/image-set';
import type { MeasuredImages } from '../../src/metrics/metric';

const folder = join(__dirname, '../fixtures/metrics');

interface Expected {
  readonly fid: number;
  readonly fidFullRank: number;
  readonly prdc: Readonly<
    Record<
      string,
      {
        readonly precision: number;
        readonly recall: number;
        readonly density: number;
        readonly coverage: number;
      }
    >
  >;
  readonly parzen: { readonly sigma: number; readonly mean: number; readonly standardError: number };
  readonly msSsim: Readonly<Record<string, readonly number[]>>;
}

export function readExpected(): Expected {
  return JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
}

/** NumPy's format 1.0, of bytes or float32. */
export function readNpy(name: string) {
  const file = readFileSync(join(folder, `${name}.npy`));
  const start = 10 + file.readUInt16LE(8);
  const header = file.toString('latin1', 10, start);
  const shape = (/\((.*?)\)/.exec(header)?.[1] ?? '').split(',').filter(Boolean).map(Number);
  const bytes = Uint8Array.from(file.subarray(start));
  return {
    shape,
    bytes,
    floats: header.includes('<f4') ? new Float32Array(bytes.buffer) : new Float32Array(),
  };
}

const nothing = { height: 1, width: 1, channels: 1, pixels: new Uint8Array(), features: new Float32Array() };

export function withFeatures(features: Float32Array, count: number): MeasuredImages {
  return { ...nothing, count, features, featureCount: features.length / count, classCount: 0 };
}

export function withPixels(name: string): MeasuredImages & ImageSet {
  const { shape, bytes } = readNpy(name);
  const [count = 0, height = 0, width = 0, channels = 0] = shape;
  return {
    ...nothing,
    count,
    height,
    width,
    channels,
    pixels: bytes,
    labels: undefined,
    featureCount: 0,
    classCount: 0,
  };
}

/** @param probabilities one row an image */
export function withProbabilities(probabilities: readonly (readonly number[])[]): MeasuredImages {
  const count = probabilities.length;
  const classCount = probabilities[0]?.length as number;
  return {
    ...nothing,
    count,
    featureCount: 0,
    classCount,
    probabilities: Float32Array.from(probabilities.flat()),
  };
}
