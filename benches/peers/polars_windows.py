"""polars: rolling sums on all its threads, a month in one batch."""

import polars as pl

from ticks import WINDOWS, counts, report


def expressions():
    for length in WINDOWS:
        bad = pl.col("bad").rolling_sum(length, min_samples=1)
        total = pl.col("total").rolling_sum(length, min_samples=1)
        yield bad.alias(f"bad_{length}")
        yield total.alias(f"total_{length}")
        yield (bad / total).alias(f"ratio_{length}")


def work(services):
    for frame in services:
        result = frame.select(asked)
    return result


asked = list(expressions())
for number in (1, 100):
    bad, total = counts(0)
    services = [pl.DataFrame({"bad": bad, "total": total}) for _ in range(number)]
    check = lambda result: [result[f"bad_{length}"][-1] for length in WINDOWS]
    report("polars", pl.__version__, number, lambda: work(services), check)
