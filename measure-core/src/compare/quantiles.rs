//! Differences of quantiles: "the slowest tenth got slower by so much".

use crate::bootstrap::{Bootstrap, Statistic};
use crate::estimate::{Estimate, NotEnough};
use crate::probability::{Level, Probability};
use crate::sample::Sample;

/// The quantile of `x` less that of `y` at the same `at` (type 7, see [`quantile`](crate::descriptive::quantile)), with
/// a bootstrap interval in which each sample is resampled on its own.
///
/// The resamples are counted, not written out: `O(n + m)` each. A quantile far out needs observations beyond it, since no
/// resample goes beyond the largest one.
///
/// ```
/// use measure_core::bootstrap::Bootstrap;
/// use measure_core::{Level, Probability, Sample, Seed, compare};
/// let before = Sample::new((0..200).map(f64::from).collect())?;
/// let after = Sample::new((0..200).map(|i| f64::from(i) * 1.5).collect())?;
/// let bootstrap = Bootstrap::new(999, Seed::new(1))?;
/// let p90 = compare::quantile_difference(&after, &before, Probability::new(0.9)?, Level::P95, bootstrap)?;
/// assert!((p90.value() - 89.55).abs() < 1e-9 && p90.interval().lower() > 60.0);
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// As for [`Bootstrap::difference`]: 29 in each sample are needed for the 90th percentile at 95 %, 8 for the median; and
/// as many resamples as the level needs.
pub fn quantile_difference(
    x: &Sample,
    y: &Sample,
    at: Probability,
    level: Level,
    bootstrap: Bootstrap,
) -> Result<Estimate, NotEnough> {
    bootstrap.difference(x, y, Statistic::Quantile(at), level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Seed;
    use crate::descriptive::quantile;

    #[test]
    fn it_is_the_difference_of_the_quantiles_with_their_interval_around_it() {
        let x = Sample::new((0..60).map(|i| f64::from(i * i)).collect()).unwrap();
        let y = Sample::new((0..45).map(|i| f64::from(3 * i)).collect()).unwrap();
        let bootstrap = Bootstrap::new(999, Seed::new(2)).unwrap();
        for at in [0.1, 0.25, 0.5, 0.9] {
            let at = Probability::new(at).unwrap();
            let difference = quantile_difference(&x, &y, at, Level::P90, bootstrap).unwrap();
            assert_eq!(difference.value(), quantile(&x, at).unwrap() - quantile(&y, at).unwrap());
            assert!(difference.interval().contains(difference.value()), "{at} {difference}");
            assert_eq!(difference.n(), 105);
            assert_eq!(quantile_difference(&x, &y, at, Level::P90, bootstrap), Ok(difference), "repeatable");
        }
    }
}
