"""Calibration: scikit-learn; DeLong from all pairs; Platt's curve and Murphy's parts with 40 digits (mpmath)."""

import math
from fractions import Fraction

import mpmath as mp
import numpy as np
from scipy import stats
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score

mp.mp.dps = 40
Z = stats.norm.isf(0.025)


def data():
    rng = np.random.default_rng(20261124)
    sets = []
    for n, digits in ((6, 9), (15, 1), (40, 9), (60, 2), (90, 1), (120, 9)):
        p = np.round(rng.beta(0.8, 1.2, n), digits)
        sets.append((p, (rng.random(n) < p).astype(int)))
    # Too bold, too timid, rare, sure, the wrong way round, apart.
    p = rng.beta(0.5, 0.5, 70)
    sets.append((p, (rng.random(70) < 0.25 + 0.5 * p).astype(int)))
    p = rng.uniform(0.4, 0.6, 70)
    sets.append((p, (rng.random(70) < np.where(p > 0.5, 0.9, 0.1)).astype(int)))
    p = rng.beta(1, 200, 100)
    y = (rng.random(100) < p).astype(int)
    y[:2] = 1
    sets.append((p, y))
    sets.append((np.array([0.0, 0.0, 1.0, 1.0, 0.5, 0.25, 0.75]), np.array([0, 0, 1, 1, 1, 0, 0])))
    sets.append((np.linspace(0.05, 0.95, 19), (np.linspace(0, 1, 19) < 0.6).astype(int)))
    sets.append((np.linspace(0.05, 0.95, 12), (np.arange(12) >= 7).astype(int)))
    sets.append((np.array([1e-300, 1e-17, 1e-9, 0.5, 1 - 1e-9, 1e-12]), np.array([0, 0, 1, 1, 1, 0])))
    return sets


def placements(p, y):
    """DeLong's structural components, of every pair."""
    x, z = p[y == 1], p[y == 0]
    psi = (x[:, None] > z[None, :]) + 0.5 * (x[:, None] == z[None, :])
    return psi.mean(axis=1), psi.mean(axis=0)


def delong(p, y):
    v10, v01 = placements(p, y)
    return v10.mean(), v10.var(ddof=1) / len(v10) + v01.var(ddof=1) / len(v01)


def wilson(p, y):
    """Wilson's interval for as many trials as the placements are worth, from every pair."""
    v10, v01 = placements(p, y)
    n, m, share = len(v10), len(v01), v10.mean()
    other, x, z = 1 - share, v10.var(ddof=1) / n, v01.var(ddof=1) / m
    model = (1 + ((n + m) / 2 - 1) * (other / (1 + other) + share / (1 + share))) / (n * m)
    observed = (x + z) / (share * other) if 0 < share < 1 else model
    weight = 2 / (min(n, m) + 2)
    worth = max(observed, observed + weight * (model - observed))
    a = worth * (stats.t.isf(0.025, (x + z) ** 2 / (x * x / (n - 1) + z * z / (m - 1))) if x + z > 0 else Z) ** 2
    middle, reach = (share + a / 2) / (1 + a), math.sqrt(a * share * other + a * a / 4) / (1 + a)
    return middle - reach, min(middle + reach, 1)


def bins_of(p, bins):
    """Equal mass, ties together, by the middle of their ranks: the ranks are counted from 0 and half open."""
    places = []
    for value in p:
        below, upto = int((p < value).sum()), int((p <= value).sum())
        places.append((below + upto) * bins // (2 * len(p)))
    return np.array(places)


def parts(p, y, places):
    f, o, n = [Fraction(x) for x in p], [Fraction(int(x)) for x in y], len(p)
    overall, rel, res, wv, wc = sum(o) / n, 0, 0, 0, 0
    for place in set(places.tolist()):
        at = [i for i in range(n) if places[i] == place]
        fm, om = sum(f[i] for i in at) / len(at), sum(o[i] for i in at) / len(at)
        rel += len(at) * (fm - om) ** 2
        res += len(at) * (om - overall) ** 2
        wv += sum((f[i] - fm) ** 2 for i in at)
        wc += 2 * sum((f[i] - fm) * (o[i] - om) for i in at)
    unc = overall * (1 - overall)
    score = sum((a - b) ** 2 for a, b in zip(f, o)) / n
    assert score == rel / n - res / n + unc + wv / n - wc / n
    ece = sum(abs(sum(f[i] - o[i] for i in range(n) if places[i] == place)) for place in set(places.tolist())) / n
    return {"reliability": float(rel / n), "resolution": float(res / n), "uncertainty": float(unc),
            "within_variance": float(wv / n), "within_covariance": float(wc / n),
            "bins": len(set(places.tolist())), "calibration_error": float(ece)}


def platt(scores, y):
    """The root of the gradient, with 40 digits, and sklearn beside it."""
    m, n = int(y.sum()), int(len(y) - y.sum())
    targets = [mp.mpf(m + 1) / (m + 2) if happened else mp.mpf(1) / (n + 2) for happened in y]
    scores = [mp.mpf(score) for score in scores]
    slope, intercept = mp.mpf(0), mp.log(mp.mpf(sum(targets)) / (len(targets) - sum(targets)))
    entropy = lambda a, b: sum(mp.log(1 + mp.exp(a * s + b)) - t * (a * s + b) for s, t in zip(scores, targets))
    for _ in range(100):
        shares = [1 / (1 + mp.exp(-(slope * s + intercept))) for s in scores]
        gradient = mp.matrix([sum((q - t) * s for q, t, s in zip(shares, targets, scores)),
                              sum(q - t for q, t in zip(shares, targets))])
        w = [q * (1 - q) for q in shares]
        off = sum(x * s for x, s in zip(w, scores))
        hessian = mp.matrix([[sum(x * s * s for x, s in zip(w, scores)), off], [off, sum(w)]])
        step = mp.lu_solve(hessian, -gradient)
        size, now = mp.mpf(1), entropy(slope, intercept)
        while entropy(slope + size * step[0], intercept + size * step[1]) > now and size > 1e-30:
            size /= 2
        slope, intercept = slope + size * step[0], intercept + size * step[1]
        if mp.norm(step) < mp.mpf(10) ** -30 * (1 + abs(slope)):
            break
    return float(slope), float(intercept)


def forecasts():
    cases = []
    for index, (p, y) in enumerate(data()):
        both = 0 < y.sum() < len(y)
        squares, n = (p - y) ** 2, len(y)
        case = {"p": p, "y": y, "brier": brier_score_loss(y, p), "brier_ends": None,
                "log_loss_clipped": log_loss(y, p, labels=[0, 1])}
        case["ten_bins"], case["four_bins"] = (parts(p, y, bins_of(p, bins)) for bins in (10, 4))
        case["distinct"] = parts(p, y, np.unique(p, return_inverse=True)[1])
        weight = 1 - 2 * p
        variance = (weight ** 2 * p * (1 - p)).sum()
        z = ((y - p) * weight).sum() / math.sqrt(variance)
        # Too skewed for the normal distribution below 5.
        worth = variance ** 3 / (weight ** 4 * p * (1 - p)).sum() ** 2
        case["spiegelhalter"] = [z, 2 * stats.norm.sf(abs(z))] if worth >= 5 else None
        if both:
            quantile = stats.t.isf(0.025, int(min(y.sum(), n - y.sum())))
            score, other = squares.mean(), 1 - squares.mean()
            # Wilson's interval for as many trials as the scores are worth.
            a = quantile ** 2 * squares.var(ddof=1) / n / (score * other)
            middle, reach = (score + a / 2) / (1 + a), math.sqrt(a * score * other + a * a / 4) / (1 + a)
            case["brier_ends"] = [middle - reach, middle + reach]
            share = y.mean()
            reference = share * (1 - share)
            ratio = squares.mean() / reference
            influence = (squares - squares.mean() - ratio * (1 - 2 * share) * (y - share)) / reference
            half = quantile * math.sqrt((influence ** 2).sum()) / n
            if min(y.sum(), n - y.sum()) >= 5:
                case["skill"] = [1 - ratio, 1 - ratio - half, min(1 - ratio + half, 1)]
            area, variance = delong(p, y)
            assert math.isclose(area, roc_auc_score(y, p))
            case["auc"] = area
            if min(y.sum(), n - y.sum()) >= 2:
                case["auc_wilson"] = list(wilson(p, y))
            if 0 < area < 1:
                half = Z * math.sqrt(variance)
                logit, spread = math.log(area / (1 - area)), half / (area * (1 - area))
                case["auc_plain"] = [max(area - half, 0), min(area + half, 1)]
                case["auc_logit"] = [1 / (1 + math.exp(-(logit - spread))), 1 / (1 + math.exp(-(logit + spread)))]
            grid = np.linspace(0, 1, 21)
            map_ = IsotonicRegression(y_min=0, y_max=1, out_of_bounds="clip").fit(p, y)
            case["isotonic"] = {"at": [*grid, *p[:10]], "is": map_.predict(np.array([*grid, *p[:10]]))}
            case["platt"] = platt(p, y)
            peer = _SigmoidCalibration().fit(p, y)
            assert np.allclose([-peer.a_, -peer.b_], case["platt"], rtol=2e-3, atol=1e-3), (index, peer.a_, peer.b_, case["platt"])
            clipped = np.clip(p, 1e-9, 1 - 1e-9)
            # In the crate's own terms, so that the scores are those to the last bit or two.
            case["platt_logit"] = platt([mp.log(mp.mpf(float(q))) - mp.log(1 - mp.mpf(float(q))) for q in clipped], y)
        cases.append(case)
    return cases


def paired():
    rng = np.random.default_rng(5)
    cases = []
    for n, digits in ((8, 9), (20, 1), (50, 9), (80, 2), (150, 1)):
        p = rng.beta(1, 1, n)
        y = (rng.random(n) < p).astype(int)
        y[:2], y[2:4] = 1, 0
        a = np.clip(np.round(p + rng.normal(0, 0.1, n), digits), 0, 1)
        b = np.clip(np.round(p + rng.normal(0, 0.3, n), digits), 0, 1)
        (a10, a01), (b10, b01) = placements(a, y), placements(b, y)
        s10, s01 = np.cov(a10, b10), np.cov(a01, b01)
        s = s10 / len(a10) + s01 / len(a01)
        difference, variance = a10.mean() - b10.mean(), s[0, 0] + s[1, 1] - 2 * s[0, 1]
        z = difference / math.sqrt(variance)
        half = Z * math.sqrt(variance)
        scores = (a - y) ** 2 - (b - y) ** 2
        spread = stats.t.isf(0.025, n - 1) * scores.std(ddof=1) / math.sqrt(n)
        cases.append({"a": a, "b": b, "y": y, "auc_difference": [difference, difference - half, difference + half],
                      "z": z, "p": 2 * stats.norm.sf(abs(z)),
                      "brier_difference": [scores.mean(), scores.mean() - spread, scores.mean() + spread]
                      if min(y.sum(), n - y.sum()) >= 5 else None})
    return cases


def cases():
    return {"forecasts": forecasts(), "paired_forecasts": paired()}
