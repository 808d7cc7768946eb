#!/bin/sh
# Keras 3.15.1 (JAX 0.10.2 behind it; Python 3.11 or newer): load_weights and the names of layers
#
# Expected: a VAE's encoder whose two heads are layers named `mean` and `log_variance`, saved by save_weights and loaded
# into an encoder of the same layers and names, gives each layer its own weights, or an error.
# Seen: the file names layers by class and order (`layers/dense_1`), and the order follows the model's outputs, not their
# making. If the second program returns [log_variance, mean] instead of [mean, log_variance], the two heads swap weights,
# without an error, for their shapes are equal. The manual says that loading goes by topology; that it goes by the order
# of the outputs, over names that both models have, it does not.
# For who trains: a sampler written later than its training draws from means taken for log-variances. Compare one output
# after loading, or save the whole model (.keras). aigc keeps variables by name.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet keras==3.15.1 jax==0.10.2 h5py==3.16.0 numpy==2.4.2
KERAS_BACKEND=jax v/bin/python - <<'PY'
import sys
import h5py, keras, numpy as np


def encoder(*outputs, first='mean'):
    x = keras.Input((4,))
    hidden = keras.layers.Dense(5, name='hidden')(x)
    names = ['mean', 'log_variance'] if first == 'mean' else ['log_variance', 'mean']
    heads = {name: keras.layers.Dense(2, name=name)(hidden) for name in names}
    return keras.Model(x, [heads[name] for name in outputs])


kernel = lambda model, name: np.asarray(model.get_layer(name).get_weights()[0])
saved = encoder('mean', 'log_variance')
saved.save_weights('e.weights.h5')
made_in_another_order = encoder('mean', 'log_variance', first='log_variance')
returned_in_another_order = encoder('log_variance', 'mean')
seen = []
for what, model in (('made', made_in_another_order), ('returned', returned_in_another_order)):
    model.load_weights('e.weights.h5')
    seen.append([name for name in ('mean', 'log_variance') if np.array_equal(kernel(model, 'mean'), kernel(saved, name))])
    print(f'heads {what} in another order: its `mean` has the weights of {seen[-1]}')
with h5py.File('e.weights.h5') as file:
    print('Keras', keras.__version__, 'the file has', list(file['layers']))
if seen != [['mean'], ['log_variance']]:
    sys.exit("CHANGED: before it was [['mean'], ['log_variance']]")
PY
