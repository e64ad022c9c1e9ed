"""Rates: Garwood by scipy, exact tests and ratios by R's poisson.test, quasi-Poisson by R's glm, negative binomial by
statsmodels, its optimum polished by mpmath. Needs R (`Rscript`)."""

import json
import subprocess
import warnings

import numpy as np
import statsmodels.api as sm
from mpmath import digamma, exp, findroot, log, loggamma, mp, mpf
from scipy import stats
from statsmodels.discrete.discrete_model import NegativeBinomial

mp.dps = 50
ALTERNATIVES = ["two.sided", "less", "greater"]


def in_r(program):
    """The lines of JSON that an R program writes."""
    lines = subprocess.run(["Rscript", "-"], input=program, capture_output=True, text=True, check=True).stdout
    return [json.loads(line) for line in lines.splitlines()]


def numbers(values):
    return "c(" + ",".join(repr(float(value)) for value in values) + ")"


def garwood():
    cases = []
    for count in (0, 1, 2, 15, 233, 10_000, 1_000_000):
        for exposure, level in ((1.0, 0.95), (12.5, 0.8), (1e-3, 0.999), (1e6, 0.5)):
            side = (1 - level) / 2
            lower = stats.gamma.ppf(side, count) if count else 0.0
            upper = stats.gamma.isf(side, count + 1)
            cases.append({"count": count, "exposure": exposure, "level": level,
                          "garwood": [lower / exposure, upper / exposure]})
    return cases


def poisson_tests():
    cases = []
    for count, exposure, claimed in [(0, 1, 1.5), (0, 4, 3), (3, 2, 1.5), (9, 4, 1), (4, 1, 4), (3, 1, 4), (40, 12, 2),
                                     (1, 1e3, 0.02), (500, 1, 430), (430, 1, 500), (1000, 3, 500), (7, 1, 1e-3)]:
        for alternative in ALTERNATIVES:
            cases.append({"count": count, "exposure": float(exposure), "claimed": float(claimed),
                          "alternative": alternative.replace(".", "-")})
    program = "\n".join(
        f'cat(sprintf("%.17g\\n", poisson.test({case["count"]}, {case["exposure"]}, {case["claimed"]}, '
        f'"{case["alternative"].replace("-", ".")}")$p.value))' for case in cases)
    for case, p_value in zip(cases, in_r(program)):
        case["p_value"] = p_value
    return cases


def totals():
    cases = []
    for x, y in [((4, 12), (15, 12)), ((0, 3), (6, 3.5)), ((1, 1), (1, 1)), ((15, 20), (3, 52)), ((200, 7), (150, 7)),
                 ((10_000, 3.3), (9_000, 3.1)), ((3, 1e-3), (2, 1e3)), ((1, 100), (20, 90)), ((60, 2), (0, 1))]:
        for index, alternative in enumerate(ALTERNATIVES):
            cases.append({"x": x, "y": y, "level": [0.95, 0.8, 0.99][index],
                          "alternative": alternative.replace(".", "-")})
    calls = ["""answer <- function(x, n, t, m, alternative, level) {
  test <- poisson.test(c(x, n), c(t, m), alternative = alternative)
  ends <- poisson.test(c(x, n), c(t, m), conf.level = level)$conf.int
  cat(sprintf('{"p_value": %.17g, "interval": [%s, %s]}\\n', test$p.value, sprintf("%.17g", ends[1]),
              if (is.finite(ends[2])) sprintf("%.17g", ends[2]) else "null"))
}"""]
    for case in cases:
        (x, t), (n, m) = case["x"], case["y"]
        calls.append(f'answer({x}, {n}, {t}, {m}, "{case["alternative"].replace("-", ".")}", {case["level"]})')
    for case, answer in zip(cases, in_r("\n".join(calls))):
        case.update(answer)
    return cases


def pairs():
    """Two series of counts with exposures: alike or not, dispersed or not, equal exposures or not."""
    rng = np.random.default_rng(20261124)
    found = []
    for index in range(24):
        n, m = int(rng.integers(2, 30)), int(rng.integers(2, 30))
        mean, shape = [3.0, 20.0, 150.0][index % 3], [0.4, 2.0, 1e9][index // 3 % 3]
        sides = []
        for size, scale in ((n, 1.0), (m, [1.0, 1.6, 0.5][index % 3])):
            exposures = np.ones(size) if index % 2 else rng.integers(5, 80, size) / 16
            means = mean * scale * exposures * rng.gamma(shape, 1 / shape, size)
            sides.append([[int(count), float(exposure)] for count, exposure in zip(rng.poisson(means), exposures)])
        if all(sum(count for count, _ in side) for side in sides):
            found.append(sides)
    found.append([[[12, 1.0], [9, 1.0], [61, 1.0], [14, 1.0]], [[1000, 1.0], [4, 1.0], [7, 1.0]]])
    found.append([[[20_000, 2.0], [25_000, 2.0], [19_000, 1.5]], [[30_000, 2.0], [22_000, 2.5]]])
    return found


def dispersions(pairs):
    cases = []
    for sides in pairs:
        for side in sides:
            counts, exposures = np.array(side).T
            fit = sm.GLM(counts, np.ones(len(counts)), family=sm.families.Poisson(), exposure=exposures).fit(tol=1e-14)
            square, df = fit.pearson_chi2, len(side) - 1
            cases.append({"periods": side, "level": 0.9, "index": square / df, "p_value": stats.chi2.sf(square, df),
                          "interval": [square / stats.chi2.isf(0.05, df), square / stats.chi2.ppf(0.05, df)]})
    return cases


def quasi(pairs):
    calls = ["""answer <- function(y, e, g, level) {
  fit <- glm(y ~ g + offset(log(e)), family = quasipoisson, control = glm.control(epsilon = 1e-15, maxit = 200))
  # glm takes the weights of its last step but one: once more from its own answer.
  fit <- glm(y ~ g + offset(log(e)), family = quasipoisson, mustart = fitted(fit),
             control = glm.control(epsilon = 1e-15, maxit = 200))
  row <- summary(fit)$coefficients[2, ]
  reach <- qt((1 - level) / 2, fit$df.residual, lower.tail = FALSE) * row[2]
  cat(sprintf('{"ratio": %.17g, "t": %.17g, "p_value": %.17g, "dispersion": %.17g, "interval": [%.17g, %.17g]}\\n',
              exp(row[1]), row[3], 2 * pt(-abs(row[3]), fit$df.residual), summary(fit)$dispersion,
              exp(row[1] - reach), exp(row[1] + reach)))
}"""]
    cases = []
    for index, (x, y) in enumerate(pairs):
        level = [0.95, 0.8, 0.99][index % 3]
        both = x + y
        group = [1] * len(x) + [0] * len(y)
        calls.append(f"answer({numbers(count for count, _ in both)}, {numbers(exposure for _, exposure in both)}, "
                     f"{numbers(group)}, {level})")
        cases.append({"x": x, "y": y, "level": level})
    for case, answer in zip(cases, in_r("\n".join(calls))):
        case.update(answer)
    return cases


def quasi_empty():
    """One series without events: no ratio, and an analysis of deviance that R refers to F."""
    calls = ["""answer <- function(y, g) {
  fit <- suppressWarnings(glm(y ~ g, family = quasipoisson, control = glm.control(epsilon = 1e-15, maxit = 100)))
  row <- suppressWarnings(anova(fit, test = "F"))[2, ]
  cat(sprintf('{"df": %d, "dispersion": %.17g, "f": %.17g, "p_value": %.17g}\\n', fit$df.residual,
              summary(fit)$dispersion, row[["F"]], row[["Pr(>F)"]]))
}"""]
    cases = []
    for x, y in [([0, 0, 0], [3, 9, 1]), ([3, 9, 1], [0, 0, 0]), ([0], [4, 7, 2]), ([0, 0, 0, 0, 0, 0], [1, 0, 0, 12]),
                 ([0, 0], [40, 55, 38, 61, 47])]:
        calls.append(f"answer({numbers(x + y)}, {numbers([1] * len(x) + [0] * len(y))})")
        cases.append({"x": [[count, 1.0] for count in x], "y": [[count, 1.0] for count in y]})
    for case, answer in zip(cases, in_r("\n".join(calls))):
        case.update(answer)
    return cases


def best(counts, exposures, design):
    """The best fit of statsmodels from several starts, its optimum polished by mpmath: (parameters, log-likelihood)."""
    model = NegativeBinomial(counts, design, loglike_method="nb2", exposure=exposures)
    poisson = sm.Poisson(counts, design, exposure=exposures).fit(disp=0, tol=1e-14)
    fits = [model.fit(start_params=np.append(poisson.params, alpha), method="bfgs", maxiter=2000, gtol=1e-9, disp=0)
            for alpha in (0.02, 0.2, 1.0)]
    rough = max(fits, key=lambda fit: fit.llf)
    if rough.params[-1] <= 1e-4:
        return None
    rows = [(mpf(int(y)), mpf(float(e)), [int(value) for value in np.atleast_1d(row)])
            for y, e, row in zip(counts, exposures, design)]

    def score(*parameters):
        *slopes, alpha = parameters
        total = [mpf(0)] * len(parameters)
        for y, e, row in rows:
            mean = e * exp(sum(b * value for b, value in zip(slopes, row)))
            r = 1 / alpha
            off = (y - mean) / (1 + alpha * mean)
            for place, value in enumerate(row):
                total[place] += off * value
            total[-1] += r * r * (log(1 + alpha * mean) - digamma(y + r) + digamma(r)) + r * off
        return total

    found = [value for value in findroot(score, [mpf(float(value)) for value in rough.params], tol=1e-40)]
    *slopes, alpha = found
    likelihood = mpf(0)
    for y, e, row in rows:
        mean, r = e * exp(sum(b * value for b, value in zip(slopes, row))), 1 / alpha
        likelihood += loggamma(y + r) - loggamma(r) - loggamma(y + 1) + y * log(alpha * mean)
        likelihood -= (y + r) * log(1 + alpha * mean)
    assert abs(likelihood - rough.llf) < 1e-5, (likelihood, rough.llf)
    return found, likelihood


def negative_binomial(pairs):
    cases = []
    for x, y in pairs:
        counts, exposures = np.array(x + y).T
        group = np.array([1.0] * len(x) + [0.0] * len(y))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            apart = best(counts, exposures, np.column_stack([np.ones(len(group)), group]))
            together = best(counts, exposures, np.ones(len(group)))
        if apart is None or together is None:
            continue
        cases.append({"x": x, "y": y, "ratio": float(exp(apart[0][1])), "alpha": float(apart[0][2]),
                      "likelihood_ratio": float(2 * (apart[1] - together[1]))})
    return cases


def cases():
    series = pairs()
    return {"rate": garwood(), "poisson_test": poisson_tests(), "rate_totals": totals(),
            "dispersion": dispersions(series), "quasi_poisson": quasi(series),
            "quasi_poisson_empty": quasi_empty(),
            "negative_binomial": negative_binomial(series)}
