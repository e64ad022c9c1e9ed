"""Ratios over clusters by statsmodels: weighted least squares of y / x on a constant with weights x, whose HC1 variance
is the one of the ratio. False discovery by scipy."""

from fractions import Fraction

import numpy as np
import statsmodels.api as sm
from scipy import stats


def exactly(y, x):
    y, x = [Fraction(float(value)) for value in y], [Fraction(float(value)) for value in x]
    ratio, k = sum(y) / sum(x), len(y)
    return float(ratio), float(Fraction(k, k - 1) * sum((b - ratio * a) ** 2 for a, b in zip(x, y)) / sum(x) ** 2) ** 0.5


def ratios():
    rng = np.random.default_rng(20261124)
    cases = []
    for index in range(20):
        k = [2, 3, 4, 8, 12, 40][index % 6]
        scale = [1.0, 1e-6, 1e9][index % 3]
        x = scale * rng.uniform(20, 400, k)
        y = x * rng.beta(2, 4, k) * [1, 1, -3][index % 3]
        if index == 7:
            # All but the same ratio.
            y = 0.4 * x * (1 + 1e-6 * rng.standard_normal(k))
        level = [0.95, 0.8, 0.999][index % 3]
        population = [None, k + 3, 10 * k][index // 3 % 3]
        fit = sm.WLS(y / x, np.ones(k), weights=x).fit(cov_type="HC1", use_t=True)
        ratio, error = fit.params[0], fit.bse[0]
        if index == 7:
            # Where statsmodels has lost half of the digits of the residuals: by fractions.
            ratio, error = exactly(y, x)
        left = 1.0 if population is None else 1 - k / population
        error *= np.sqrt(left)
        reach = stats.t.isf((1 - level) / 2, k - 1) * error
        caps = [ratio + step * error for step in (-3, -0.5, 0, 1, 8)]
        cases.append({"clusters": np.column_stack([y, x]), "population": population, "level": level, "ratio": ratio,
                      "error": error, "interval": [ratio - reach, ratio + reach],
                      "above": [[cap, stats.t.sf((cap - ratio) / error, k - 1)] for cap in caps]})
    return cases


def discoveries():
    rng = np.random.default_rng(1)
    cases = [[0.04], [1.0, 1.0, 0.0], [0.01, 0.01, 0.02, 0.02, 0.5]]
    cases += [list(rng.beta(0.4, 2, size)) for size in (2, 7, 30)] + [list(np.round(rng.uniform(size=25), 1))]
    return [{"p_values": p, "adjusted": stats.false_discovery_control(p)} for p in cases]


def cases():
    return {"clustered": ratios(), "false_discovery": discoveries()}
