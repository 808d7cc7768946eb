// An input whose values are rows of a table of bytes. The table stays inside the session; a step is fed row numbers.
import type { Binding } from '../native/binding';
import type { GraphInput, Table } from './graph-input';
import { constantAttributes, type GraphNodes, typeOf } from './graph-nodes';
import { SessionVariable } from './session-variable';

export interface ByteRows {
  /** [rows, …], one after another; it must not change. */
  readonly bytes: Uint8Array;
  /** How many rows the table has, and how many a step reads. */
  readonly rows: number;
  readonly picked: number;
  /** Of one row. */
  readonly rowShape: readonly number[];
  /** What a byte becomes: (byte · multiply + add) / divide, in float32. */
  readonly scale: ByteScale;
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
  const { picked, scale } = spec;
  const { TF_FLOAT, TF_INT32, TF_UINT8 } = binding;
  const constant = (label: string, dtype: number, values: ArrayBufferView) =>
    nodes.add(`${name}_${label}`, 'Const', [], constantAttributes({ dtype, shape: [], values }));
  const float = (label: string, value: number) => constant(label, TF_FLOAT, Float32Array.of(value));

  const type = { dtype: TF_INT32, shape: [picked] };
  const feed = nodes.addPlaceholder(name, type);
  const axis = constant('axis', TF_INT32, Int32Array.of(0));
  const bytes = nodes.add(`${name}_bytes`, 'GatherV2', [table.values, feed, axis], {
    Tparams: typeOf(TF_UINT8),
    Tindices: typeOf(TF_INT32),
    Taxis: typeOf(TF_INT32),
  });
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
  values = nodes.add(`${name}_divided`, 'RealDiv', [values, divisor], float32);
  return { feed, type, values, table };
}

function addTable(nodes: GraphNodes, binding: Binding, name: string, { rows, rowShape }: ByteRows): Table {
  const type = { dtype: binding.TF_UINT8, shape: [rows, ...rowShape] };
  const table = new SessionVariable(nodes, { node: `${name}_table`, type, before: Number.NaN });
  return { ...table.addInitialiser(), type, values: table.read() };
}
