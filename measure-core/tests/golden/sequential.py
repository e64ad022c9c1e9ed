"""Sequential tests and intervals: the formulas of the papers in 40 digits, over the whole history at once."""

import random

import mpmath
from mpmath import mp, mpf


def shapes(expected):
    """Beta shapes of the mixture: worth half a rarer outcome around the expectation, and Jeffreys'."""
    expected = mpf(expected)
    rarer = min(expected, 1 - expected)
    return [(expected / rarer / 2, (1 - expected) / rarer / 2), (mpf(1) / 2, mpf(1) / 2)]


def ln_average(expected, k, n):
    """The logarithm of the likelihood averaged over the mixture."""
    parts = [mpmath.loggamma(a + k) + mpmath.loggamma(b + n - k) - mpmath.loggamma(a + b + n)
             - mpmath.loggamma(a) - mpmath.loggamma(b) + mpmath.loggamma(a + b) for a, b in shapes(expected)]
    top = max(parts)
    return top + mpmath.log(sum(mpmath.exp(part - top) for part in parts) / 2)


def ln_likelihood(k, n, p):
    out = mpf(0)
    if k:
        out += k * mpmath.log(p) if p > 0 else -mpmath.inf
    if n - k:
        out += (n - k) * mpmath.log(1 - p) if p < 1 else -mpmath.inf
    return out


def one_way(claim, k, n, alternative):
    """The logarithm of the likelihood ratio averaged over what lies beyond the claim, by quadrature."""
    p = mpf(claim)
    ends = (p, 1) if alternative == "greater" else (0, p)
    # Broken at the greatest likelihood and around it, so that the quadrature sees the peak.
    share, spread = mpf(k) / n, mpmath.sqrt(mpf(k + 1) * (n - k + 1)) / mpf(n + 2) ** mpf("1.5")
    inner = [share + spread * i for i in (-30, -10, -3, 0, 3, 10, 30)]
    breaks = [ends[0], *sorted(x for x in inner if ends[0] < x < ends[1]), ends[1]]
    against = ln_likelihood(k, n, p)
    total = mpf(0)
    for a, b in shapes(claim):
        # As functions of x = sin^2 t, since the densities are infinite at the ends.
        at = [mpmath.asin(mpmath.sqrt(x)) for x in breaks]
        density = lambda t: 2 * mpmath.sin(t) ** (2 * a - 1) * mpmath.cos(t) ** (2 * b - 1)
        ratio = lambda t: mpmath.exp(ln_likelihood(k, n, mpmath.sin(t) ** 2) - against) * density(t)
        scale = mpmath.betainc(a, b, ends[0], ends[1])
        total += mpmath.quad(ratio, at) / scale / 2
    return mpmath.log(total)


def bisect(inside, outside, refuted, steps=110):
    for _ in range(steps):
        middle = (inside + outside) / 2
        if refuted(middle):
            outside = middle
        else:
            inside = middle
    return outside


def proportion_case(claim, alternative, level, batches):
    claim_, alpha = mpf(claim), 1 - mpf(level)
    k = n = 0
    peak = mpf(0)
    for successes, trials in batches:
        k, n = k + successes, n + trials
        share = mpf(k) / n
        now = ln_average(claim, k, n) - ln_likelihood(k, n, claim_) if alternative == "two-sided" else one_way(claim, k, n, alternative)
        peak = max(peak, now)
    average = ln_average(claim, k, n)
    refuted = lambda p: average - ln_likelihood(k, n, p) >= -mpmath.log(alpha)
    lower = bisect(share, mpf(0), refuted) if k else mpf(0)
    upper = bisect(share, mpf(1), refuted) if k < n else mpf(1)
    return {"claim": claim, "alternative": alternative, "level": level, "batches": batches, "ln_e": float(now),
            "p_value": float(mpmath.exp(-peak)), "interval": [float(lower), float(upper)]}


def ascend(least, most, slope, steps=110):
    """Where a falling slope passes 0."""
    for _ in range(steps):
        middle = (least + most) / 2
        if slope(middle) > 0:
            least = middle
        else:
            most = middle
    return (least + most) / 2


def comparison_case(expected, alternative, level, batches):
    alpha = 1 - mpf(level)
    a = n = b = m = 0
    peak = mpf(0)
    for (da, dn), (db, dm) in batches:
        a, n, b, m = a + da, n + dn, b + db, m + dm
        pooled = (mpf(a + b) / (n + m),) * 2
        more = mpf(a) / n - mpf(b) / m
        free = (alternative == "greater" and more < 0) or (alternative == "less" and more > 0)
        p, q = (mpf(a) / n, mpf(b) / m) if free else pooled
        average = ln_average(expected, a, n) + ln_average(expected, b, m)
        now = average - ln_likelihood(a, n, p) - ln_likelihood(b, m, q)
        peak = max(peak, now)
    score = lambda k, n, p: k / p - (n - k) / (1 - p)

    def refuted_difference(d):
        least, most = max(-d, mpf(0)), min(1 - d, mpf(1))
        if least >= most:
            return True
        q = ascend(least, most, lambda q: score(a, n, q + d) + score(b, m, q))
        return average - ln_likelihood(a, n, q + d) - ln_likelihood(b, m, q) >= -mpmath.log(alpha)

    def refuted_ratio(r):
        q = ascend(mpf(0), min(1 / r, mpf(1)), lambda q: r * score(a, n, r * q) + score(b, m, q))
        return average - ln_likelihood(a, n, r * q) - ln_likelihood(b, m, q) >= -mpmath.log(alpha)

    value = mpf(a) / n - mpf(b) / m
    difference = [float(bisect(value, mpf(-1), refuted_difference, 70)), float(bisect(value, mpf(1), refuted_difference, 70))]
    ratio = None
    if a and b:
        value = mpf(a) * m / (mpf(b) * n)
        ratio = [float(bisect(value, value / 2**30, refuted_ratio, 100)), float(bisect(value, value * 2**30, refuted_ratio, 100))]
    return {"expected": expected, "alternative": alternative, "level": level, "batches": batches, "ln_e": float(now),
            "p_value": float(mpmath.exp(-peak)), "difference": difference, "ratio": ratio}


def mean_case(lower, upper, claim, alternative, level, observations):
    """Waudby-Smith and Ramdas 2024, theorem 2 with c = 1/2."""
    low, high, alpha = mpf(lower), mpf(upper), 1 - mpf(level)
    xs = [(mpf(x) - low) / (high - low) for x in observations]
    target = (mpf(claim) - low) / (high - low)
    bets = won = cost = squares = total = peak = mpf(0)
    for t, x in enumerate(xs, start=1):
        mean, variance = (mpf(1) / 2 + total) / t, (mpf(1) / 4 + squares) / t
        bet = min(mpmath.sqrt(2 * mpmath.log(2 / alpha) / (variance * t * mpmath.log(1 + t))), mpf(1) / 2)
        bets, won = bets + bet, won + bet * x
        cost += 4 * (x - mean) ** 2 * (-mpmath.log(1 - bet) - bet) / 4
        total += x
        squares += (x - (mpf(1) / 2 + total) / (t + 1)) ** 2
        drift = won - target * bets
        now = {"two-sided": mpmath.log((mpmath.exp(drift) + mpmath.exp(-drift)) / 2), "greater": drift, "less": -drift}[alternative] - cost
        peak = max(peak, now)
    reach = (mpmath.log(2 / alpha) + cost) / bets
    ends = [max(won / bets - reach, mpf(0)), min(won / bets + reach, mpf(1))]
    return {"lower": lower, "upper": upper, "claim": claim, "alternative": alternative, "level": level,
            "observations": observations, "ln_e": float(now), "p_value": float(mpmath.exp(-peak)),
            "interval": [float(low + end * (high - low)) for end in ends]}


def normal_case(deviation, claim, planned, alternative, level, observations):
    alpha = 1 - mpf(level)
    y = mpmath.findroot(lambda y: y - mpmath.log(1 + y) + 2 * mpmath.log(alpha), 10)
    r = planned / y
    peak, s = mpf(0), mpf(0)
    for n, x in enumerate(observations, start=1):
        s += (mpf(x) - mpf(claim)) / mpf(deviation)
        now = mpmath.log(r / (n + r)) / 2 + s**2 / (2 * (n + r))
        if alternative != "two-sided":
            z = s / mpmath.sqrt(n + r) * (1 if alternative == "greater" else -1)
            now += mpmath.log(2 * mpmath.ncdf(z))
        peak = max(peak, now)
    reach = mpf(deviation) * mpmath.sqrt((n + r) / mpf(n) ** 2 * mpmath.log((n + r) / (r * alpha**2)))
    mean = mpmath.fsum(mpf(x) for x in observations) / n
    return {"deviation": deviation, "claim": claim, "planned": planned, "alternative": alternative, "level": level,
            "observations": observations, "ln_e": float(now), "p_value": float(mpmath.exp(-peak)),
            "interval": [float(mean - reach), float(mean + reach)]}


def cases():
    mp.dps = 40
    rng = random.Random(20261124)
    sides = ("two-sided", "greater", "less")
    draws = lambda p, n: sum(rng.random() < p for _ in range(n))
    proportion = []
    for claim, truth in ((0.5, 0.5), (0.5, 0.7), (0.01, 0.02), (0.001, 0.05), (0.95, 0.8), (1e-6, 1e-3)):
        for side in sides:
            for level in (0.8, 0.95, 0.999):
                batches = [[draws(truth, n), n] for n in (1, 1, 5, 20, 100, 1_000)]
                proportion.append(proportion_case(claim, side, level, batches))
    for batches in ([[0, 1]], [[1, 1]], [[0, 500]], [[500, 500]], [[10**8, 10**11]], [[1, 1], [0, 10**6]]):
        proportion.append(proportion_case(0.001, "two-sided", 0.95, batches))
    comparison = []
    for expected, p, q in ((0.1, 0.1, 0.1), (0.1, 0.3, 0.1), (0.01, 0.01, 0.03), (0.5, 0.9, 0.2)):
        for side in sides:
            batches = [[[draws(p, n), n], [draws(q, m), m]] for n, m in ((1, 2), (10, 30), (100, 100), (200, 2_000))]
            comparison.append(comparison_case(expected, side, 0.95, batches))
    for batch in ([[0, 20], [5, 30]], [[20, 20], [3, 9]], [[4_500, 10**6], [40_000, 10**7]]):
        comparison.append(comparison_case(0.01, "two-sided", 0.9, [batch]))
    mean = []
    for side in sides:
        for low, high, claim in ((0.0, 1.0, 0.5), (-10.0, 30.0, 7.0), (0.0, 1.0, 0.02)):
            for n in (1, 2, 30, 400):
                observations = [low + (high - low) * round(rng.random() ** 2, 6) for _ in range(n)]
                mean.append(mean_case(low, high, claim, side, 0.95, observations))
        mean.append(mean_case(0.0, 1.0, 0.25, side, 0.99, [0.0, 1.0] * 40))
        mean.append(mean_case(0.0, 1.0, 0.25, side, 0.8, [0.25] * 50))
    normal = []
    for side in sides:
        for n, shift in ((1, 0.0), (2, 3.0), (40, 0.3), (200, -0.5)):
            for level in (0.8, 0.95, 0.999):
                observations = [round(rng.gauss(100 + 4 * shift, 4), 6) for _ in range(n)]
                normal.append(normal_case(4.0, 100.0, 50, side, level, observations))
    return {"sequential_proportion": proportion, "sequential_comparison": comparison, "sequential_mean": mean,
            "sequential_normal_mean": normal}
