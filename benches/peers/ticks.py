"""The work that ours and the peers are both given: the counts of `benches/src/lib.rs`, number for number."""

import timing
from timing import mix, smoke

MONTH_OF_MINUTES = 43_200
WINDOWS = [5, 30, 60, 120, 360, 1_440, 4_320, 43_200]


def counts(service, ticks=MONTH_OF_MINUTES):
    """Lists of bad and of all events, a minute each."""
    bad, total = [], []
    for tick in range(ticks):
        noise = mix(service * 1_000_003 + tick)
        trouble = mix(service + tick // 60) % 50 == 0
        bad.append(60 if trouble else (noise >> 32) % 4)
        total.append(900 + noise % 200)
    return bad, total


def report(peer, version, services, work, check):
    """What a tick of a service costs; see `timing.report`."""
    timing.report(peer, version, f"windows/{services}", work, check, per=services * MONTH_OF_MINUTES)
