"""pandas: rolling sums, a month in one batch."""

import pandas as pd

from ticks import WINDOWS, counts, report


def work(services):
    for frame in services:
        results = []
        for length in WINDOWS:
            sums = frame.rolling(length, min_periods=1).sum()
            results.append((sums["bad"], sums["total"], sums["bad"] / sums["total"]))
    return results


for number in (1, 100):
    bad, total = counts(0)
    services = [pd.DataFrame({"bad": bad, "total": total}) for _ in range(number)]
    report("pandas", pd.__version__, number, lambda: work(services), lambda r: [int(b.iloc[-1]) for b, _, _ in r])
