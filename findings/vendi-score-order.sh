#!/bin/sh
# vendi-score 0.0.3 (NumPy 2.4.2, SciPy 1.17.1, scikit-learn 1.9.1; Python 3.11 or newer): the order q of the Vendi score
#
# Expected: score_X(X, q) and score_dual(X, q) are two ways to one number, by the eigenvalues of X·Xᵀ or of Xᵀ·X; the
# manual lets one choose by which is smaller.
# Seen: score_X takes q and hands on 1: it gives the score of order 1 for every q. score_dual, score_K and score obey it.
# For who trains: with fewer images than features one takes score_X, with more score_dual, so a diversity of order 2 of a
# small sample and of a large one are not the same quantity, and the small one looks more diverse. aigc's Vendi score is of
# order 1 (docs/metrics.md), where they agree.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet vendi-score==0.0.3 numpy==2.4.2 scipy==1.17.1 scikit-learn==1.9.1
v/bin/python - <<'PY'
import sys
import numpy as np
from vendi_score import vendi

features = np.random.RandomState(0).randn(40, 3) * [4, 2, 1]
unit = features / np.linalg.norm(features, axis=1, keepdims=True)
spectrum = np.linalg.eigvalsh(unit.T @ unit / len(unit))
seen = {'score_X': [], 'score_dual': [], 'score_K': []}
for q in (0.5, 1, 2, 4):
    entropy = -(spectrum * np.log(spectrum)).sum() if q == 1 else np.log((spectrum**q).sum()) / (1 - q)
    scores = {
        'score_X': vendi.score_X(features, q=q),
        'score_dual': vendi.score_dual(features, q=q),
        'score_K': vendi.score_K(unit @ unit.T, q=q),
    }
    for name, score in scores.items():
        seen[name].append(bool(abs(score - np.exp(entropy)) < 0.01))
    print(f'q = {q}: {np.exp(entropy):.4f} by the formula;', ', '.join(f'{n} {s:.4f}' for n, s in scores.items()))
if seen != {'score_X': [False, True, False, False], 'score_dual': [True] * 4, 'score_K': [True] * 4}:
    sys.exit(f'CHANGED: score_X was right for q = 1 alone, the others for all; now {seen}')
PY
