// An input whose values are rows of bytes: of a table that stays inside the session, and a step is fed row numbers; or those
// that a step is fed.
import type { Binding } from '../native/binding';
import type { FedInput, Table } from './graph-input';
import { type GraphNodes, typeOf } from './graph-nodes';
import { SessionVariable } from './session-variable';

interface ScaledRows {
  /** How many rows a step reads. */
  readonly picked: number;
  /** Of one row. */
  readonly rowShape: readonly number[];
  /** What a byte becomes: (byte · multiply + add) / divide, in float32. */
  readonly scale: ByteScale;
}

/** Rows of a table. */
export interface ByteRows extends ScaledRows {
  /** [rows, …], one after another; it must not change. */
  readonly bytes: Uint8Array;
  /** How many rows the table has. */
  readonly rows: number;
}

/** Rows that each run is fed. */
export interface ByteImages extends ScaledRows {
  readonly fed: true;
}

export interface ByteScale {
  readonly multiply: number;
  readonly add: number;
  readonly divide: number;
}

/** The table holds float32 words of so many bytes: on a GPU TensorFlow gathers no bytes, and none of int32 stay there. */
const wordBytes = 4;

/** [rows, words]: the table as it is fed, each row filled up to whole words. Nothing computes with the words. */
export function tableWords({ bytes, rows, rowShape }: ByteRows): Float32Array {
  const { rowBytes, words } = sizesOf(rowShape);
  const padded = words * wordBytes;
  if (padded === rowBytes && bytes.byteOffset % wordBytes === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, rows * words);
  }
  const filled = new Uint8Array(rows * padded);
  for (let row = 0; row < rows; row++) {
    filled.set(bytes.subarray(row * rowBytes, (row + 1) * rowBytes), row * padded);
  }
  return new Float32Array(filled.buffer);
}

function sizesOf(rowShape: readonly number[]): { readonly rowBytes: number; readonly words: number } {
  const rowBytes = rowShape.reduce((product, side) => product * side, 1);
  return { rowBytes, words: Math.ceil(rowBytes / wordBytes) };
}

export function addByteRows(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  spec: ByteRows,
  table: Table = addTable(nodes, binding, name, spec),
): FedInput {
  const { TF_FLOAT, TF_INT32, TF_UINT8 } = binding;
  const { picked, rowShape } = spec;
  const type = { dtype: TF_INT32, shape: [picked] };
  const feed = nodes.addPlaceholder(name, type);
  const integers = (label: string, values: readonly number[], shape?: readonly number[]) =>
    nodes.addIntegers(`${name}_${label}`, binding, values, shape);
  const reshaped = (label: string, tensor: string, shape: readonly number[]) =>
    nodes.add(`${name}_${label}`, 'Reshape', [tensor, integers(`${label}_shape`, shape)], {
      T: typeOf(TF_UINT8),
      Tshape: typeOf(TF_INT32),
    });
  const gathered = nodes.add(`${name}_words`, 'GatherV2', [table.values, feed, integers('axis', [0], [])], {
    Tparams: typeOf(TF_FLOAT),
    Tindices: typeOf(TF_INT32),
    Taxis: typeOf(TF_INT32),
  });
  let bytes = nodes.add(`${name}_bytes`, 'Bitcast', [gathered], {
    T: typeOf(TF_FLOAT),
    type: typeOf(TF_UINT8),
  });
  const { rowBytes, words } = sizesOf(rowShape);
  if (words * wordBytes > rowBytes) {
    const flat = reshaped('padded', bytes, [picked, words * wordBytes]);
    const corner = [integers('from', [0, 0]), integers('size', [picked, rowBytes])];
    bytes = nodes.add(`${name}_rows`, 'Slice', [flat, ...corner], {
      T: typeOf(TF_UINT8),
      Index: typeOf(TF_INT32),
    });
  }
  return { feed, type, raw: reshaped('images', bytes, [picked, ...rowShape]), table };
}

export function addByteImages(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  { picked, rowShape }: ByteImages,
): FedInput {
  const type = { dtype: binding.TF_UINT8, shape: [picked, ...rowShape] };
  const feed = nodes.addPlaceholder(name, type);
  return { feed, type, raw: feed };
}

/** @returns the node of the floats that bytes become */
export function addScaled(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  bytes: string,
  scale: ByteScale,
): string {
  const { TF_FLOAT, TF_UINT8 } = binding;
  const float = (label: string, value: number) =>
    nodes.addConstant(`${name}_${label}`, { dtype: TF_FLOAT, shape: [], values: Float32Array.of(value) });
  const types = { SrcT: typeOf(TF_UINT8), DstT: typeOf(TF_FLOAT) };
  const float32 = { T: typeOf(TF_FLOAT) };
  let values = nodes.add(`${name}_floats`, 'Cast', [bytes], types);
  if (scale.multiply !== 1)
    values = nodes.add(`${name}_scaled`, 'Mul', [values, float('multiply', scale.multiply)], float32);
  if (scale.add !== 0)
    values = nodes.add(`${name}_shifted`, 'AddV2', [values, float('add', scale.add)], float32);
  // TensorFlow would multiply by the reciprocal of a constant, which rounds otherwise; this one might yet be fed.
  const divisor = nodes.add(`${name}_divisor`, 'PlaceholderWithDefault', [float('divide', scale.divide)], {
    dtype: typeOf(TF_FLOAT),
    shape: { kind: 'shape', value: [] },
  });
  return nodes.add(`${name}_divided`, 'RealDiv', [values, divisor], float32);
}

function addTable(nodes: GraphNodes, binding: Binding, name: string, { rows, rowShape }: ByteRows): Table {
  const type = { dtype: binding.TF_FLOAT, shape: [rows, sizesOf(rowShape).words] };
  const table = new SessionVariable(nodes, { node: `${name}_table`, type, before: Number.NaN });
  return { ...table.addInitialiser(), type, values: table.read() };
}
