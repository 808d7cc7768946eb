#!/bin/sh
# JAX 0.10.2 (jaxlib's wheel for Linux x86-64, on the CPU; 100 MB to fetch; Python 3.11 or newer): weights in lax.scan
#
# Expected: a scan over training steps whose carry is donated changes the weights where they are, as the documentation of
# donation has it.
# Seen: each turn copies the matrix of every layer but the first. The gradient to a layer's input reads the old matrix, and
# nothing in the data says that this comes before the update, so the compiler keeps the old one beside the new. Where the
# update's step size also depends on that gradient, by a condition that never holds, the copy is gone; the results are the
# same bits. 0.12.0.1 does the same.
# For who trains on a CPU: in a GAN of perceptrons that is 6.4 MB of memory written and read in each step for nothing. aigc
# ties its updates so (src/tensor/compile/adam-nodes.ts).
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --no-cache-dir jax==0.10.2
JAX_PLATFORMS=cpu v/bin/python - <<'PY'
import sys

import jax
import jax.numpy as jnp
import numpy as np

SIDE, RATE = 512, 1e-3


def train(tied):
    def step(weights, x):
        first, second = weights
        hidden = jnp.tanh(x @ first)
        error = hidden @ second - 1.0
        to_hidden = error @ second.T
        rate = jnp.where(to_hidden[0, 0] < -jnp.inf, 0.0, RATE) if tied else RATE
        to_first = x.T @ (to_hidden * (1.0 - hidden * hidden))
        return (first - RATE * to_first, second - rate * (hidden.T @ error)), None

    return jax.jit(lambda weights, batches: jax.lax.scan(step, weights, batches)[0], donate_argnums=0)


def weights():
    random = np.random.default_rng(1)
    return tuple(jnp.asarray(random.standard_normal((SIDE, SIDE)).astype("f4") * 0.02) for _ in range(2))


batches = jnp.asarray(np.random.default_rng(2).standard_normal((5, 16, SIDE)).astype("f4"))
copies, results = {}, {}
for name, tied in {"as it is written": False, "tied": True}.items():
    compiled = train(tied).lower(weights(), batches).compile()
    copies[name] = compiled.as_text().count(f"= f32[{SIDE},{SIDE}]{{1,0}} copy(")
    results[name] = compiled(weights(), batches)
    print(f"{name}: {copies[name]} copies of a matrix in the compiled loop")
same = all(bool((a == b).all()) for a, b in zip(*results.values()))
print("JAX", jax.__version__, "- the weights after five steps are", "the same bits" if same else "different")
if copies != {"as it is written": 1, "tied": 0} or not same:
    print("JAX has changed: see the head of this script")
    sys.exit(1)
PY
