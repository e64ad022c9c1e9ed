"""Trends: Mann-Kendall and Hamed-Rao by pymannkendall, Theil-Sen by scipy, exact tails by scipy and by counting,
changes of level by ruptures."""

from fractions import Fraction
from math import factorial, isfinite, prod

import numpy as np
import pymannkendall as mk
import ruptures
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


def levels(series, shortest, penalty=None):
    series = np.asarray(series, float)
    noise = np.median(np.abs(np.diff(series))) / (stats.norm.ppf(0.75) * np.sqrt(2))
    penalty = 3 * np.log(len(series)) if penalty is None else penalty
    # In units of the noise: squares of 1e-300 are 0.
    cost = ruptures.costs.CostL2().fit((series / noise).reshape(-1, 1))

    def total(ends):
        return sum(cost.error(*part) for part in zip([0] + ends, ends)) + penalty * (len(ends) - 1)

    pelt = ruptures.Pelt(custom_cost=cost, min_size=shortest, jump=1).fit(series / noise).predict(penalty)
    # Optimal partitioning (Jackson and others 2005): all last cuts, none pruned.
    best = {0: (-penalty, [])}
    for end in range(shortest, len(series) + 1):
        ways = [(best[start][0] + cost.error(start, end) + penalty, start) for start in best if start + shortest <= end]
        if ways:
            least, start = min(ways)
            best[end] = (least, best[start][1] + [end])
    ends = best[len(series)][1]
    # ruptures' PELT drops a start although, the shortest stretch not being over, nothing better may be used yet.
    assert pelt == ends or (shortest > 1 and total(pelt) > total(ends) + 1e-9), (pelt, ends)
    return {"series": series, "shortest": shortest, "penalty": penalty, "noise": noise, "changes": ends[:-1],
            "means": [part.mean() for part in np.split(series, ends[:-1])], "pelt": pelt[:-1]}


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
    segments = []
    for n in (8, 12, 26, 52, 150):
        steps, noise = np.arange(n), np.round(rng.normal(size=n), 3)
        jumps = 4 * rng.integers(0, 4, n // 13 + 1).repeat(13)[:n]
        for shortest in (1, 2, 4):
            segments += [levels(noise, shortest), levels(noise + 3 * (steps >= n // 3), shortest),
                         levels(noise + jumps, shortest), levels(1e6 + noise + 0.1 * steps, shortest)]
        segments += [levels(noise + jumps, shortest, 1.0) for shortest in (2, 3, 5)]
        segments += [levels(rng.poisson(2 + 6 * (steps > n // 2)), 3, 4.0),
                     levels(1e-300 * (noise + jumps), 2)]
    return {"trend": trend, "segments": segments}
