"""Proportions: intervals and power by statsmodels, tails and tests by scipy; mpmath where scipy has lost digits."""

import math

import mpmath
from mpmath import mp, mpf
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, power_proportions_2indep, proportion_confint

SLACK = 1 + 1e-7


def mass(k, n, p):
    p = mpf(p)
    return mpmath.binomial(n, k) * p**k * (1 - p) ** (n - k)


def two_sided(k, n, p):
    """The definition, term by term in 40 digits: the sum and what is as likely as k."""
    masses = [mass(i, n, p) for i in range(n + 1)]
    total = mpmath.fsum(m for m in masses if m <= masses[k] * mpf(SLACK))
    ties = mpmath.fsum(m for m in masses if abs(m / masses[k] - 1) <= mpf(SLACK) - 1)
    return float(total), float(total - ties / 2)


def ln_mass(k, n, p):
    p = mpf(p)
    choose = mpmath.loggamma(n + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(n - k + 1)
    return choose + k * mpmath.log(p) + (n - k) * mpmath.log(1 - p)


def outward(k, n, p, step):
    """The probability of k and of all beyond it, away from the mode, each term from the one before."""
    p = mpf(p)
    term = total = mpmath.exp(ln_mass(k, n, p))
    while 0 <= k + step <= n and term > total * mpf(10) ** -25:
        ratio = (n - k) * p / ((k + 1) * (1 - p)) if step > 0 else k * (1 - p) / ((n - k + 1) * p)
        k, term = k + step, term * ratio
        total += term
    return total


def two_sided_of_many(k, n, p):
    """The same, from the observed count and from the first on the other side that is no likelier."""
    observed, mode = ln_mass(k, n, p), int((n + 1) * mpf(p))
    likelier = lambda i: ln_mass(i, n, p) > observed + mpmath.log(mpf(SLACK))
    if k == mode:
        return 1.0
    low, high = (mode - 1, n + 1) if k < mode else (-1, mode + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if likelier(middle) == (k < mode) else (low, middle)
    if k < mode:
        return float(outward(k, n, p, -1) + (outward(high, n, p, 1) if high <= n else 0))
    return float(outward(k, n, p, 1) + (outward(low, n, p, -1) if low >= 0 else 0))


def fisher(a, n, b, m):
    """The definition, table by table in exact integers."""
    good = a + b
    tables = {k: math.comb(n, k) * math.comb(m, good - k) for k in range(max(0, good - m), min(n, good) + 1)}
    all_ = sum(tables.values())
    here = tables[a]
    sums = {
        "less": sum(t for k, t in tables.items() if k <= a),
        "greater": sum(t for k, t in tables.items() if k >= a),
        "two_sided": sum(t for t in tables.values() if t <= here),
    }
    exact = {side: float(mpf(s) / all_) for side, s in sums.items()}
    ties = {"less": here, "greater": here, "two_sided": sum(t for t in tables.values() if t == here)}
    exact["mid_p"] = {side: float((mpf(sums[side]) - mpf(ties[side]) / 2) / all_) for side in sums}
    return exact


def cases():
    mp.dps = 40
    counts = [(0, 1), (1, 1), (0, 12), (3, 50), (12, 40), (39, 40), (144, 100_000), (999_990, 1_000_000)]
    proportion = []
    for k, n in counts:
        for level in (0.8, 0.95, 0.999):
            case = {"successes": k, "trials": n, "level": level}
            for name, method in (("wilson", "wilson"), ("clopper_pearson", "beta")):
                case[name] = proportion_confint(k, n, 1 - level, method)
            posterior = stats.beta(k + 0.5, n - k + 0.5)
            case["jeffreys"] = [posterior.ppf((1 - level) / 2), posterior.isf((1 - level) / 2)]
            proportion.append(case)
    binomial = []
    for k, n in counts:
        for p in (0.001, 0.05, 0.5):
            binomial.append({
                "successes": k, "trials": n, "p": p,
                "upper_tail_ge": stats.binom.sf(k - 1, n, p), "lower_tail_le": stats.binom.cdf(k, n, p),
                "two_sided": stats.binomtest(k, n, p).pvalue,
                "posterior_gt": stats.beta.sf(p, k + 0.5, n - k + 0.5),
            })
    binomial = [case for case in binomial if 1e-290 < case["upper_tail_ge"] and 1e-290 < case["lower_tail_le"]]

    # By the definition; scipy's is up to 4e-12 off where there are many trials.
    binomial_test = []
    for n in (1, 2, 9, 10, 30, 300):
        for p in (0.01, 0.1, 0.3, 0.5, 0.77, 0.999):
            for k in sorted({0, 1, n // 10, n // 3, n // 2, n - 1, n}):
                exact, mid = two_sided(k, n, p)
                binomial_test.append({"successes": k, "trials": n, "p": p, "two_sided": exact, "mid_p": mid})
    large = [(1_000, 1_000_000, 0.001), (1_100, 1_000_000, 0.001), (900, 1_000_000, 0.001), (1_010_000, 10**9, 0.001),
             (990_000, 10**9, 0.001), (499_950_000, 10**9, 0.5), (500_031_600, 10**9, 0.5), (0, 10**9, 1e-9),
             (7, 10**9, 1e-9), (10**9 - 30, 10**9, 1 - 1e-8)]
    for k, n, p in large:
        exact = two_sided_of_many(k, n, p)
        scipy = stats.binomtest(k, n, p).pvalue
        assert abs(scipy - exact) <= 1e-11 * exact, (k, n, p, scipy, exact)
        binomial_test.append({"successes": k, "trials": n, "p": p, "two_sided": exact, "mid_p": None})

    pairs = [((56, 70), (48, 80)), ((9, 10), (3, 10)), ((5, 56), (0, 29)), ((0, 10), (0, 20)), ((10, 10), (0, 20)),
             ((1, 1), (0, 1)), ((3, 400), (40, 4_000)), ((12, 400), (30, 4_000)), ((500, 1_000), (510, 1_000)),
             ((7, 7), (6, 9)), ((2, 3), (2, 3)), ((20, 200_000), (45, 190_000)), ((4, 4), (4, 4)), ((11, 23), (12, 23))]
    proportion_pair = []
    for (a, n), (b, m) in pairs:
        for level in (0.8, 0.95, 0.999):
            case = {"first": [a, n], "second": [b, m], "level": level,
                    "newcombe": confint_proportions_2indep(a, n, b, m, method="newcomb", compare="diff", alpha=1 - level)}
            zero = 0 in (a, b, n - a, m - b)
            # statsmodels has no correction here, so that it is given the corrected counts.
            add = (0.5, 1) if zero else (0, 0)
            case["katz"] = confint_proportions_2indep(
                a + add[0], n + add[1], b + add[0], m + add[1], method="log", compare="ratio", alpha=1 - level)
            case["corrected"] = zero
            proportion_pair.append(case)
    fisher_exact = []
    for (a, n), (b, m) in [*pairs, ((300, 3_000), (360, 3_000)), ((10, 15_000), (0, 14_000)), ((30, 31), (2, 80))]:
        scipy = {side.replace("-", "_"): stats.fisher_exact([[a, n - a], [b, m - b]], alternative=side).pvalue
                 for side in ("less", "greater", "two-sided")}
        case = {"first": [a, n], "second": [b, m], **fisher(a, n, b, m)}
        for side, p in scipy.items():
            assert abs(p - case[side]) <= 1e-9 * case[side], (case, side, p)
        fisher_exact.append(case)

    power_of_difference = []
    for p, q in ((0.01, 0.02), (0.5, 0.55), (0.3, 0.3), (0.9, 0.5), (0.001, 0.0005)):
        for n, ratio in ((50, 1), (1_000, 1), (1_000, 10), (40, 0.25), (100_000, 1)):
            for level in (0.8, 0.95, 0.99):
                power = power_proportions_2indep(p - q, q, n, ratio=ratio, alpha=1 - level, return_results=False)
                power_of_difference.append({"first": p, "second": q, "n": n, "m": int(n * ratio), "level": level, "power": power})
    power_against_claim = []
    for claim, truth in ((0.01, 0.05), (0.5, 0.6), (0.9, 0.8), (0.3, 0.3)):
        for n in (5, 40, 150):
            for side in ("two-sided", "less", "greater"):
                rejected = [k for k in range(n + 1) if stats.binomtest(k, n, claim, alternative=side).pvalue <= 0.05]
                power = float(mpmath.fsum(mass(k, n, truth) for k in rejected))
                power_against_claim.append(
                    {"claimed": claim, "truth": truth, "trials": n, "alternative": side, "level": 0.95, "power": power})
    return {"proportion": proportion, "binomial": binomial, "binomial_test": binomial_test,
            "proportion_pair": proportion_pair, "fisher_exact": fisher_exact,
            "power_of_difference": power_of_difference, "power_against_claim": power_against_claim}
