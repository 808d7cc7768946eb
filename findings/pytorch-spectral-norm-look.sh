#!/bin/sh
# PyTorch 2.15.0 (3 GB to fetch; Python 3.11 or newer): looking at a weight under spectral normalisation
#
# Expected: torch.nn.utils.parametrizations.spectral_norm estimates the largest singular value by one power iteration in
# each forward pass while training, as in the paper. Reading `layer.weight`, for a histogram or to ask for its shape, changes
# nothing.
# Seen: every read of the attribute in training mode is a power iteration that is kept; even hasattr(layer, 'weight') makes
# one, and the layer's next output is another. In eval mode it is not so. `layer.parametrizations.weight.original` can be
# read without harm.
# For who trains: a GAN whose discriminator's weights are logged is another run than the same without logging, with equal
# seeds, and a resumed run that logs at other steps does not equal an unbroken one.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --no-cache-dir torch==2.15.0 numpy==2.4.2
v/bin/python - <<'PY'
import copy, sys
import torch
from torch.nn.utils.parametrizations import spectral_norm

torch.manual_seed(0)
layer = spectral_norm(torch.nn.Linear(200, 300))
x = torch.ones(1, 200)


def moved_by(look, training=True):
    """How much the next output changes when someone looked before."""
    plain, watched = copy.deepcopy(layer).train(training), copy.deepcopy(layer).train(training)
    look(watched)
    return (plain(x) - watched(x)).abs().max().item()


looks = {
    'hasattr(layer, "weight")': moved_by(lambda l: hasattr(l, 'weight')),
    'layer.weight.shape, ten times': moved_by(lambda l: [l.weight.shape for _ in range(10)]),
    'the original': moved_by(lambda l: l.parametrizations.weight.original.norm()),
    'layer.weight in eval mode': moved_by(lambda l: l.weight.norm(), training=False),
}
print('PyTorch', torch.__version__, 'largest change of the next output:', looks)
if [value > 1e-6 for value in looks.values()] != [True, True, False, False]:
    sys.exit('CHANGED: the first two moved it, the last two did not')
PY
