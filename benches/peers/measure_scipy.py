"""scipy, numpy and scikit-learn on two samples, the bootstrap and the area under the curve."""

import numpy as np
import scipy
import sklearn
from scipy.stats import bootstrap, mannwhitneyu
from sklearn.metrics import roc_auc_score

from skewed import skewed
from timing import report


def scipy_report(work, function, check=None):
    report("scipy", scipy.__version__, work, function, check)


def both(result):
    return [result.statistic, result.pvalue]


for n in (60, 10_000):
    x, y = skewed(1, n, 0.25), skewed(2, n)
    scipy_report(f"mann_whitney_normal/{n}", lambda: mannwhitneyu(x, y, method="asymptotic"), both)
x, y = skewed(1, 60, 0.25), skewed(2, 60)
scipy_report("mann_whitney_auto/60", lambda: mannwhitneyu(x, y))
scipy_report("mann_whitney_exact/60", lambda: mannwhitneyu(x, y, method="exact"), both)

for n in (1_000, 10_000):
    x, y = skewed(1, n, 0.25), skewed(2, n)
    report("numpy", np.__version__, f"hodges_lehmann/{n}", lambda: np.median(np.subtract.outer(x, y)), lambda m: [m])

x = skewed(3, 697)
# The ends depend on chance; only the time is compared.
scipy_report(
    "bca_median/697",
    # In batches of 100 scipy is faster than by default (all at once).
    lambda: bootstrap((x,), np.median, n_resamples=9_999, method="BCa", batch=100, rng=np.random.default_rng(1)),
)

x, z = skewed(4, 100_000), skewed(5, 100_000)
p = x / (1.0 + x)
happened = z / (1.0 + z) < p
report("scikit-learn", sklearn.__version__, "auc/100000", lambda: roc_auc_score(happened, p), lambda auc: [auc])
