"""Ranks of two samples: Mann-Whitney and Brunner-Munzel by scipy, exact tails by counting in whole numbers, shifts
with their intervals by R's wilcox.test and by walking over all differences. Needs R (`Rscript`)."""

import json
import math
import subprocess
from fractions import Fraction

import numpy as np
from scipy import stats

ALTERNATIVES = {"two_sided": "two-sided", "less": "less", "greater": "greater"}


def arrangements(n, m):
    """How many arrangements have U = 0, 1, ..., n m: the coefficients of the Gaussian binomial, in whole numbers."""
    counts = [1] + [0] * (n * m)
    for i in range(1, min(n, m) + 1):
        for u in range(i, len(counts)):
            counts[u] += counts[u - i]
        step = max(n, m) + i
        for u in range(len(counts) - 1, step - 1, -1):
            counts[u] -= counts[u - step]
    return counts


def exact_tails(n, m, u):
    counts = arrangements(n, m)
    everything = math.comb(n + m, n)
    less, greater = Fraction(sum(counts[: u + 1]), everything), Fraction(sum(counts[u:]), everything)
    both = min(Fraction(1), 2 * min(less, greater))
    return {"two_sided": float(both), "less": float(less), "greater": float(greater)}


def smooth(rng, n, m, shift, spread=1.0):
    """Rounded to five decimals, so that the file stays small, without ties within either sample or across."""
    while True:
        x, y = np.round(rng.normal(shift, 1, n), 5), np.round(rng.normal(0, spread, m), 5)
        if len(np.unique(np.concatenate([x, y]))) == n + m:
            return x, y


def tied(rng, n, m, values, shift=0):
    return (rng.integers(0, values, n) + shift).astype(float), rng.integers(0, values, m).astype(float)


def samples(rng):
    """Small and large, shifted, separate, of unequal spread, tied in all ways."""
    cases = []
    for n, m, shift in [(1, 1, 0), (1, 2, 3), (2, 2, 0), (3, 4, 1), (1, 30, 0), (5, 5, 0), (8, 12, 0.5), (12, 8, -1), (15, 15, 4),
                        (20, 20, 0.7), (30, 25, -0.4), (49, 49, 0.3), (50, 50, 1.5), (51, 50, 0.2), (60, 60, 0.1),
                        (60, 60, 9), (40, 90, -2)]:
        cases.append(smooth(rng, n, m, shift))
    cases += [smooth(rng, 10, 25, 0.5, 4.0), smooth(rng, 25, 10, -0.5, 0.2)]
    for n, m, values in [(2, 3, 1), (4, 5, 2), (8, 9, 4), (12, 30, 3), (40, 40, 12), (60, 50, 100), (150, 100, 6)]:
        cases.append(tied(rng, n, m, values))
    cases.append((np.array([0.0] * 6 + [1.0]), np.array([0.0] * 20)))
    cases.append((np.array([1e300, -1e300, 5e-324, 0.0]), np.array([1e-300, 0.0, 1e300, -5e-324, -1.0])))
    return cases


def mann_whitney(rng):
    cases = []
    for x, y in samples(rng):
        case = {"x": x, "y": y, "u": stats.mannwhitneyu(x, y).statistic}
        untied = len(np.unique(np.concatenate([x, y]))) == len(x) + len(y)
        normal = {ours: stats.mannwhitneyu(x, y, alternative=theirs, method="asymptotic").pvalue
                  for ours, theirs in ALTERNATIVES.items()}
        # scipy: 0/0 when all are equal.
        case["normal"] = None if any(math.isnan(p) for p in normal.values()) else normal
        case["exact"] = exact_tails(len(x), len(y), int(case["u"])) if untied else None
        case["scipy_exact"] = stats.mannwhitneyu(x, y, method="exact").pvalue if untied else None
        cases.append(case)
    # More arrangements than 128 and 256 bits hold: whole numbers apart by 2, against odd ones.
    for n, m, shift in [(100, 100, 41), (100, 100, 181), (150, 130, 21), (200, 200, 1), (5, 400, 77)]:
        x, y = 2.0 * np.arange(n) + 2 * shift, 2.0 * np.arange(m) + 1
        u = stats.mannwhitneyu(x, y).statistic
        cases.append({"x": x, "y": y, "u": u, "normal": {
            ours: stats.mannwhitneyu(x, y, alternative=theirs, method="asymptotic").pvalue
            for ours, theirs in ALTERNATIVES.items()}, "exact": exact_tails(n, m, int(u)), "scipy_exact": None})
    return cases


def tied_tails(x, y):
    """All ways to deal the observations out, in whole numbers: twice the rank sum of x, observation by observation."""
    ranks = [int(twice) for twice in 2 * stats.rankdata(np.concatenate([x, y]))]
    n, all_ways = len(x), math.comb(len(ranks), len(x))
    rows = [{} for _ in range(n + 1)]
    rows[0][0] = 1
    for rank in ranks:
        for k in range(n, 0, -1):
            for sum_so_far, ways in rows[k - 1].items():
                rows[k][sum_so_far + rank] = rows[k].get(sum_so_far + rank, 0) + ways
    observed = sum(ranks[:n])
    less = Fraction(sum(ways for at, ways in rows[n].items() if at <= observed), all_ways)
    greater = Fraction(sum(ways for at, ways in rows[n].items() if at >= observed), all_ways)
    return {"two_sided": float(min(Fraction(1), 2 * min(less, greater))), "less": float(less), "greater": float(greater)}


def mann_whitney_ties(rng):
    """Exact given the ties; where all ways can be gone through, scipy's permutation test says the same."""
    pairs = [(np.full(3, 2.0), np.full(3, 1.0)), (np.full(4, 2.0), np.array([1.0, 1, 1, 2, 2])), (np.full(5, 1.0), np.full(2, 1.0)),
             (np.array([3.0]), np.array([1.0, 3, 3, 4, 9])), (np.array([0.0] * 6 + [1.0]), np.array([0.0] * 20))]
    for n, m, values, shift in [(2, 3, 3, 0), (4, 5, 2, 0), (5, 4, 3, 1), (6, 6, 4, 2), (3, 9, 5, 1), (9, 3, 5, 0), (8, 7, 10, 3),
                                (12, 30, 3, 1), (30, 12, 6, 0), (40, 40, 12, 3), (50, 50, 5, 1), (1, 2500, 300, 0), (2, 900, 40, 39),
                                (5, 500, 90, 60), (49, 51, 60, 7)]:
        pairs.append(tied(rng, n, m, values, shift))
    cases = []
    for x, y in pairs:
        tails = tied_tails(x, y)
        if min(len(x), len(y)) > 1 and math.comb(len(x) + len(y), len(x)) < 10_000:
            u = lambda x, y: stats.mannwhitneyu(x, y).statistic
            for ours, theirs in ALTERNATIVES.items():
                peer = stats.permutation_test((x, y), u, n_resamples=np.inf, alternative=theirs, vectorized=False)
                assert abs(peer.pvalue - tails[ours]) < 1e-12, (x, y, ours, peer.pvalue, tails)
        cases.append({"x": x, "y": y, "u": stats.mannwhitneyu(x, y).statistic, "p": tails})
    return cases


def brunner_munzel(rng):
    cases = []
    for x, y in samples(rng):
        if min(len(x), len(y)) < 2:
            continue
        tests = {ours: stats.brunnermunzel(x, y, alternative=theirs) for ours, theirs in ALTERNATIVES.items()}
        statistic = tests["less"].statistic
        if math.isfinite(statistic) and all(math.isfinite(test.pvalue) for test in tests.values()):
            cases.append({"x": x, "y": y, "statistic": -statistic,
                          "p": {name: test.pvalue for name, test in tests.items()}})
        else:
            cases.append({"x": x, "y": y, "statistic": None, "p": None})
    return cases


def dominance(rng):
    """The interval from its definition, with all pairs; the peers have none that is within [0, 1] at separation."""
    cases = []
    for index, (x, y) in enumerate(samples(rng)):
        n, m = len(x), len(y)
        if min(n, m) < 2:
            continue
        level = [0.95, 0.8, 0.999][index % 3]
        above = (np.sign(x[:, None] - y[None, :]) + 1) / 2
        share = above.mean()
        of_x, of_y = above.mean(axis=1).var(ddof=1) / n, above.mean(axis=0).var(ddof=1) / m
        variance = of_x + of_y
        if variance > 1e-30:
            freedom = variance**2 / (of_x**2 / (n - 1) + of_y**2 / (m - 1))
            quantile = stats.t.isf((1 - level) / 2, freedom)
        else:
            variance, quantile = 0.0, stats.norm.isf((1 - level) / 2)
        model = (1 + ((n + m) / 2 - 1) * ((1 - share) / (2 - share) + share / (1 + share))) / (n * m)
        observed = variance / (share * (1 - share)) if 0 < share < 1 else model
        weight = 2 / (min(n, m) + 2)
        a = quantile**2 * max(observed, (1 - weight) * observed + weight * model)
        middle, half = (share + a / 2) / (1 + a), math.sqrt(a * share * (1 - share) + a * a / 4) / (1 + a)
        lower, upper = max(0.0, middle - half), min(1.0, middle + half)
        cases.append({"x": x, "y": y, "level": level, "share": [share, lower, upper],
                      "delta": [2 * share - 1, 2 * lower - 1, 2 * upper - 1]})
    return cases


def by_exact(x, y, level):
    """R's order statistics, from all differences and whole numbers."""
    n, m = len(x), len(y)
    differences = sorted(float(a - b) for a in x for b in y)
    everything, side, sum_, rank = math.comb(n + m, n), (1 - level) / 2, 0, 0
    for rank, count in enumerate(arrangements(n, m)):
        sum_ += count
        if sum_ / everything >= side - 1e-15:
            break
    if rank == 0 and 1 / everything > side + 1e-15:
        return None
    rank = max(rank, 1)
    return [differences[rank - 1], differences[-rank]]


def by_steps(x, y, level):
    """The test's z between each two neighbouring differences; the ends are where it leaves what is accepted."""
    differences = np.unique(np.subtract.outer(x, y))
    n, m, z = len(x), len(y), stats.norm.isf((1 - level) / 2)
    between = np.concatenate([[differences[0] - 1], (differences[1:] + differences[:-1]) / 2, [differences[-1] + 1]])
    steps = []
    for shift in between:
        ranks = stats.rankdata(np.concatenate([x - shift, y]))
        distance = ranks[:n].sum() - n * (n + 1) / 2 - n * m / 2
        ties = np.unique(ranks, return_counts=True)[1].astype(float)
        sigma = math.sqrt(n * m / 12 * (n + m + 1 - (ties**3 - ties).sum() / ((n + m) * (n + m - 1))))
        steps.append((distance - np.sign(distance) / 2) / sigma)
    steps = np.array(steps)
    if steps[0] <= z:
        return None
    return [differences[np.argmax(steps <= z) - 1], differences[len(steps) - 1 - np.argmax((steps >= -z)[::-1])]]


def by_r(cases):
    """Interval, estimate and the level that R reached."""
    calls = ["""answer <- function(x, y, level, exact) {
  w <- suppressWarnings(wilcox.test(x, y, conf.int = TRUE, conf.level = level, exact = exact))
  ends <- c(w$conf.int, w$estimate, attr(w$conf.int, "conf.level"))
  cat("[", paste(sprintf("%.17g", ends), collapse = ","), "]\\n")
}"""]
    vector = lambda values: "c(" + ",".join(repr(float(value)) for value in values) + ")"
    for case in cases:
        exact = str(case["exact"]).upper()
        calls.append(f'answer({vector(case["x"])}, {vector(case["y"])}, {case["level"]!r}, {exact})')
    lines = subprocess.run(["Rscript", "-"], input="\n".join(calls), capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def hodges_lehmann(rng):
    cases = []
    sizes = [(3, 3), (4, 4), (4, 7), (1, 39), (2, 25), (8, 12), (15, 15), (30, 20), (45, 48)]
    for index, (n, m) in enumerate(sizes * 2):
        x, y = smooth(rng, n, m, [0, 0.8, -3][index % 3])
        cases.append({"x": x, "y": y, "level": [0.95, 0.9, 0.99, 0.8][index % 4]})
    for index, (n, m) in enumerate([(60, 50), (80, 75), (55, 55)]):
        x, y = smooth(rng, n, m, 0.4)
        cases.append({"x": x, "y": y, "level": [0.95, 0.9, 0.999][index]})
    for index in range(48):
        n, m = (int(size) for size in rng.integers(4, 20, 2))
        x, y = tied(rng, n, m, [2, 4, 9, 40][index % 4], index % 5)
        if index % 6 == 5:
            x, y = x / 10, y / 10
        cases.append({"x": x, "y": y, "level": [0.95, 0.9, 0.8][index % 3]})
    for case in cases:
        x, y, level = case["x"], case["y"], case["level"]
        untied = len(np.unique(np.concatenate([x, y]))) == len(x) + len(y)
        case["exact"] = untied and len(x) * len(y) <= 2500
        differences = np.sort(np.subtract.outer(x, y), axis=None)
        case["median"] = np.median(differences)
        case["middle"] = [differences[(len(differences) - 1) // 2], differences[len(differences) // 2]]
        case["ends"] = (by_exact if case["exact"] else by_steps)(x, y, level)
    for case, r in zip(cases, by_r(cases)):
        case["r"] = r
    return cases


def cases():
    return {
        "mann_whitney": mann_whitney(np.random.default_rng(20261)),
        "mann_whitney_ties": mann_whitney_ties(np.random.default_rng(20265)),
        "brunner_munzel": brunner_munzel(np.random.default_rng(20262)),
        "dominance": dominance(np.random.default_rng(20263)),
        "hodges_lehmann": hodges_lehmann(np.random.default_rng(20264)),
    }
