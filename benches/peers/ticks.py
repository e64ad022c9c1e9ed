"""The work that ours and the peers are both given: the counts of `benches/src/lib.rs`, number for number."""

import json
import sys
import time

MONTH_OF_MINUTES = 43_200
WINDOWS = [5, 30, 60, 120, 360, 1_440, 4_320, 43_200]
MASK = (1 << 64) - 1


def mix(seed):
    """splitmix64."""
    z = (seed * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def counts(service, ticks=MONTH_OF_MINUTES):
    """Lists of bad and of all events, a minute each."""
    bad, total = [], []
    for tick in range(ticks):
        noise = mix(service * 1_000_003 + tick)
        trouble = mix(service + tick // 60) % 50 == 0
        bad.append(60 if trouble else (noise >> 32) % 4)
        total.append(900 + noise % 200)
    return bad, total


def smoke():
    """Whether only to show that it runs."""
    return "--test" in sys.argv


def report(peer, version, services, work, check):
    """Runs `work` until it has taken a second, five times at least, and prints the median as a JSON line."""
    runs, began = [], time.perf_counter()
    while len(runs) < (1 if smoke() else 5) or (not smoke() and time.perf_counter() - began < 1):
        start = time.perf_counter()
        result = work()
        runs.append(time.perf_counter() - start)
    runs.sort()
    line = {
        "peer": peer,
        "version": version,
        "work": f"windows/{services}",
        "ns": runs[len(runs) // 2] / services / MONTH_OF_MINUTES * 1e9,
        "check": check(result),
    }
    print(json.dumps(line), flush=True)
