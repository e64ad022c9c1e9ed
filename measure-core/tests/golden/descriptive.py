"""Descriptions: quantiles by numpy, moments by exact fractions and mpmath, robust ones by scipy, sketches by Datadog's
ddsketch, order-statistic intervals by adding up binomial probabilities."""

import math
from fractions import Fraction

import mpmath
import numpy as np
from ddsketch import DDSketch
from scipy import stats

RULES = {
    "inverted-cdf": "inverted_cdf", "averaged-inverted-cdf": "averaged_inverted_cdf", "hazen": "hazen",
    "weibull": "weibull", "linear": "linear", "median-unbiased": "median_unbiased",
    "normal-unbiased": "normal_unbiased",
}


def samples(rng):
    return [
        [4.0], [1.0, 3.0], [2.0, 2.0, 7.0], list(rng.normal(0, 1, 10).round(3)), list(rng.poisson(2, 25).astype(float)),
        list(rng.lognormal(2, 1.5, 40).round(4)), [-1e300, -1.0, 0.0, 1.0, 1e300], [5e-324, 1e-310, 1e-300, 0.0],
    ]


def quantiles(rng):
    found = []
    for x in samples(rng):
        for q in (0.0, 0.01, 0.1, 0.25, 1 / 3, 0.5, 0.9, 0.99, 1.0):
            # numpy decides whether n q is whole after rounding; its own answers are kept where that is clear.
            clear = abs(len(x) * q - round(len(x) * q)) > 1e-9 or q in (0.0, 0.25, 0.5, 1.0)
            names = [name for name in RULES if clear or "cdf" not in name]
            found.append({"x": x, "q": q, "by": {n: float(np.quantile(x, q, method=RULES[n])) for n in names}})
    return found


def weighted(rng):
    found = []
    for n in (1, 3, 12, 40):
        for kind in ("whole", "share"):
            x = list(rng.normal(10, 4, n).round(1))
            weights = rng.integers(0, 5, n).astype(float) if kind == "whole" else rng.exponential(1, n).round(3)
            weights[0] = 2.0
            for q in (0.0, 0.1, 0.37, 0.5, 0.9, 1.0):
                value = np.quantile(np.array(x), q, method="inverted_cdf", weights=weights)
                positive = [value for value, weight in zip(x, weights) if weight > 0]
                # At 0 numpy may answer with an observation that has no weight.
                found.append({"x": x, "weights": weights, "q": q, "value": min(positive) if q == 0.0 else value})
    return found


def ranks(n, q, level):
    """The rule as documented, by adding up probabilities."""
    outside = 1 - level
    pmf = [math.comb(n, k) * Fraction(q) ** k * (1 - Fraction(q)) ** (n - k) for k in range(n + 1)]

    def below(rank):
        return sum(pmf[:rank])

    def above(rank):
        return sum(pmf[rank:])

    if below(1) + above(n) > outside:
        return None
    left = right = Fraction(outside) / 2
    if above(n) > right:
        left, right = Fraction(outside) - above(n), above(n)
    elif below(1) > left:
        left, right = below(1), Fraction(outside) - below(1)
    return max(k for k in range(1, n + 1) if below(k) <= left), min(k for k in range(1, n + 1) if above(k) <= right)


def intervals():
    found = []
    for q in (0.5, 0.25, 0.9, 0.95):
        for level in (0.8, 0.95, 0.99):
            for n in (1, 2, 5, 6, 10, 22, 29, 30, 58, 59, 120):
                both = ranks(n, q, level)
                need = next(k for k in range(1, 5000) if q**k + (1 - q) ** k <= 1 - level)
                found.append({"n": n, "q": q, "level": level, "ranks": both, "need": need})
    return found


def describe(rng):
    found = []
    hard = [
        list(1e9 + rng.normal(0, 1, 30)), [1e15, 1e15 + 1, 1e15 + 2, 1e15 + 5], [1.0, 1e100, 1.0, -1e100],
        list(rng.lognormal(0, 1, 20) * 1e-200), list(rng.lognormal(0, 1, 20) * 1e150), [0.1] * 7 + [0.2],
    ]
    for x in samples(rng)[1:] + hard:
        exact = [Fraction(value) for value in x]
        n = len(x)
        mean = sum(exact) / n
        m = [sum((value - mean) ** power for value in exact) for power in (2, 3, 4)]
        mpmath.mp.dps = 60
        m2, m3, m4 = (mpmath.mpf(v.numerator) / v.denominator for v in m)
        variance = m2 / (n - 1)
        case = {
            "x": x, "mean": float(mean), "standard_deviation": float(mpmath.sqrt(variance)),
            "variance": float(variance) if variance < 1.7e308 else None,
            "skewness": float(mpmath.sqrt(n) * m3 / m2 ** mpmath.mpf(1.5)),
            "excess_kurtosis": float(n * m4 / m2**2 - 3), "mad": stats.median_abs_deviation(x),
        }
        if max(map(abs, x)) < 1e100:
            for share in (0.1, 0.25):
                case[f"trimmed_{int(share * 100)}"] = stats.trim_mean(x, share)
                # As many on each side as trim_mean leaves out.
                cut = int(share * n)
                ordered = np.sort(x)
                case[f"winsorised_{int(share * 100)}"] = np.clip(ordered, ordered[cut], ordered[n - 1 - cut]).mean()
        found.append(case)
    return found


def sketches(rng):
    found = []
    for accuracy in (0.001, 0.01, 0.1):
        for x in (rng.lognormal(3, 2, 60).round(3), rng.normal(0, 10, 60).round(3),
                  np.array([0.0, 0.0, 5.0, -3.0, 1e6, 2.5]), rng.poisson(1, 30).astype(float)):
            peer = DDSketch(accuracy)
            for value in x:
                peer.add(float(value))
            qs = (0.05, 0.1, 0.5, 0.9, 0.95)
            found.append({"accuracy": accuracy, "x": x, "q": qs, "values": [peer.get_quantile_value(q) for q in qs]})
    return found


def cases():
    rng = np.random.default_rng(20261124)
    return {"quantile": quantiles(rng), "weighted_quantile": weighted(rng), "quantile_interval": intervals(),
            "describe": describe(rng), "sketch": sketches(rng)}
