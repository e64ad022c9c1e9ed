"""The observations of `benches/src/lib.rs`, number for number: skewed, positive, without ties."""

import numpy as np


def skewed(stream, n, shift=0.0):
    """u / (1 - u) + shift for uniform u: only operations that every platform rounds alike."""
    with np.errstate(over="ignore"):
        seed = np.arange(n, dtype=np.uint64) + np.uint64(stream * 1_000_000_007)
        z = seed * np.uint64(0x9E3779B97F4A7C15) + np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    u = ((z >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return u / (1.0 - u) + shift
