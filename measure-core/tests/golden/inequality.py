"""Inequality: Gini and Jain in exact fractions from their definitions, over all pairs and by repetition."""

from fractions import Fraction

import numpy as np


def gini(pairs):
    """Half the mean difference over all pairs, relative to the mean (Gini 1912)."""
    weight = sum(w for _, w in pairs)
    mean = sum(x for x, _ in pairs) / weight
    apart = sum(w * v * abs(x / w - y / v) for x, w in pairs for y, v in pairs)
    return apart / (2 * weight**2 * mean)


def jain(pairs):
    weight = sum(w for _, w in pairs)
    return sum(x for x, _ in pairs) ** 2 / (weight * sum(x * x / w for x, w in pairs))


def case(x, weights=None):
    pairs = [(Fraction(value), Fraction(weight)) for value, weight in zip(x, weights or [1] * len(x))]
    weight, whole = sum(w for _, w in pairs), sum(value for value, _ in pairs)
    least = min(w for _, w in pairs)
    most_uneven = 1 - least / weight
    multiples = [value / w * weight / whole for value, w in pairs]
    return {
        "x": x, "weights": weights, "gini": float(gini(pairs)), "jain": float(jain(pairs)),
        "gini_corrected": float(gini(pairs) / most_uneven) if len(x) > 1 else None,
        "least": float(min(multiples)), "greatest": float(max(multiples)),
        "largest_part": float(max(v for v, _ in pairs) / whole), "smallest_part": float(min(v for v, _ in pairs) / whole),
    }


def cases():
    rng = np.random.default_rng(20261124)
    plain = [[3.0], [0.0, 1.0], [1.0, 1.0, 1.0], [0.1, 0.2, 0.3], [0.0, 0.0, 0.0, 9.0], [1e300, 1e300, 5e299],
             [5e-324, 5e-324, 1e-323], [1e-300, 1e300], list(rng.poisson(2, 30).astype(float)),
             list(rng.lognormal(2, 1, 60).round(3))]
    found = [case(x) for x in plain]
    for n in (1, 2, 5, 12, 40):
        weights = list(rng.choice([0.2, 0.5, 0.8, 1.0], n))
        found.append(case(list(rng.poisson(4, n) * 1.0 + (rng.random(n) < 0.5)), weights))
        found.append(case([3.0 * w for w in weights], weights))
    return {"inequality": found}
