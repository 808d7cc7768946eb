#!/bin/sh
# TensorFlow 2.21.0 (the wheel for Linux x86-64, on the CPU; 600 MB to fetch; Python 3.11 or newer): XLA's loops
#
# Expected: what jit_compile compiles takes as long in a tf.while_loop of the compiled function as outside.
# Seen: the gradient of a convolution to its filter takes 35 to 50 times as long in the loop (2 cores: 12 ms, and 430 ms a
# turn), that to its input twice as long, the convolution itself and products of matrices no longer. JAX 0.11.2 has the same
# compiler: five steps of a convolutional GAN in lax.scan took 2,207 ms each, in single calls 565.
# For who trains on a CPU: several steps in one call pay for perceptrons, and not where there are convolutions; aigc makes
# one kernel of a step, and a loop of it, only where there are none (docs/compile.md).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --no-cache-dir tensorflow==2.21.0
TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES=-1 v/bin/python - <<'PY'
import sys
import time

import tensorflow as tf

TURNS = 4
image, filters = [64, 14, 14, 64], [4, 4, 64, 128]
strides = [1, 2, 2, 1]
x, k = tf.random.normal(image), tf.random.normal(filters)
dy = tf.random.normal([64, 7, 7, 128])
a, b = tf.random.normal([512, 512]), tf.random.normal([512, 512])


def to_filter(scale):
    return tf.raw_ops.Conv2DBackpropFilter(
        input=x * scale, filter_sizes=filters, out_backprop=dy, strides=strides, padding='SAME')


def to_input(scale):
    return tf.raw_ops.Conv2DBackpropInput(
        input_sizes=image, filter=k * scale, out_backprop=dy, strides=strides, padding='SAME')


def product(scale):
    return tf.matmul(a * scale, b)


def milliseconds(call, each):
    call()
    best = float('inf')
    for _ in range(4):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best * 1e3 / each


def compare(work):
    @tf.function(jit_compile=True, autograph=False)
    def alone(scale):
        return tf.reduce_mean(work(scale))

    @tf.function(jit_compile=True, autograph=False)
    def in_loop(scale, turns):
        def body(i, total):
            return i + 1, total + tf.reduce_mean(work(scale + 1e-9 * total))
        return tf.while_loop(lambda i, _: i < turns, body, (tf.constant(0), tf.constant(0.0)))[1]

    one, turns = tf.constant(1.0), tf.constant(TURNS)
    return milliseconds(lambda: alone(one).numpy(), 1), milliseconds(lambda: in_loop(one, turns).numpy(), TURNS)


print('TensorFlow', tf.__version__)
ratios = {}
for name, work in {'product': product, 'to the input': to_input, 'to the filter': to_filter}.items():
    single, turn = compare(work)
    ratios[name] = turn / single
    print(f'{name}: alone {single:.1f} ms, in a loop {turn:.1f} ms a turn, {turn / single:.1f} times')
if ratios['to the filter'] < 5 or ratios['product'] > 3:
    print('XLA has changed: see the head of this script')
    sys.exit(1)
PY
