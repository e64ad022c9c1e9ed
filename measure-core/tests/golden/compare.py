"""Two samples: Welch's t, geometric means, sameness, permutations by scipy and statsmodels; Kolmogorov-Smirnov by scipy
without ties, by R 4.2 with them. R (Rscript) is needed."""

import subprocess
from math import comb

import numpy as np
from mpmath import fsum, mp, mpf, sqrt
from scipy import special, stats
from statsmodels.stats.weightstats import ttost_ind

from ranks import tied_tails

SIDES = ("two-sided", "less", "greater")


def pairs():
    """Samples by kind: smooth, skewed, tied, small, unequal, with an offset, very small and very large numbers."""
    rng = np.random.default_rng(20261124)
    lognormal = lambda mean, n: rng.lognormal(mean, 0.8, n)
    return {
        "normal": (rng.normal(10, 2, 12), rng.normal(11, 3, 9)),
        "lognormal": (lognormal(3.2, 40), lognormal(2.9, 55)),
        "tied": (rng.integers(1, 6, 15).astype(float), rng.integers(2, 8, 11).astype(float)),
        "two and two": (np.array([1.0, 2.5]), np.array([2.0, 2.25])),
        "two and many": (np.array([3.0, 9.0]), lognormal(1.0, 60)),
        "one constant": (np.full(5, 4.0), np.array([1.0, 2.0, 3.0, 3.5])),
        "offset": (1e9 + rng.normal(0, 1, 30), 1e9 + rng.normal(0.3, 2, 20)),
        "small": (1e-70 * lognormal(0, 8), 1e-70 * lognormal(0.5, 7)),
        "large": (1e70 * lognormal(0, 8), 1e70 * lognormal(0.5, 7)),
        "far apart": (rng.normal(0, 1, 25) + 60, rng.normal(0, 1, 25) + 20),
    }


def welch(x, y):
    """Difference, its standard error and degrees of freedom, to the last digit: scipy's means lose an offset's digits."""
    mp.dps = 60
    sides = []
    for values in (x, y):
        values = [mpf(float(value)) for value in values]
        mean = fsum(values) / len(values)
        sides.append((mean, fsum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values), len(values) - 1))
    (mean_x, a, f), (mean_y, b, g) = sides
    return float(mean_x - mean_y), float(sqrt(a + b)), float((a + b) ** 2 / (a**2 / f + b**2 / g))


def means(kind, x, y):
    difference, error, freedom = welch(x, y)
    case = {"kind": kind, "x": x, "y": y, "difference": difference, "t": difference / error}
    tails = {"less": stats.t.cdf(case["t"], freedom), "greater": stats.t.sf(case["t"], freedom)}
    tails["two-sided"] = 2 * min(tails.values())
    for side in SIDES:
        case["p_" + side.replace("-", "_")] = tails[side]
        peer = stats.ttest_ind(x, y, equal_var=False, alternative=side)
        assert abs(peer.pvalue / tails[side] - 1) < 1e-5, (kind, peer, tails)
    for level in (0.8, 0.95, 0.999):
        reach = stats.t.isf((1 - level) / 2, freedom) * error
        case[f"interval_{level}"] = [difference - reach, difference + reach]
    return case


def ratio(kind, x, y):
    logs = stats.ttest_ind(np.log(x), np.log(y), equal_var=False)
    case = {"kind": kind, "x": x, "y": y, "ratio": np.exp(np.log(x).mean() - np.log(y).mean())}
    for level in (0.8, 0.95, 0.999):
        case[f"interval_{level}"] = list(np.exp(list(logs.confidence_interval(level))))
    return case


def sameness(kind, x, y):
    """Two one-sided tests: p-values that x is not lower, and not higher, by the margin."""

    def case(scale, margin, x_, y_, distance):
        difference, error, freedom = welch(x_, y_)
        not_lower = stats.t.sf((difference + distance) / error, freedom)
        not_higher = stats.t.cdf((difference - distance) / error, freedom)
        _, low, high = ttost_ind(x_, y_, -distance, distance, usevar="unequal")
        assert np.allclose([low[1], high[1]], [not_lower, not_higher], rtol=1e-4, atol=1e-300), (kind, low, not_lower)
        return {"kind": kind, "x": x, "y": y, scale: margin, "not_lower": not_lower, "not_higher": not_higher}

    spread = np.std(np.concatenate([x, y]))
    for margin in (0.3 * spread, spread, 4 * spread):
        yield case("absolute", margin, x, y, margin)
    if min(x.min(), y.min()) > 0 and kind != "offset":
        for share in (0.05, 0.5, 2.0):
            yield case("relative", share, np.log(x), np.log(y), np.log1p(share))


def sameness_by_ranks(kind, x, y):
    spread = np.std(np.concatenate([x, y]))
    for margin in (0.3 * spread, spread):
        tests = []
        for moved, side in ((x + margin, "greater"), (x - margin, "less")):
            tied = len(np.unique(np.concatenate([moved, y]))) < len(x) + len(y)
            if len(x) * len(y) > 2500:
                tests.append(stats.mannwhitneyu(moved, y, alternative=side, method="asymptotic").pvalue)
            elif tied:
                # Of all ways to deal the observations out; scipy has none such for ties.
                tests.append(tied_tails(moved, y)[side])
            else:
                tests.append(stats.mannwhitneyu(moved, y, alternative=side, method="exact").pvalue)
        yield {"kind": kind, "x": x, "y": y, "absolute": margin, "not_lower": tests[0], "not_higher": tests[1]}


STATISTICS = {
    "mean": np.mean,
    "median": np.median,
    "trimmed-mean": lambda x: stats.trim_mean(x, 0.2),
    "standard-deviation": lambda x: np.std(x, ddof=1),
}


def permutations(kind, x, y):
    for name, statistic in STATISTICS.items():
        case = {"kind": kind, "x": x, "y": y, "statistic": name}
        for side in SIDES:
            result = stats.permutation_test(
                (x, y), lambda a, b: statistic(a) - statistic(b), n_resamples=100_000, alternative=side, vectorized=False
            )
            case["difference"] = result.statistic
            case["p_" + side.replace("-", "_")] = result.pvalue
        yield case


def counted(x, y, side):
    """D and the share of arrangements that reach it, by counting paths in whole numbers: R compares rounded quotients,
    which puts some paths on the wrong side."""
    n, m = len(x), len(y)
    pooled = np.sort(np.concatenate([x, y]))
    ends = [k for k in range(1, n + m + 1) if k == n + m or pooled[k - 1] != pooled[k]]
    apart = {"two-sided": abs, "less": lambda d: d, "greater": lambda d: -d}[side]
    distance = lambda i, j: apart(i * m - j * n)
    height = max(0, max(distance(sum(x <= pooled[k - 1]), sum(y <= pooled[k - 1])) for k in ends))
    inside = {(0, 0): 1}
    for k in range(1, n + m + 1):
        layer = {}
        for i in range(max(0, k - m), min(k, n) + 1):
            if k in ends and distance(i, k - i) >= height:
                continue
            layer[i, k - i] = inside.get((i - 1, k - i), 0) + inside.get((i, k - i - 1), 0)
        inside = layer
    total = comb(n + m, n)
    return height / (n * m), (total - inside.get((n, m), 0)) / total


def smirnov(kind, x, y):
    """By R: `greater` is that the distribution function of x lies above. Ours names what x itself does."""
    code = """
        pair <- lapply(strsplit(readLines(file("stdin")), " "), as.numeric)
        for (side in c("two.sided", "greater", "less")) for (exact in c(TRUE, FALSE)) {
            test <- suppressWarnings(ks.test(pair[[1]], pair[[2]], alternative = side, exact = exact))
            cat(sprintf("%.17g %.17g\\n", test$statistic, test$p.value))
        }
    """
    text = "\n".join(" ".join(repr(float(value)) for value in values) for values in (x, y)) + "\n"
    out = subprocess.run(["Rscript", "-e", code], input=text, capture_output=True, text=True, check=True).stdout
    rows = [[float(number) for number in line.split()] for line in out.split("\n") if line]
    tied = len(np.unique(np.concatenate([x, y]))) < len(x) + len(y)
    en = len(x) * len(y) / (len(x) + len(y))
    case = {"kind": kind, "x": x, "y": y, "by": "counting" if tied else "scipy"}
    for ours, theirs, exact, limit in zip(SIDES, ("two-sided", "greater", "less"), rows[::2], rows[1::2]):
        name = ours.replace("-", "_")
        if tied:
            case[f"d_{name}"], case[f"exact_{name}"] = counted(x, y, ours)
            assert abs(case[f"d_{name}"] - exact[0]) < 1e-12
        else:
            result = stats.ks_2samp(x, y, alternative=theirs, method="exact")
            case[f"d_{name}"], case[f"exact_{name}"] = result.statistic, result.pvalue
        d = case[f"d_{name}"]
        lam = np.sqrt(en) * d
        case[f"limit_{name}"] = special.kolmogorov(lam) if ours == "two-sided" else np.exp(-2 * lam**2)
        assert abs(case[f"limit_{name}"] - limit[1]) < 1e-4, (kind, case, limit)
        if abs(case[f"exact_{name}"] - exact[1]) > 1e-9:
            print(f"R differs: {kind}, {ours}: {exact[1]} instead of {case[f'exact_{name}']}")
    return case


def cases():
    samples = pairs()
    positive = {kind: pair for kind, pair in samples.items() if min(map(np.min, pair)) > 0}
    rng = np.random.default_rng(7)
    few = {
        "smooth": (rng.normal(0, 1, 7), rng.normal(0.5, 2, 8)),
        "tied": (rng.integers(0, 4, 8).astype(float), rng.integers(1, 6, 6).astype(float)),
        "unequal": (rng.lognormal(0, 1, 3), rng.lognormal(1, 1, 20)),
    }
    distributions = {
        **{kind: samples[kind] for kind in ("normal", "lognormal", "tied", "two and two", "far apart")},
        "one of each": (np.array([1.0]), np.array([2.0])),
        "tied and unequal": (rng.integers(0, 9, 30).astype(float), rng.integers(0, 7, 47).astype(float)),
        "same size": (rng.normal(0, 1, 60), rng.normal(0.4, 1.3, 60)),
        "mixed": (rng.normal(0, 1, 100).round(1), rng.normal(0.3, 1, 80).round(1)),
    }
    return {
        "welch": [means(kind, *pair) for kind, pair in samples.items()],
        "geometric_mean_ratio": [ratio(kind, *pair) for kind, pair in positive.items()],
        "sameness_by_means": [case for kind, pair in samples.items() for case in sameness(kind, *pair)],
        "sameness_by_ranks": [
            case for kind in ("normal", "lognormal", "tied", "two and many") for case in sameness_by_ranks(kind, *samples[kind])
        ],
        "permutation_test": [case for kind, pair in few.items() for case in permutations(kind, *pair)],
        "kolmogorov_smirnov": [smirnov(kind, *pair) for kind, pair in distributions.items()],
    }
