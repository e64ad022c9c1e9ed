"""The bootstrap: intervals by scipy from its own replicates, draws by ChaCha8 written from its definition, block lengths
by Politis and White's formulas."""

import math
import struct

import numpy as np
from scipy import stats


# Draws.

MASK = 0xFFFFFFFF


def seed_bytes(state):
    """What rand_core 0.10 expands 64 bits to: eight outputs of PCG32 (XSH-RR, 64/32)."""
    words = []
    for _ in range(8):
        state = (state * 6364136223846793005 + 11634580027462260723) & (2**64 - 1)
        xorshifted = (((state >> 18) ^ state) >> 27) & MASK
        turn = state >> 59
        words.append(((xorshifted >> turn) | (xorshifted << (32 - turn))) & MASK if turn else xorshifted)
    return words


def chacha8(key):
    """The words of ChaCha with 8 rounds (Bernstein 2008), a 64-bit counter from 0 and a nonce of 0."""

    def quarter(x, a, b, c, d):
        for left, right, turned, by in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
            x[left] = (x[left] + x[right]) & MASK
            word = x[turned] ^ x[left]
            x[turned] = ((word << by) | (word >> (32 - by))) & MASK

    counter = 0
    while True:
        start = list(struct.unpack("<4I", b"expand 32-byte k")) + key + [counter & MASK, counter >> 32, 0, 0]
        x = list(start)
        for _ in range(4):
            for a, b, c, d in ((0, 4, 8, 12), (1, 5, 9, 13), (2, 6, 10, 14), (3, 7, 11, 15)):
                quarter(x, a, b, c, d)
            for a, b, c, d in ((0, 5, 10, 15), (1, 6, 11, 12), (2, 7, 8, 13), (3, 4, 9, 14)):
                quarter(x, a, b, c, d)
        for word, before in zip(x, start):
            yield (word + before) & MASK
        counter += 1


def below(words, bound):
    """Lemire 2019 with 32 bits."""
    while True:
        product = next(words) * bound
        if (product & MASK) >= 2**32 % bound:
            return product >> 32


def tally(words, n):
    """The indices of a resample: 16 bits each up to 2^16, the lower half of a word first, else 32."""
    if n > 2**16:
        return [below(words, n) for _ in range(n)]
    drawn = []
    while len(drawn) < n:
        word = next(words)
        for half in (word & 0xFFFF, word >> 16):
            product = half * n
            if (product & 0xFFFF) >= 2**16 % n and len(drawn) < n:
                drawn.append(product >> 16)
    return drawn


def draws():
    found = []
    for seed, n in ((0, 8), (1, 10), (20, 37), (2**64 - 1, 697)):
        words = chacha8(seed_bytes(seed))
        found.append({"seed": seed, "n": n, "resamples": [sorted(tally(words, n)) for _ in range(3)]})
    words = chacha8(seed_bytes(7))
    n = 2**16 + 1
    found.append({"seed": 7, "n": n, "sums": [sum(tally(words, n)) for _ in range(2)]})
    return found


def block_draws():
    found = []
    for seed, n, length in ((3, 10, 1), (3, 10, 3), (4, 31, 7)):
        words = chacha8(seed_bytes(seed))
        resamples = []
        for _ in range(3):
            moments = []
            while len(moments) < n:
                start = below(words, n)
                moments += [(start + step) % n for step in range(length)]
            resamples.append(moments[:n])
        found.append({"seed": seed, "n": n, "block": length, "resamples": resamples})
    return found


# Ends.

def ends(rng):
    """scipy's replicates and jackknife, and the ends that it reads off them."""
    samples = [
        ("normal", rng.normal(10, 3, 25)),
        ("lognormal", rng.lognormal(3, 1, 40).round(2)),
        ("ties", rng.poisson(2, 30).astype(float)),
        ("two", np.array([1.0, 4.0])),
        ("huge", rng.lognormal(0, 2, 15) * 1e290),
        ("tiny", rng.lognormal(0, 1, 15) * 1e-290),
        ("offset", 1e9 + rng.normal(0, 1, 20)),
    ]
    statistics = [
        ("mean", np.mean),
        ("median", np.median),
        ("p90", lambda x, axis: np.quantile(x, 0.9, axis=axis)),
    ]
    found = []
    for kind, x in samples:
        for name, statistic in statistics:
            for level in (0.8, 0.95):
                found.append(one(rng, f"{name} of {kind}", (x,), statistic, level))
    x, y = rng.lognormal(1, 1, 12), rng.lognormal(1.5, 0.5, 17)

    def shift(x, y, axis):
        return np.median(x, axis=axis) - np.median(y, axis=axis)

    def ratio(x, y, axis):
        return np.mean(x, axis=axis) / np.mean(y, axis=axis)

    for name, statistic in (("shift of medians", shift), ("ratio of means", ratio)):
        found.append(one(rng, name, (x, y), statistic, 0.9))
    return found


def one(rng, name, samples, statistic, level):
    drawn = stats.bootstrap(samples, statistic, n_resamples=99, confidence_level=level, method="percentile", rng=rng)
    replicates = drawn.bootstrap_distribution
    again = stats.bootstrap(samples, statistic, n_resamples=0, confidence_level=level, method="BCa",
                            bootstrap_result=drawn, rng=rng)
    jackknives = []
    for which, sample in enumerate(samples):
        left = [samples[:which] + (np.delete(sample, index),) + samples[which + 1:] for index in range(len(sample))]
        jackknives.append([float(statistic(*rest, axis=-1)) for rest in left])
    return {
        "name": name, "level": level, "estimate": float(statistic(*samples, axis=-1)), "replicates": replicates,
        "jackknives": jackknives, "percentile": list(drawn.confidence_interval), "bca": list(again.confidence_interval),
        "standard_error": drawn.standard_error,
    }


def jackknives(rng):
    """Statistics, and with each observation left out, by numpy and scipy."""
    found = []
    for x in (rng.normal(0, 1, 12), rng.poisson(3, 21).astype(float), np.array([1.0, 2, 4, 4, 8, 16, 32, 64]),
              np.append(rng.normal(5, 1, 20), 1e7)):
        x = np.sort(x)
        for name, statistic in (("mean", np.mean), ("median", np.median), ("p75", lambda x: np.quantile(x, 0.75)),
                                ("trimmed-10", lambda x: stats.trim_mean(x, 0.1)),
                                ("trimmed-30", lambda x: stats.trim_mean(x, 0.3)),
                                ("standard-deviation", lambda x: np.std(x, ddof=1))):
            if len(x) < 20 and name == "standard-deviation":
                continue
            left = [float(statistic(np.delete(x, index))) for index in range(len(x))]
            found.append({"statistic": name, "x": x, "value": float(statistic(x)), "without": left})
    return found


# Block lengths.

def block_length(x):
    """Politis and White 2004 with the correction of 2009, circular; from the papers."""
    n = len(x)
    centred = np.asarray(x, dtype=float) - np.mean(x)

    def r(lag):
        return float(np.dot(centred[: n - lag], centred[lag:])) / n

    k = max(5, math.ceil(math.sqrt(math.log10(n))))
    most = math.ceil(math.sqrt(n)) + k
    bound = 2 * math.sqrt(math.log10(n) / n)
    m = next((m for m in range(1, most + 1)
              if all(abs(r(lag) / r(0)) < bound for lag in range(m + 1, min(m + k, n - 1) + 1))), most)
    window = min(2 * m, most)

    def flat_top(t):
        return 1.0 if abs(t) <= 0.5 else 2 * (1 - abs(t))

    lags = range(-window, window + 1)
    g = sum(flat_top(lag / window) * abs(lag) * r(abs(lag)) for lag in lags)
    spectrum = sum(flat_top(lag / window) * r(abs(lag)) for lag in lags)
    length = (2 * g**2 / (4 / 3 * spectrum**2)) ** (1 / 3) * n ** (1 / 3)
    return max(1, math.floor(min(length, math.ceil(min(3 * math.sqrt(n), n / 3))) + 0.5))


def blocks(rng):
    found = []
    for n in (9, 12, 26, 52, 104, 365):
        for memory in (-0.5, 0.0, 0.4, 0.8, 0.95):
            x = [0.0]
            for shock in rng.normal(0, 1, n + 50):
                x.append(memory * x[-1] + shock)
            x = np.round(x[-n:], 3)
            found.append({"x": x, "memory": memory, "length": block_length(x)})
    found.append({"x": list(range(30)), "memory": None, "length": block_length(list(range(30)))})
    found.append({"x": [1, 0] * 10, "memory": None, "length": block_length([1, 0] * 10)})
    return found


def cases():
    rng = np.random.default_rng(20261124)
    return {"bootstrap_draws": draws(), "bootstrap_block_draws": block_draws(), "bootstrap_ends": ends(rng),
            "bootstrap_jackknife": jackknives(rng), "bootstrap_blocks": blocks(rng)}
