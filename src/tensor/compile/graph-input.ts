// Where a recorded step's input comes into the graph.
import type { TensorName, TensorType } from './graph-nodes';

export interface GraphInput {
  readonly feed: TensorName;
  /** What is fed. */
  readonly type: TensorType;
  /** What the step reads. */
  readonly values: TensorName;
  /** What is fed once, for all runs. */
  readonly table?: Table;
}

export interface Table {
  readonly feed: TensorName;
  readonly type: TensorType;
  readonly writer: string;
  /** What it holds. */
  readonly values: TensorName;
}
