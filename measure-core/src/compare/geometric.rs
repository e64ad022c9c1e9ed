//! Ratios of geometric means: "how many times as long", for what is positive and has a long tail.

use super::means::{Welch, sum};
use crate::estimate::{Estimate, IntervalMethod, NotEnough};
use crate::interval::Interval;
use crate::probability::Level;
use crate::sample::{PositiveSample, float};

/// The geometric mean, the exponential of the mean logarithm; `None` for an empty sample.
///
/// ```
/// use measure_core::{PositiveSample, Sample, compare};
/// let sizes = PositiveSample::new(Sample::new(vec![1.0, 100.0])?)?;
/// assert!((compare::geometric_mean(&sizes).unwrap() - 10.0).abs() < 1e-12);
/// # Ok::<(), measure_core::Error>(())
/// ```
#[must_use]
pub fn geometric_mean(x: &PositiveSample) -> Option<f64> {
    let logs = logarithms(x);
    (!logs.is_empty()).then(|| exponential(sum(logs.iter().copied()) / float(logs.len())))
}

/// The geometric mean of `x` over that of `y`, with an interval: Welch's t on the logarithms.
///
/// For lognormal observations it is also the ratio of the medians. An interval that holds 1 does not show that the two
/// are the same: see [`equivalence_by_means`](super::equivalence_by_means).
///
/// ```
/// use measure_core::{Level, PositiveSample, Sample, compare};
/// let after = PositiveSample::new(Sample::new(vec![22.0, 9.0, 31.0, 18.0, 12.0])?)?;
/// let before = PositiveSample::new(Sample::new(vec![41.0, 25.0, 60.0, 33.0, 95.0])?)?;
/// let ratio = compare::geometric_mean_ratio(&after, &before, Level::P95)?;
/// assert_eq!(format!("{ratio:.2}"), "0.37 [0.18 to 0.77 (95 %)], n = 10, Welch's t");
/// # Ok::<(), measure_core::Error>(())
/// ```
///
/// # Errors
/// [`NotEnough`] unless each sample has two observations and one of them varies.
pub fn geometric_mean_ratio(x: &PositiveSample, y: &PositiveSample, level: Level) -> Result<Estimate, NotEnough> {
    let welch = log_welch(x, y)?;
    let interval = welch.interval(level);
    let ends = Interval::between(exponential(interval.lower()), exponential(interval.upper()), level);
    let n = x.sample().n().saturating_add(y.sample().n());
    Ok(Estimate::of(exponential(welch.difference()), ends, n, IntervalMethod::Welch))
}

/// The difference of the mean logarithms.
pub(super) fn log_welch(x: &PositiveSample, y: &PositiveSample) -> Result<Welch, NotEnough> {
    Welch::of(&logarithms(x), &logarithms(y))
}

/// The logarithms of its observations, ascending.
pub(super) fn logarithms(x: &PositiveSample) -> Vec<f64> {
    x.sample().values().iter().map(|value| libm::log(*value)).collect()
}

/// The exponential within the floats above 0: a ratio of 1e300 to 1e-300 has no float.
pub(super) fn exponential(log: f64) -> f64 {
    libm::exp(log).clamp(f64::MIN_POSITIVE, f64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::Sample;

    fn positive(values: &[f64]) -> PositiveSample {
        PositiveSample::new(Sample::new(values.to_vec()).unwrap()).unwrap()
    }

    #[test]
    fn twice_as_long_is_twice_as_long() {
        let (once, twice) = (positive(&[1.0, 3.0, 9.0]), positive(&[2.0, 6.0, 18.0]));
        let ratio = geometric_mean_ratio(&twice, &once, Level::P95).unwrap();
        assert!((ratio.value() - 2.0).abs() < 1e-15);
        assert!(ratio.interval().lower() < 1.0 && ratio.interval().contains(2.0));
    }

    #[test]
    fn the_extremes_stay_finite() {
        let (small, large) = (positive(&[5e-324, 1e-300]), positive(&[1e300, 9e299]));
        let ratio = geometric_mean_ratio(&large, &small, Level::P95).unwrap();
        assert!(ratio.value().is_finite() && ratio.interval().upper() <= f64::MAX && ratio.interval().lower() > 0.0);
        let ratio = geometric_mean_ratio(&small, &large, Level::P95).unwrap();
        assert!(ratio.value() > 0.0 && ratio.interval().upper().is_finite());
        assert_eq!(geometric_mean(&positive(&[])), None);
    }

    #[test]
    fn equal_observations_do_not_say_how_much_they_vary() {
        let constant = positive(&[3.0, 3.0]);
        assert_eq!(geometric_mean_ratio(&constant, &constant, Level::P95), Err(NotEnough::NoSpread { n: 4 }));
    }
}
