"""Proportions: intervals by statsmodels, tails and tests by scipy."""

from scipy import stats
from statsmodels.stats.proportion import proportion_confint


def cases():
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
    return {"proportion": proportion, "binomial": [case for case in binomial if 1e-290 < case["upper_tail_ge"] and 1e-290 < case["lower_tail_le"]]}
