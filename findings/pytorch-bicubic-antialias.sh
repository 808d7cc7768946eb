#!/bin/sh
# PyTorch 2.15.0 and Pillow 13.0.0 (NumPy 2.4.2; 3 GB to fetch; Python 3.11 or newer): bicubic enlargement and `antialias`
#
# Expected: F.interpolate(mode='bicubic', antialias=True) filters what gets smaller; its manual speaks of reducing alone.
# An enlargement has nothing to filter, and bilinear ones are indeed the same with and without.
# Seen: bicubic enlargements differ: without antialias the cubic's constant is −0.75 (OpenCV's), with it −0.5 (Pillow's).
# So the flag is also a choice of kernel, and only with it does an enlarged picture equal Pillow's.
# For who trains: features of small samples enlarged to an Inception's 299 pixels depend on a flag that one would leave out
# for enlarging; torchvision's resize sets it, F.interpolate does not. Name the kernel and the flag beside a FID.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet --no-cache-dir torch==2.15.0 pillow==13.0.0 numpy==2.4.2
v/bin/python - <<'PY'
import sys
import numpy as np, torch
from PIL import Image
from torch.nn.functional import interpolate

row = torch.tensor([0.0, 0, 1, 0, 0]).view(1, 1, 1, 5)


def enlarged(mode, antialias):
    return interpolate(row, size=(1, 10), mode=mode, antialias=antialias).flatten().numpy()


pillow = np.asarray(Image.fromarray(row[0, 0].numpy()).resize((10, 1), Image.Resampling.BICUBIC))[0]
print('PyTorch', torch.__version__, 'the row 0 0 1 0 0 at twice its size, first half')
print('  bicubic:           ', enlarged('bicubic', False)[:5].round(4))
print('  bicubic, antialias:', enlarged('bicubic', True)[:5].round(4))
print('  Pillow:            ', pillow[:5].round(4))
seen = [
    np.allclose(enlarged('bilinear', False), enlarged('bilinear', True), atol=1e-6),
    np.allclose(enlarged('bicubic', False), enlarged('bicubic', True), atol=1e-2),
    np.allclose(enlarged('bicubic', False), pillow, atol=1e-2),
    np.allclose(enlarged('bicubic', True), pillow, atol=1e-6),
]
if seen != [True, False, False, True]:
    sys.exit(f'CHANGED: bilinear equal, bicubic not, Pillow only like the flag; now {seen}')
PY
