// An input whose values are rows of bytes: of a table that stays inside the session, and a step is fed row numbers; or those
// that a step is fed.
import type { Binding } from '../native/binding';
import type { GraphInput, Table } from './graph-input';
import { constantAttributes, type GraphNodes, typeOf } from './graph-nodes';
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

export function addByteRows(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  spec: ByteRows,
  table: Table = addTable(nodes, binding, name, spec),
): GraphInput {
  const { TF_INT32, TF_UINT8 } = binding;
  const type = { dtype: TF_INT32, shape: [spec.picked] };
  const feed = nodes.addPlaceholder(name, type);
  const axis = nodes.add(
    `${name}_axis`,
    'Const',
    [],
    constantAttributes({ dtype: TF_INT32, shape: [], values: Int32Array.of(0) }),
  );
  const bytes = nodes.add(`${name}_bytes`, 'GatherV2', [table.values, feed, axis], {
    Tparams: typeOf(TF_UINT8),
    Tindices: typeOf(TF_INT32),
    Taxis: typeOf(TF_INT32),
  });
  return { feed, type, values: addScaled(nodes, binding, name, bytes, spec.scale), table };
}

export function addByteImages(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  { picked, rowShape, scale }: ByteImages,
): GraphInput {
  const type = { dtype: binding.TF_UINT8, shape: [picked, ...rowShape] };
  const feed = nodes.addPlaceholder(name, type);
  return { feed, type, values: addScaled(nodes, binding, name, feed, scale) };
}

/** @returns the node of the floats that bytes become */
function addScaled(
  nodes: GraphNodes,
  binding: Binding,
  name: string,
  bytes: string,
  scale: ByteScale,
): string {
  const { TF_FLOAT, TF_UINT8 } = binding;
  const float = (label: string, value: number) =>
    nodes.add(
      `${name}_${label}`,
      'Const',
      [],
      constantAttributes({ dtype: TF_FLOAT, shape: [], values: Float32Array.of(value) }),
    );
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
  const type = { dtype: binding.TF_UINT8, shape: [rows, ...rowShape] };
  const table = new SessionVariable(nodes, { node: `${name}_table`, type, before: Number.NaN });
  return { ...table.addInitialiser(), type, values: table.read() };
}
