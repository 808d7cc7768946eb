// What a model computes, as a small typed graph: the kernels of TensorFlow.js by name, for any number of images.
import type { DataType } from '@tensorflow/tfjs-core';

/** An extent of a shape: a number, or so many for each image of the batch. */
export type Extent = number | PerImage;

export interface PerImage {
  readonly perImage: number;
}

export type HostValues = Float32Array | Int32Array | Uint8Array;

interface Described {
  readonly shape: readonly Extent[];
  readonly dtype: DataType;
}

/** What the graph is fed with. */
export interface GraphInput extends Described {
  readonly kind: 'input';
  readonly name: string;
  /** For people: what it is, and its range. */
  readonly description: string;
}

/** A variable of the model, under its name in checkpoints. */
export interface GraphWeight extends Described {
  readonly kind: 'weight';
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: HostValues;
}

/** Numbers of the code. */
export interface GraphConstant extends Described {
  readonly kind: 'constant';
  readonly shape: readonly number[];
  readonly values: HostValues;
}

/** What is known without running the graph. */
export type HostValue = GraphWeight | GraphConstant;

/** What a node gives. */
export interface GraphResult extends Described {
  readonly kind: 'result';
}

/** The same object wherever it is used. */
export type GraphValue = GraphInput | GraphWeight | GraphConstant | GraphResult;

/** Of a kernel; where it follows from the batch, with extents. */
export type GraphAttribute =
  | Extent
  | string
  | boolean
  | null
  | undefined
  | readonly GraphAttribute[]
  | { readonly [name: string]: GraphAttribute };

export interface GraphNode {
  /** Of TensorFlow.js, such as `_FusedMatMul`, with its attributes and the names of its inputs; those that take a list
   *  name them '0', '1', … */
  readonly kernel: string;
  readonly attributes: Readonly<Record<string, GraphAttribute>>;
  readonly inputs: Readonly<Record<string, GraphValue>>;
  readonly outputs: readonly GraphResult[];
}

export interface GraphOutput {
  readonly name: string;
  readonly description: string;
  readonly value: GraphValue;
}

export interface Graph {
  readonly name: string;
  /** For people, one line. */
  readonly description: string;
  readonly inputs: readonly GraphInput[];
  /** Each after those whose results it reads. */
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphOutput[];
}

export function isHost(value: GraphValue): value is HostValue {
  return value.kind === 'weight' || value.kind === 'constant';
}

export function isPerImage(extent: GraphAttribute): extent is PerImage {
  return typeof extent === 'object' && extent !== null && 'perImage' in extent;
}

/** The extent for so many images. */
export function extentOf(extent: Extent, images: number): number {
  return isPerImage(extent) ? extent.perImage * images : extent;
}

export function sameShape(a: readonly Extent[], b: readonly Extent[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The weights that some graphs read, by name, in the order in which they are read. */
export function weightsRead(graphs: readonly Graph[]): Map<string, GraphWeight> {
  const values = graphs.flatMap(({ nodes, outputs }) => [
    ...nodes.flatMap(({ inputs }) => Object.values(inputs)),
    ...outputs.map(({ value }) => value),
  ]);
  return new Map(values.flatMap((value) => (value.kind === 'weight' ? [[value.name, value]] : [])));
}

const identities = new WeakMap<object, number>();
let count = 0;

/** The same text for the same weight and the same constant: small ones by what they hold. */
export function keyOf(value: HostValue): string {
  const { dtype, shape, values } = value;
  if (value.kind === 'weight') return `weight ${value.name}`;
  if (values.length <= 64) return `${dtype} ${shape} ${values}`;
  const identity = identities.get(values) ?? count++;
  identities.set(values, identity);
  return `array ${identity}`;
}
