"""numpy: prefix sums in 64-bit integers, a month in one batch."""

import numpy as np

from ticks import WINDOWS, counts, report


def prefix(series):
    return np.cumsum(series, dtype=np.int64)


def window(sums, length):
    out = sums.copy()
    out[length:] -= sums[:-length]
    return out


def work(services):
    for bad, total in services:
        results = []
        bad, total = prefix(bad), prefix(total)
        for length in WINDOWS:
            b, t = window(bad, length), window(total, length)
            results.append((b, t, b / t))
    return results


for number in (1, 100):
    first = [np.array(series, dtype=np.int64) for series in counts(0)]
    # What the others count does not change what it costs.
    services = [first] * number
    report("numpy", np.__version__, number, lambda: work(services), lambda r: [int(b[-1]) for b, _, _ in r])
