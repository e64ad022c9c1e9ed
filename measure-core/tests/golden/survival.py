"""Survival: lifelines and statsmodels; variances of means and hazards in exact fractions, as R's survival has them."""

import math
import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
from lifelines import KaplanMeierFitter, NelsonAalenFitter
from lifelines.statistics import multivariate_logrank_test
from lifelines.utils import qth_survival_times, restricted_mean_survival_time
from scipy import stats
from statsmodels.duration.survfunc import survdiff

LEVELS = (0.8, 0.95, 0.99)


def data():
    rng = np.random.default_rng(20261124)
    sets = []
    for n in (2, 5, 12, 40, 90):
        times, ends = rng.exponential(30, n), rng.exponential(70, n)
        sets.append((np.minimum(times, ends), times <= ends))
    # Ties between events, between censorings, and of both; zeros.
    sets.append((rng.integers(0, 9, 60).astype(float), rng.random(60) < 0.7))
    sets.append((rng.integers(0, 4, 25).astype(float), rng.random(25) < 0.5))
    sets.append((np.floor(rng.lognormal(2, 1.5, 50)), np.ones(50, bool)))
    sets.append((np.arange(1.0, 11.0), np.ones(10, bool)))
    sets.append((np.full(8, 3.0), np.ones(8, bool)))
    sets.append((np.arange(6.0), np.zeros(6, bool)))
    sets.append((np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, False, True])))
    sets.append((np.array([7.0]), np.array([True])))
    sets.append((rng.exponential(1e-12, 20), rng.random(20) < 0.7))
    sets.append((rng.exponential(1e9, 20), rng.random(20) < 0.7))
    return [(t, o.astype(int)) for t, o in sets]


def table(times, observed):
    """(time, at risk, events) at every time."""
    return [(t, int((times >= t).sum()), int(((times == t) & (observed == 1)).sum())) for t in np.unique(times)]


def curves():
    cases = []
    for times, observed in data():
        for level in LEVELS:
            fit = KaplanMeierFitter(alpha=1 - level).fit(times, observed)
            ends = fit.confidence_interval_
            if level != 0.95 and len(times) > 50:
                continue
            cases.append({
                "durations": times, "observed": observed, "level": level,
                "times": fit.survival_function_.index.to_numpy(),
                "survival": fit.survival_function_["KM_estimate"].to_numpy(),
                "lower": ends.iloc[:, 0].to_numpy(), "upper": ends.iloc[:, 1].to_numpy(),
                "median": fit.median_survival_time_,
            })
    return cases


def first(column, goal):
    """The first time at which the column is at the goal but for rounding, or below."""
    reached = column.index[column <= goal * (1 + 1e-12)]
    return reached[0] if len(reached) else None


def quantiles():
    cases = []
    for times, observed in data():
        found = []
        for level in LEVELS:
            fit = KaplanMeierFitter(alpha=1 - level).fit(times, observed)
            survival, ends = fit.survival_function_["KM_estimate"], fit.confidence_interval_
            if ((survival == 0) | (survival == 1)).all():
                # All end at one time: lifelines has no band, and ours is Clopper and Pearson's.
                continue
            # As R has it: the upper end is not known once all have ended.
            upper = ends.iloc[:, 1][survival > 0]
            for share in (0.1, 0.25, 0.5, 0.9):
                value = first(survival, 1 - share)
                peer = qth_survival_times(1 - share, survival.to_frame())
                # lifelines misses a goal that the curve meets but for rounding, and is then a step later.
                assert peer == (np.inf if value is None else value) or (value is not None and abs(survival[value] - (1 - share)) < 1e-12)
                found.append({"level": level, "share": share, "value": value,
                              "lower": first(ends.iloc[:, 0], 1 - share), "upper": first(upper, 1 - share)})
        if found:
            cases.append({"durations": times, "observed": observed, "quantiles": found})
    return cases


def restricted():
    cases = []
    for times, observed in data():
        steps = [(Fraction(t), r, d) for t, r, d in table(times, observed)]
        last_known = observed[times == times.max()].all()
        for horizon in {float(np.median(times)), float(times.max()), float(times.max()) * (1.25 if last_known else 1)}:
            within = [step for step in steps if step[0] < horizon]
            if not any(d for _, _, d in within):
                continue
            survival, heights = Fraction(1), []
            for t, r, d in within:
                survival *= 1 - Fraction(d, r)
                heights.append((t, r, d, survival))
            bounds = [t for t, *_ in within[1:]] + [Fraction(horizon)]
            areas = [h[3] * (b - h[0]) for h, b in zip(heights, bounds)]
            value = within[0][0] + sum(areas)
            variance = Fraction(0)
            for i, (_, r, d, _) in enumerate(heights):
                if r > d:
                    variance += sum(areas[i:]) ** 2 * Fraction(d, r * (r - d))
            if variance == 0:
                continue
            if horizon == times.max() and 1e-6 < horizon < 1e6:
                fit = KaplanMeierFitter().fit(times, observed)
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    assert math.isclose(restricted_mean_survival_time(fit, horizon), value, rel_tol=1e-3)
            half = stats.norm.isf(0.025) * math.sqrt(variance)
            cases.append({"durations": times, "observed": observed, "horizon": horizon, "value": float(value),
                          "lower": max(float(value) - half, 0), "upper": min(float(value) + half, horizon)})
    return cases


def hazards():
    cases = []
    for times, observed in data():
        steps = table(times, observed)
        for time in {float(np.median(times)), float(times.max())}:
            within = [(r, d) for t, r, d in steps if t <= time]
            hazard = sum(Fraction(d, r) for r, d in within)
            if hazard == 0:
                continue
            spread = stats.norm.isf(0.025) * math.sqrt(sum(Fraction(d, r * r) for r, d in within)) / float(hazard)
            lower, upper = float(hazard) * math.exp(-spread), float(hazard) * math.exp(spread)
            if len(set(times)) == len(times):
                fit = NelsonAalenFitter().fit(times, observed)
                ends = fit.confidence_interval_.loc[:time].iloc[-1]
                assert np.allclose([fit.cumulative_hazard_.loc[:time].iloc[-1, 0], *ends], [float(hazard), lower, upper], rtol=1e-9)
            cases.append({"durations": times, "observed": observed, "time": time, "value": float(hazard),
                          "lower": lower, "upper": upper})
    return cases


def logranks():
    rng = np.random.default_rng(7)
    cases = []
    for sizes, scales, whole in [
        ((1, 1), (1, 1), False), ((3, 4), (5, 9), True), ((10, 10), (20, 20), False), ((40, 35), (20, 45), False),
        ((60, 30), (6, 5), True), ((20, 20, 20), (5, 5, 9), True), ((30, 10, 50), (20, 20, 20), False),
        ((12, 15, 9, 20), (3, 8, 4, 4), True), ((2, 40, 40), (9, 9, 3), False), ((80, 90), (3, 3), True),
    ]:
        groups = []
        for n, scale in zip(sizes, scales):
            times, ends = rng.exponential(scale, n), rng.exponential(2.5 * scale, n)
            observed = times <= ends
            times = np.minimum(times, ends)
            groups.append((np.floor(times) if whole else times, observed.astype(int)))
        times, observed = (np.concatenate([group[i] for group in groups]) for i in (0, 1))
        label = np.repeat(np.arange(len(groups)), sizes)
        if not observed.any():
            continue
        answer = multivariate_logrank_test(times, label, observed)
        if not np.isfinite(answer.test_statistic) or sizes == (1, 1):
            continue
        chi2, p = survdiff(times, observed, label)
        assert math.isclose(chi2, answer.test_statistic, rel_tol=1e-7), (chi2, answer.test_statistic)
        cases.append({"groups": [{"durations": t, "observed": o} for t, o in groups],
                      "df": len(groups) - 1, "chi2": chi2, "p": p})
    return cases


def cases():
    pd.options.mode.copy_on_write = True
    return {"survival": curves(), "survival_quantiles": quantiles(), "restricted_mean": restricted(),
            "cumulative_hazard": hazards(), "logrank_groups": logranks()}
