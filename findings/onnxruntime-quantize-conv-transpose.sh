#!/bin/sh
# ONNX Runtime 1.32.0 (onnx 1.23.2; Python 3.11 or newer): quantize_dynamic of a generator
#
# Expected: quantize_dynamic(model, out, op_types_to_quantize=['ConvTranspose']) writes weights of 8 bits, a quarter of the
# size, or says that it has no such operator for this way of quantising.
# Seen: it writes the model as it was, weights in float32, and returns; no error, and no warning that names it. The same
# call turns a Conv's weights to bytes.
# For who trains: a DCGAN's generator is transposed convolutions, so its "quantised" file is as large and as slow as
# before, and an evaluation of it rightly finds no loss. Look at the size, or at the type of the weights.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet onnxruntime==1.32.0 onnx==1.23.2 numpy==2.4.2
v/bin/python - <<'PY'
import logging, os, sys
import numpy as np, onnx, onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import quantize_dynamic

said = []
logging.getLogger().addHandler(type('Keep', (logging.Handler,), {'emit': lambda self, record: said.append(record.getMessage())})())
seen = {}
print('ONNX Runtime', onnxruntime.__version__)
for operator in ('ConvTranspose', 'Conv'):
    weights = numpy_helper.from_array(np.random.RandomState(0).randn(32, 32, 4, 4).astype('f'), 'w')
    info = lambda name, shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph([helper.make_node(operator, ['x', 'w'], ['y'])], 'g', [info('x', [1, 32, 7, 7])], [info('y', None)], [weights])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8), 'in.onnx')
    quantize_dynamic('in.onnx', 'out.onnx', op_types_to_quantize=[operator])
    out = onnx.load('out.onnx')
    types = sorted({TensorProto.DataType.Name(t.data_type) for t in out.graph.initializer if np.prod(t.dims) > 1})
    seen[operator] = types
    print(f"{operator}: {os.path.getsize('in.onnx')} bytes to {os.path.getsize('out.onnx')}, weights {types}, nodes {[n.op_type for n in out.graph.node]}")
warned = [text for text in said if 'ConvTranspose' in text]
if seen != {'ConvTranspose': ['FLOAT'], 'Conv': ['INT8']} or warned:
    sys.exit(f'CHANGED: float32 for ConvTranspose without a warning, bytes for Conv; now {seen}, warned: {warned}')
PY
