// Where a recorded step's input comes into the graph.
import type { TensorName, TensorType } from './graph-nodes';

/** What comes into the graph for an input, before it is turned into what the step reads. */
export interface FedInput extends Omit<GraphInput, 'values'> {
  /** Bytes of images; else the values themselves. */
  readonly raw: TensorName;
}

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
