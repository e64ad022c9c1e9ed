"""Trends: Mann-Kendall and Hamed-Rao by pymannkendall, Theil-Sen by scipy, exact tails by scipy and by counting."""

from fractions import Fraction
from math import factorial, isfinite, prod

import numpy as np
import pymannkendall as mk
from scipy import stats


def orders(series):
    """How many orders of the observations have 0, 1, ... falling pairs: [n]! / prod [t]!, by plain division."""
    ties = np.unique(series, return_counts=True)[1]

    def brackets(m):
        product = [1]
        for i in range(1, m + 1):
            grown = [0] * (len(product) + i - 1)
            for place, count in enumerate(product):
                for more in range(i):
                    grown[place + more] += count
            product = grown
        return product

    quotient, rest = [], brackets(len(series))
    divisor = [1]
    for t in ties:
        divisor = [sum(a * brackets(int(t))[k - i] for i, a in enumerate(divisor) if 0 <= k - i < len(brackets(int(t))))
                   for k in range(len(divisor) + len(brackets(int(t))) - 1)]
    while len(rest) >= len(divisor):
        lead = rest[0] // divisor[0]
        quotient.append(lead)
        rest = [count - lead * divisor[i] if i < len(divisor) else count for i, count in enumerate(rest)][1:]
    assert not any(rest)
    assert sum(quotient) == factorial(len(series)) // prod(factorial(int(t)) for t in ties)
    return quotient


def exact(series, s):
    counts = orders(series)
    most, total = len(counts) - 1, sum(counts)
    share = lambda extreme: float(Fraction(sum(c for k, c in enumerate(counts) if extreme(most - 2 * k)), total))
    return {"exact_p": share(lambda x: abs(x) >= abs(s)), "exact_greater": share(lambda x: x >= s),
            "exact_less": share(lambda x: x <= s)}


def case(series, level=0.95):
    series = np.asarray(series, float)
    plain, corrected = mk.original_test(series), mk.hamed_rao_modification_test(series)
    line = stats.theilslopes(series, alpha=level)
    found = {
        "series": series, "s": plain.s, "var_s": plain.var_s, "z": plain.z, "p": plain.p, "tau": plain.Tau,
        "p_tail": 2 * stats.norm.sf(abs(plain.z)),
        "hamed_rao_var_s": corrected.var_s, "hamed_rao_z": corrected.z, "hamed_rao_p": corrected.p,
        "level": level, "theil_sen": [line.slope, line.low_slope, line.high_slope], "intercept": line.intercept,
    }
    if not (isfinite(corrected.var_s) and corrected.var_s > 0):
        found["hamed_rao_var_s"] = found["hamed_rao_z"] = found["hamed_rao_p"] = None
    if len(series) <= 20:
        found.update(exact(series, plain.s))
    if len(set(series)) == len(series) <= 34:
        found["kendalltau_exact_p"] = stats.kendalltau(np.arange(len(series)), series, method="exact").pvalue
    return found


def cases():
    rng = np.random.default_rng(20261124)
    trend = []
    for n in (8, 9, 12, 20, 26, 34, 52):
        steps = np.arange(n)
        noise = rng.normal(size=n)
        walk = np.zeros(n)
        for t in range(1, n):
            walk[t] = 0.6 * walk[t - 1] + noise[t]
        trend += [case(noise), case(noise + 0.1 * steps, 0.8), case(walk - 0.05 * steps, 0.99), case(np.round(2 * walk)),
                  case(rng.poisson(3, n), 0.9), case(np.where(steps % 2, 5.0, -5.0) + noise)]
    n = 16
    trend += [
        case(np.arange(n)), case(-3.0 * np.arange(n)), case(np.repeat([1.0, 2.0], 8)), case([0.0] * 11 + [1.0]),
        case(rng.normal(size=n) * 1e299), case(rng.normal(size=n) * 1e-305), case(1e9 + rng.normal(size=n)),
        case(rng.choice([-1e300, 0.0, 5e-324, 1.0, 1e300], n)), case(rng.normal(size=n), 0.9999),
    ]
    # Beyond the length up to which all slopes are formed, and beyond that up to which lags are multiplied directly.
    walk = np.cumsum(rng.normal(size=700)) / 8
    trend += [case(np.round(walk, 3)), case(rng.poisson(4, 700))]
    return {"trend": trend}
