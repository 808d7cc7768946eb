#!/bin/sh
# TensorFlow 2.21.0 (the wheel for Linux x86-64; needs no card, 600 MB to fetch; Python 3.11 or newer): gather of bytes
#
# Expected: a table of images as bytes, put on the card once and picked from by tf.gather, stays there: the manual's rule
# is that an operation runs on the GPU if it can.
# Seen: the build registers GatherV2 on GPU for bool, int32, int64, and every kind of float and complex number, and not for
# uint8 (nor int8 or int16), so with soft placement, the default, it is put on the host without a word. Cast has a GPU
# kernel for bytes.
# For who trains: each step's images are picked on the host and copied over: a GPU that waits. Keep the table in a type
# that has a kernel; aigc keeps four bytes in each float32 and takes them apart on the card (docs/performance.md).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --no-cache-dir tensorflow==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 v/bin/python - <<'PY'
import sys
import tensorflow as tf
from tensorflow.core.framework import types_pb2
from tensorflow.python.framework import kernels


def types_on(device, op, name):
    """The types of the op's attribute that its kernels for the device take; empty if they take any."""
    found = set()
    for kernel in kernels.get_registered_kernels_for_op(op).kernel:
        for constraint in kernel.constraint if kernel.device_type == device else []:
            if constraint.name == name:
                found.update(types_pb2.DataType.Name(t)[3:].lower() for t in constraint.allowed_values.list.type)
    return found


gpu, cpu = types_on('GPU', 'GatherV2', 'Tparams'), types_on('CPU', 'GatherV2', 'Tparams')
cast = types_on('GPU', 'Cast', 'SrcT')
print('TensorFlow', tf.__version__)
print('GatherV2 on GPU:', *sorted(gpu))
print('GatherV2 on CPU:', *sorted(cpu))
print('Cast from, on GPU:', *sorted(cast))
if 'float' not in gpu or 'uint8' in gpu or 'uint8' not in cpu:
    sys.exit('CHANGED: GPU had float and no uint8, CPU had uint8')
PY
