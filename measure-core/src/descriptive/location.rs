//! Where a sample lies and how far it spreads.

use std::ops::Range;

use super::quantile::median;
use crate::error::Error;
use crate::sample::{Sample, float};

/// A share of the observations that is left out on each side, in `[0, 0.5)`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "f64", into = "f64"))]
pub struct Trim(f64);

impl Trim {
    /// # Errors
    /// [`Error::TrimOutOfRange`] unless `0 <= share < 0.5`.
    pub fn new(share: f64) -> Result<Self, Error> {
        // Adding 0 turns -0 into 0.
        if (0.0..0.5).contains(&share) { Ok(Self(share + 0.0)) } else { Err(Error::TrimOutOfRange { given: share }) }
    }

    /// The share, in `[0, 0.5)`.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }

    /// The ascending ranks that stay of `n`: all but the whole part of `share n` on each side. At least one of one.
    pub(crate) fn kept(self, n: usize) -> Range<usize> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below n / 2")]
        let cut = (float(n) * self.0) as usize;
        // Rounding must not make it half.
        let cut = cut.min(n.saturating_sub(1) / 2);
        cut..n.saturating_sub(cut)
    }
}

impl TryFrom<f64> for Trim {
    type Error = Error;

    fn try_from(share: f64) -> Result<Self, Error> {
        Self::new(share)
    }
}

impl From<Trim> for f64 {
    fn from(trim: Trim) -> Self {
        trim.0
    }
}

/// The arithmetic mean, its sum compensated (Neumaier 1974); `None` without observations.
#[must_use]
pub fn mean(sample: &Sample) -> Option<f64> {
    let (low, high) = (sample.min()?, sample.max()?);
    Some(mean_of(sample.values().iter().copied(), float(sample.len())).clamp(low, high))
}

/// The variance with n - 1, by two passes; `None` for fewer than two observations, and where it is beyond the largest
/// float (observations beyond some 1e154; [`standard_deviation`] has an answer there).
#[must_use]
pub fn variance(sample: &Sample) -> Option<f64> {
    let (unit, squares) = squares(sample)?;
    let variance = squares / (float(sample.len()) - 1.0) * unit * unit;
    variance.is_finite().then_some(variance)
}

/// The standard deviation with n - 1, by two passes; `None` for fewer than two observations.
#[must_use]
pub fn standard_deviation(sample: &Sample) -> Option<f64> {
    let (unit, squares) = squares(sample)?;
    Some((squares / (float(sample.len()) - 1.0)).sqrt() * unit)
}

/// The mean of what is left when the whole part of `share n` is left out on each side, as `scipy.stats.trim_mean`;
/// `None` without observations.
#[must_use]
pub fn trimmed_mean(sample: &Sample, trim: Trim) -> Option<f64> {
    let kept = sample.values().get(trim.kept(sample.len()))?;
    let (low, high) = (*kept.first()?, *kept.last()?);
    Some(mean_of(kept.iter().copied(), float(kept.len())).clamp(low, high))
}

/// The mean when what [`trimmed_mean`] leaves out is replaced by the outermost that stay (Dixon 1960; the mean of
/// `scipy.stats.mstats.winsorize`); `None` without observations.
#[must_use]
pub fn winsorised_mean(sample: &Sample, trim: Trim) -> Option<f64> {
    let kept = sample.values().get(trim.kept(sample.len()))?;
    let (low, high) = (*kept.first()?, *kept.last()?);
    Some(mean_of(sample.values().iter().map(|value| value.clamp(low, high)), float(sample.len())).clamp(low, high))
}

/// What [`median_absolute_deviation`] is multiplied with to estimate the standard deviation of a normal distribution:
/// one over the normal's upper quartile (scipy's `scale = "normal"`).
pub const NORMAL_SCALE: f64 = 1.482_602_218_505_602;

/// The median of the distances to the median (Hampel 1974), raw: times [`NORMAL_SCALE`] it estimates the standard
/// deviation of a normal distribution. `None` without observations.
///
/// O(n): the distances grow to both sides of the median.
#[must_use]
pub fn median_absolute_deviation(sample: &Sample) -> Option<f64> {
    let (values, middle) = (sample.values(), median(sample)?);
    let split = values.partition_point(|value| *value < middle);
    let (below, above) = values.split_at_checked(split)?;
    let (mut below, mut above) = (
        below.iter().rev().map(|value| middle - value).peekable(),
        above.iter().map(|value| value - middle).peekable(),
    );
    let nearest = std::iter::from_fn(move || match (below.peek(), above.peek()) {
        (Some(left), Some(right)) if left < right => below.next(),
        (_, Some(_)) => above.next(),
        _ => below.next(),
    });
    let skipped = sample.len().saturating_sub(1) / 2;
    let mut nearest = nearest.skip(skipped);
    let low = nearest.next()?;
    if sample.len().is_multiple_of(2) {
        nearest.next().map(|high| super::quantile::between(low, high, 0.5))
    } else {
        Some(low)
    }
}

/// The mean of `n` values, all within [`LARGEST`](crate::LARGEST).
fn mean_of(values: impl Iterator<Item = f64> + Clone, n: f64) -> f64 {
    let mean = compensated(values.clone()) / n;
    // Some 10^8 values of 1e300 do not add up to a float; a unit of 2^-64 leaves room, and what it underflows
    // is nothing beside them.
    let unit = 1.0 / 18_446_744_073_709_551_616.0;
    if mean.is_finite() { mean } else { compensated(values.map(|value| value * unit)) / n / unit }
}

/// Neumaier's sum: what each addition loses is added at the end.
fn compensated(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0);
    for value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() { (sum - next) + value } else { (value - next) + sum };
        sum = next;
    }
    sum + lost
}

/// A unit, a power of two, and the sum of squares about the mean in squares of that unit; `None` below two.
fn squares(sample: &Sample) -> Option<(f64, f64)> {
    let middle = mean(sample).filter(|_| sample.len() >= 2)?;
    let largest = (sample.max()? - middle).max(middle - sample.min()?);
    if largest <= 0.0 {
        return Some((1.0, 0.0));
    }
    let unit = power_of_two_near(largest);
    let deviations = || sample.values().iter().map(|value| (value - middle) / unit);
    // The second term takes out what the mean's own rounding adds (Chan, Golub and LeVeque 1983).
    let rounding = compensated(deviations());
    let squares = compensated(deviations().map(|value| value * value)) - rounding * rounding / float(sample.len());
    Some((unit, squares.max(0.0)))
}

/// The power of two at or below a positive number, a subnormal's being the least normal one.
pub(super) fn power_of_two_near(positive: f64) -> f64 {
    f64::from_bits(positive.max(f64::MIN_POSITIVE).to_bits() & 0x7ff0_0000_0000_0000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(values: &[f64]) -> Sample {
        Sample::new(values.to_vec()).unwrap()
    }

    #[test]
    fn without_observations_there_is_nothing_and_with_one_no_spread() {
        let (none, one) = (Sample::default(), sample(&[4.0]));
        assert_eq!((mean(&none), variance(&none), median_absolute_deviation(&none)), (None, None, None));
        assert_eq!(
            (mean(&one), standard_deviation(&one), median_absolute_deviation(&one)),
            (Some(4.0), None, Some(0.0))
        );
        let trim = Trim::new(0.49).unwrap();
        assert_eq!((trimmed_mean(&none, trim), trimmed_mean(&one, trim)), (None, Some(4.0)));
        assert_eq!(standard_deviation(&sample(&[2.0, 2.0, 2.0])), Some(0.0));
    }

    #[test]
    fn sums_lose_nothing() {
        assert_eq!(mean(&sample(&[1e100, 1.0, -1e100, 1.0])), Some(0.5));
        assert_eq!(mean(&sample(&[0.1; 1000])), Some(0.1));
        assert_eq!(mean(&sample(&[1e300; 7])), Some(1e300));
    }

    #[test]
    fn a_sum_beyond_the_floats_still_has_a_mean() {
        let many = std::iter::repeat_n(1e300, 3).chain(std::iter::repeat_n(-1e300, 1));
        // As if there were 10^9 of each: the sum of what is given is beyond the largest float.
        let mean = mean_of(many.map(|value| value * 1e8), 4.0);
        assert!((mean / 5e307 - 1.0).abs() < 1e-15, "{mean}");
    }

    #[test]
    fn spreads_of_the_largest_and_the_smallest_are_finite() {
        let huge = sample(&[-1e300, 0.0, 1e300]);
        assert_eq!((standard_deviation(&huge), variance(&huge)), (Some(1e300), None));
        assert_eq!(median_absolute_deviation(&huge), Some(1e300));
        let tiny = sample(&[5e-324, 0.0, 1e-323]);
        assert!(standard_deviation(&tiny).unwrap() > 0.0);
        assert_eq!(variance(&sample(&[1e15, 1e15 + 2.0])), Some(2.0));
    }

    #[test]
    fn whole_shares_are_trimmed() {
        let ten: Vec<f64> = (1..=10).map(f64::from).collect();
        let kept = |share: f64, n: usize| Trim::new(share).unwrap().kept(n);
        assert_eq!(
            (kept(0.1, 10), kept(0.19, 10), kept(0.2, 10), kept(0.499, 2), kept(0.4, 1)),
            (1..9, 1..9, 2..8, 0..2, 0..1)
        );
        let wild = sample(&[&ten[..9], &[1e9]].concat());
        let trim = Trim::new(0.1).unwrap();
        assert_eq!((trimmed_mean(&wild, trim), winsorised_mean(&wild, trim)), (Some(5.5), Some(5.5)));
        for share in [-0.1, 0.5, f64::NAN] {
            assert!(Trim::new(share).is_err(), "{share}");
        }
    }
}
