#!/bin/sh
# onnxslim 0.1.98 (onnx 1.23.2, ONNX Runtime 1.31.1; Python 3.11 or newer): a model that draws its own noise
#
# Expected: ONNX says of RandomNormal and RandomNormalLike that they generate random numbers, so what simplifies a model
# must neither compute them once and for all nor take two of them for one (ONNX Runtime and onnxscript's optimizer don't).
# Seen: RandomNormal is replaced by one draw of it: the slimmed model gives the same values in every run. And two
# RandomNormalLike of one tensor are merged: the difference of two independent draws becomes 0.
# For who trains: a GAN or a VAE that was exported with its sampling inside draws one picture for ever, or the same noise
# for all of its levels, and no check of shapes or of one output finds it. aigc's exports take the latents as an input.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet onnxslim==0.1.98 onnx==1.23.2 onnxruntime==1.31.1 numpy==2.4.2
v/bin/python - <<'PY'
import copy, sys
import numpy as np, onnxruntime, onnxslim
from onnx import TensorProto, helper


def model(nodes):
    """y = x + what the nodes leave in z, for x of shape [1, 4]."""
    value = lambda name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 4])
    graph = helper.make_graph([*nodes, helper.make_node('Add', ['x', 'z'], ['y'])], 'g', [value('x')], [value('y')])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)


def runs(m):
    """The results of two runs of one session with x = 0."""
    session = onnxruntime.InferenceSession(m.SerializeToString(), providers=['CPUExecutionProvider'])
    return [session.run(None, {'x': np.zeros((1, 4), 'f')})[0] for _ in range(2)]


one = model([helper.make_node('RandomNormal', [], ['z'], shape=[1, 4])])
two = model([
    helper.make_node('RandomNormalLike', ['x'], ['a']),
    helper.make_node('RandomNormalLike', ['x'], ['b']),
    helper.make_node('Sub', ['a', 'b'], ['z']),
])
seen = []
for tool, slim in (('as it was', lambda m: m), ('onnxslim', lambda m: onnxslim.slim(copy.deepcopy(m)))):
    slimmed = [slim(one), slim(two)]
    first, second = runs(slimmed[0])
    difference = runs(slimmed[1])[0]
    seen.append((np.array_equal(first, second), not difference.any()))
    print(f'{tool}: nodes {[[n.op_type for n in m.graph.node] for m in slimmed]}')
    print(f'  RandomNormal in two runs: {first[0]}, {second[0]}')
    print(f'  difference of two RandomNormalLike: {difference[0]}')
if seen != [(False, False), (True, True)]:
    sys.exit(f'CHANGED: (equal runs, no difference) before and after slimming are now {seen}')
PY
