// What TensorFlow calls the outputs of its ops: in the body of a function a tensor is named by them.
/** Outputs of ops in their order; one with a star is a list. Convolutions and pools are left out: their gradients take many
 *  times as long in a loop of XLA's as alone (docs/compile.md). */
const outputs: Readonly<Record<string, string>> = {
  output:
    'All Any ArgMax ArgMin BatchMatMul BatchMatMulV2 BatchToSpaceND Bitcast BroadcastTo ClipByValue Concat ConcatV2 Const ' +
    'DenseBincount DepthToSpace Diag Einsum ExpandDims Fill GatherNd GatherV2 Identity LinSpace Max Mean Min MirrorPad OneHot ' +
    'Pack PadV2 PlaceholderWithDefault Prod Range Reshape Reverse ReverseV2 ScatterNd Select Slice Snapshot SpaceToBatchND ' +
    'StridedSlice Sum TensorScatterUpdate Tile UnsortedSegmentSum',
  y:
    'Abs Acos Acosh Asin Asinh Atan Atanh Cast Ceil Cos Cosh Erf Exp Expm1 Floor IsFinite IsInf IsNan Log Log1p LogicalNot Neg ' +
    'OnesLike Reciprocal Round Rsqrt Sigmoid Sign Sin Sinh Sqrt Square Tan Tanh Transpose ZerosLike',
  z:
    'Add AddV2 Atan2 BitwiseAnd Div DivNoNan Equal FloorDiv FloorMod Greater GreaterEqual Less LessEqual LogicalAnd LogicalOr ' +
    'Maximum Minimum Mod Mul NotEqual Pow RealDiv SigmoidGrad SquaredDifference Sub TanhGrad',
  activations: 'Elu LeakyRelu Relu Relu6 Selu Softplus',
  backprops: 'EluGrad LeakyReluGrad ReluGrad SoftplusGrad',
  'output*': 'SplitV Unpack While',
  out: 'Cumprod Cumsum',
  'values indices': 'TopK TopKV2',
  'y idx': 'Unique UniqueV2',
  'y batch_mean batch_variance reserve_space_1 reserve_space_2 reserve_space_3': 'FusedBatchNormV3',
  'x_backprop scale_backprop offset_backprop reserve_space_4 reserve_space_5': 'FusedBatchNormGradV3',
  sum: 'AddN',
  r0: 'BroadcastArgs',
  logsoftmax: 'LogSoftmax',
  softmax: 'Softmax',
  product: 'MatMul',
  band: 'MatrixBandPart',
  value: 'ReadVariableOp',
  index: 'Where',
};

const namesByOp = new Map(
  Object.entries(outputs).flatMap(([names, ops]) => ops.split(' ').map((op) => [op, names.split(' ')])),
);

/** Whether nodes of the op can be in a function that XLA makes a loop of. */
export function canLoop(op: string): boolean {
  return namesByOp.has(op);
}

/** The output of a node in a function's body: "matmul3:product:0". */
export function outputInFunction(node: string, op: string, output: number): string {
  const [first = '', ...rest] = namesByOp.get(op) ?? [];
  if (first.endsWith('*')) return `${node}:${first.slice(0, -1)}:${output}`;
  const name = [first, ...rest][output];
  if (name) return `${node}:${name}:0`;
  throw new Error(`${op} has no output ${output} in a function`);
}
