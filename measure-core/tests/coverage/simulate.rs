//! Draws for simulations, and what they may be off by.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

pub(crate) fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// Uniform in `(0, 1)`.
pub(crate) fn unit(rng: &mut ChaCha8Rng) -> f64 {
    ((rng.next_u64() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
}

/// Standard normal, by Box and Muller.
pub(crate) fn normal(rng: &mut ChaCha8Rng) -> f64 {
    (-2.0 * unit(rng).ln()).sqrt() * (std::f64::consts::TAU * unit(rng)).cos()
}

/// Poisson with a mean below some 500, by counting exponential gaps.
pub(crate) fn poisson(rng: &mut ChaCha8Rng, mean: f64) -> u64 {
    let (mut count, mut passed) = (0, -unit(rng).ln());
    while passed < mean {
        count += 1;
        passed -= unit(rng).ln();
    }
    count
}

/// The share of `runs` simulations in which `holds`.
pub(crate) fn share(runs: u32, mut holds: impl FnMut(u32) -> bool) -> f64 {
    f64::from((0..runs).filter(|run| holds(*run)).count() as u32) / f64::from(runs)
}

/// Four standard deviations of a share of `runs` whose expectation is `expected`.
pub(crate) fn error(expected: f64, runs: u32) -> f64 {
    4.0 * (expected * (1.0 - expected) / f64::from(runs)).sqrt()
}
