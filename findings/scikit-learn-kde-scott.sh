#!/bin/sh
# scikit-learn 1.9.1 and SciPy 1.17.1 (NumPy 2.4.2; Python 3.11 or newer): a kernel density by Scott's rule
#
# Expected: Scott's rule is σ·n^(−1/(d+4)): the width follows the data's spread, and changing the unit of the data by 255
# changes each log-density by −d·ln 255. So does scipy.stats.gaussian_kde.
# Seen: KernelDensity(bandwidth='scott'), and 'silverman', leave σ out: the width is 0.41 for data of spread 1 and 0.41 for
# the same data times 255, where it is a row of needles: every point's density is its own kernel's. The manual names the
# two rules and says no more.
# For who trains: Parzen-window likelihoods of samples, as in the GAN papers, are off by nats with pixels of 0 to 255, of
# 0 to 1, and of anything else whose spread is not 1. Give the width as a number, chosen on validation images.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv v
v/bin/pip install --quiet scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.2
v/bin/python - <<'PY'
import sys
import numpy as np, scipy, sklearn
from scipy.stats import gaussian_kde
from sklearn.neighbors import KernelDensity

points = np.random.RandomState(0).randn(200, 2)
held_out = np.random.RandomState(1).randn(100, 2)
widths, likelihoods = [], []
for unit in (1, 255):
    kde = KernelDensity(bandwidth='scott').fit(points * unit)
    reference = gaussian_kde((points * unit).T, bw_method='scott')
    per_unit = 2 * np.log(unit)  # brings both back to the density of the points as they were
    widths.append(float(kde.bandwidth_))
    likelihoods.append((kde.score_samples(held_out * unit).mean() + per_unit, reference.logpdf((held_out * unit).T).mean() + per_unit))
    print(f'unit {unit}: width {kde.bandwidth_:.4f}; SciPy {np.sqrt(reference.covariance[0, 0]):.4f}; '
          f'mean log-density of other points {likelihoods[-1][0]:.2f}; SciPy {likelihoods[-1][1]:.2f}')
print('scikit-learn', sklearn.__version__, 'SciPy', scipy.__version__)
same_width = widths[0] == widths[1]
if not same_width or likelihoods[1][0] > -100 or abs(likelihoods[0][1] - likelihoods[1][1]) > 1e-6:
    sys.exit('CHANGED: the width did not follow the unit, and SciPy\'s likelihood did')
PY
