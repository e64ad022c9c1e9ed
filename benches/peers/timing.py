"""Splitmix numbers, as `benches/src/lib.rs` makes them, and how long a peer takes."""

import json
import sys
import time

MASK = (1 << 64) - 1


def mix(seed):
    """splitmix64."""
    z = (seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def smoke():
    """Whether only to show that it runs."""
    return "--test" in sys.argv


def report(peer, version, work, function, check=None, per=1):
    """Runs `function` until it has taken a second, five times at least, and prints the median as a JSON line."""
    runs, began = [], time.perf_counter()
    while len(runs) < (1 if smoke() else 5) or (not smoke() and time.perf_counter() - began < 1):
        start = time.perf_counter()
        result = function()
        runs.append(time.perf_counter() - start)
    runs.sort()
    line = {"peer": peer, "version": version, "work": work, "ns": runs[len(runs) // 2] / per * 1e9}
    if check is not None:
        line["check"] = [float(number) for number in check(result)]
    print(json.dumps(line), flush=True)
