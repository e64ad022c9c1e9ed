//! Moments of a stream: one pass, and shards merge.

use super::location::power_of_two_near;
use crate::error::Error;
use crate::proportion::count;
use crate::sample::{LARGEST, Sample};

/// How many there were, their mean, and their spread, skewness and kurtosis, of a stream that is not kept.
///
/// Updated and merged by Pébay's formulas (2008; Welford 1962 and Chan, Golub and LeVeque 1979 for the first two): sums
/// of powers of deviations, not of values, so that a large offset costs no digits. They are kept in units of a power of
/// two near the largest magnitude met, so that none overflows.
///
/// A monoid: [`Moments::ZERO`] is the identity of [`Moments::merge`], which is associative and commutative, and merging
/// shards gives the moments of all, to within rounding.
///
/// ```
/// use measure_core::descriptive::Moments;
/// let (mut monday, mut tuesday) = (Moments::ZERO, Moments::ZERO);
/// for minutes in [12.0, 30.0, 41.0] {
///     monday.push(minutes)?;
/// }
/// tuesday.push(17.0)?;
/// let both = monday.merge(tuesday)?;
/// assert_eq!((both.n(), both.mean()), (4, Some(25.0)));
/// assert_eq!(format!("{:.2}", both.standard_deviation().unwrap()), "13.09");
/// assert_eq!(Moments::ZERO.mean(), None);
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawMoments", into = "RawMoments")
)]
pub struct Moments {
    // INVARIANT: `unit` is a power of two and no value is beyond two of it; without values all else is 0 and the unit
    // 1; `second` and `fourth` are not negative; all are finite.
    n: u64,
    unit: f64,
    mean: f64,
    second: f64,
    third: f64,
    fourth: f64,
}

impl Default for Moments {
    fn default() -> Self {
        Self::ZERO
    }
}

impl Moments {
    /// No observations.
    pub const ZERO: Self = Self { n: 0, unit: 1.0, mean: 0.0, second: 0.0, third: 0.0, fourth: 0.0 };

    /// Of all observations of a sample.
    #[must_use]
    pub fn of(sample: &Sample) -> Self {
        sample.values().iter().fold(Self::ZERO, |moments, value| moments.plus(Self::single(*value)))
    }

    /// Takes in an observation.
    ///
    /// # Errors
    /// [`Error::ObservationOutOfRange`] when it is not finite or beyond [`LARGEST`], its index being how many came
    /// before; [`Error::CountOverflow`] at 2^64. Nothing changes then.
    pub fn push(&mut self, value: f64) -> Result<(), Error> {
        if value.abs() <= LARGEST {
            *self = self.merge(Self::single(value + 0.0))?;
            Ok(())
        } else {
            let index = usize::try_from(self.n).unwrap_or(usize::MAX);
            Err(Error::ObservationOutOfRange { index, given: value, others: 0 })
        }
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] when the number of observations does not fit 64 bits.
    pub fn merge(self, other: Self) -> Result<Self, Error> {
        match self.n.checked_add(other.n) {
            Some(_) => Ok(self.plus(other)),
            None => Err(Error::CountOverflow { left: self.n, right: other.n }),
        }
    }

    /// How many observations.
    #[must_use]
    pub const fn n(self) -> u64 {
        self.n
    }

    /// Their mean; `None` without observations.
    #[must_use]
    pub fn mean(self) -> Option<f64> {
        (self.n > 0).then(|| (self.mean * self.unit).clamp(-LARGEST, LARGEST))
    }

    /// The variance with n - 1; `None` for fewer than two observations, and where it is beyond the largest float
    /// (observations beyond some 1e154; [`Moments::standard_deviation`] has an answer there).
    #[must_use]
    pub fn variance(self) -> Option<f64> {
        let variance = self.second / (count(self.n) - 1.0) * self.unit * self.unit;
        (self.n >= 2 && variance.is_finite()).then_some(variance)
    }

    /// The standard deviation with n - 1; `None` for fewer than two observations.
    #[must_use]
    pub fn standard_deviation(self) -> Option<f64> {
        (self.n >= 2).then(|| (self.second / (count(self.n) - 1.0)).sqrt() * self.unit)
    }

    /// The skewness `g1 = m3 / m2^1.5` with the moments about the mean over n, as `scipy.stats.skew`: 0 for what is
    /// symmetric, 2 for an exponential distribution. `None` where all are equal.
    #[must_use]
    pub fn skewness(self) -> Option<f64> {
        let skewness = count(self.n).sqrt() * self.third / (self.second * self.second.sqrt());
        (self.second > 0.0 && skewness.is_finite()).then_some(skewness)
    }

    /// The excess kurtosis `g2 = m4 / m2^2 - 3` with the moments about the mean over n, as `scipy.stats.kurtosis`: 0
    /// for a normal distribution, 6 for an exponential one, at least -2. `None` where all are equal.
    #[must_use]
    pub fn excess_kurtosis(self) -> Option<f64> {
        let kurtosis = count(self.n) * self.fourth / (self.second * self.second) - 3.0;
        (self.second > 0.0 && kurtosis.is_finite()).then_some(kurtosis)
    }

    /// Of one observation within [`LARGEST`].
    fn single(value: f64) -> Self {
        let unit = power_of_two_near(value.abs());
        Self { n: 1, unit, mean: value / unit, ..Self::ZERO }
    }

    /// Pébay 2008, equations 2.1 and 3.1. The counts must fit.
    fn plus(self, other: Self) -> Self {
        if self.n == 0 || other.n == 0 {
            return if self.n == 0 { other } else { self };
        }
        let unit = self.unit.max(other.unit);
        let (left, right) = (self.in_units_of(unit), other.in_units_of(unit));
        let (a, b, n) = (count(left.n), count(right.n), count(left.n) + count(right.n));
        // Shares of the whole, so that products of counts stay in range.
        let (here, there) = (a / n, b / n);
        let apart = right.mean - left.mean;
        let square = apart * apart;
        let second = left.second + right.second + square * a * there;
        let third = left.third
            + right.third
            + apart * square * a * there * (here - there)
            + 3.0 * apart * (here * right.second - there * left.second);
        let fourth = left.fourth
            + right.fourth
            + square * square * a * there * (here * here - here * there + there * there)
            + 6.0 * square * (here * here * right.second + there * there * left.second)
            + 4.0 * apart * (here * right.third - there * left.third);
        // The mean of the larger moves by a share of the gap; for two alike their middle, whichever is first.
        let mean = if a >= b { left.mean + apart * there } else { right.mean - apart * here };
        Self { n: left.n.saturating_add(right.n), unit, mean, second, third, fourth: fourth.max(0.0) }
    }

    /// The same in a unit that is no smaller: exact but for what becomes too small to matter.
    fn in_units_of(self, unit: f64) -> Self {
        let share = self.unit / unit;
        let square = share * share;
        Self {
            n: self.n,
            unit,
            mean: self.mean * share,
            second: self.second * square,
            third: self.third * square * share,
            fourth: self.fourth * square * square,
        }
    }

    #[cfg(feature = "serde")]
    fn checked(self) -> Result<Self, Error> {
        let refuse = |what, given| Err(Error::MomentOutOfRange { what, given });
        let sums = [("second", self.second), ("third", self.third), ("fourth", self.fourth)];
        if let Some((what, given)) = sums.iter().find(|(_, sum)| !sum.is_finite()) {
            return refuse(what, *given);
        }
        if self.n == 0 {
            return if self == Self::ZERO { Ok(self) } else { refuse("moments without observations", self.second) };
        }
        if !(self.unit.is_normal()
            && self.unit > 0.0
            && self.unit <= LARGEST
            && power_of_two_near(self.unit) == self.unit)
        {
            return refuse("unit", self.unit);
        }
        if !(self.mean.abs() <= 2.0 && (self.mean * self.unit).abs() <= LARGEST * (1.0 + 1e-9)) {
            return refuse("mean", self.mean);
        }
        if self.n == 1 && sums.iter().any(|(_, sum)| *sum != 0.0) {
            return refuse("second of a single observation", self.second);
        }
        // No value is beyond 2 units, and so no deviation beyond 4.
        let n = count(self.n);
        if !(0.0..=16.0 * n).contains(&self.second) {
            return refuse("second", self.second);
        }
        if self.third.abs() > 64.0 * n {
            return refuse("third", self.third);
        }
        // The mean of squares of squares is no less than the square of their mean; up to rounding.
        let least = self.second * self.second / n * (1.0 - 1e-6);
        if !(least..=256.0 * n).contains(&self.fourth) { refuse("fourth", self.fourth) } else { Ok(self) }
    }
}

/// The shape in a file: the sums of powers of deviations from the mean, in units of `unit`.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMoments {
    n: u64,
    unit: f64,
    mean: f64,
    second: f64,
    third: f64,
    fourth: f64,
}

#[cfg(feature = "serde")]
impl TryFrom<RawMoments> for Moments {
    type Error = Error;

    fn try_from(raw: RawMoments) -> Result<Self, Error> {
        let RawMoments { n, unit, mean, second, third, fourth } = raw;
        Self { n, unit, mean, second, third, fourth }.checked()
    }
}

#[cfg(feature = "serde")]
impl From<Moments> for RawMoments {
    fn from(moments: Moments) -> Self {
        let Moments { n, unit, mean, second, third, fourth } = moments;
        Self { n, unit, mean, second, third, fourth }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::arithmetic_side_effects, clippy::cast_precision_loss, reason = "a test fails by panicking")]
    use super::*;

    fn moments(values: &[f64]) -> Moments {
        values.iter().fold(Moments::ZERO, |mut moments, value| {
            moments.push(*value).unwrap();
            moments
        })
    }

    #[test]
    fn few_observations_have_what_they_can_have() {
        let none = Moments::ZERO;
        assert_eq!((none.mean(), none.variance(), none.skewness(), none.excess_kurtosis()), (None, None, None, None));
        let one = moments(&[7.5]);
        assert_eq!((one.n(), one.mean(), one.standard_deviation(), one.skewness()), (1, Some(7.5), None, None));
        let two = moments(&[1.0, 3.0]);
        assert_eq!((two.mean(), two.variance(), two.skewness()), (Some(2.0), Some(2.0), Some(0.0)));
        assert_eq!(two.excess_kurtosis(), Some(-2.0));
        let flat = moments(&[0.1; 9]);
        assert_eq!((flat.mean(), flat.variance(), flat.skewness()), (Some(0.1), Some(0.0), None));
    }

    #[test]
    fn a_large_offset_costs_no_digits() {
        let small = [4.0, 7.0, 13.0, 16.0];
        let offset: Vec<f64> = small.iter().map(|value| value + 1e9).collect();
        assert_eq!((moments(&offset).mean(), moments(&offset).variance()), (Some(1e9 + 10.0), Some(30.0)));
    }

    #[test]
    fn neither_the_largest_nor_the_smallest_leave_the_floats() {
        let huge = moments(&[1e300, -1e300, 0.0]);
        assert_eq!((huge.mean(), huge.standard_deviation(), huge.variance()), (Some(0.0), Some(1e300), None));
        assert!(huge.excess_kurtosis().unwrap().is_finite());
        let tiny = moments(&[1e-310, 3e-310, 2e-310]);
        assert!((tiny.standard_deviation().unwrap() / 1e-310 - 1.0).abs() < 1e-12);
        assert_eq!(tiny.skewness().map(|skewness| skewness.abs() < 1e-9), Some(true));
        // What is beside 1e300 is nothing, in either order.
        for values in [[5e-324, 1e300], [1e300, 5e-324]] {
            assert_eq!(moments(&values).mean(), Some(5e299));
        }
    }

    #[test]
    fn what_is_out_of_range_is_refused_and_changes_nothing() {
        let mut stream = moments(&[1.0, 2.0]);
        for given in [f64::NAN, f64::INFINITY, -1.1e300] {
            assert!(matches!(stream.push(given), Err(Error::ObservationOutOfRange { index: 2, others: 0, .. })));
        }
        assert_eq!(stream, moments(&[1.0, 2.0]));
        let full = Moments { n: u64::MAX, ..moments(&[1.0]) };
        assert_eq!(full.merge(stream), Err(Error::CountOverflow { left: u64::MAX, right: 2 }));
    }

    #[test]
    fn a_million_observations_keep_their_digits() {
        let values: Vec<f64> = (0..1_000_000).map(|at| 1e6 + f64::from(at % 1000)).collect();
        let stream = moments(&values);
        assert!((stream.mean().unwrap() / 1_000_499.5 - 1.0).abs() < 1e-13);
        let variance = (1e6 - 1.0) / 12.0 * 1e6 / (1e6 - 1.0);
        assert!((stream.variance().unwrap() / variance - 1.0).abs() < 1e-12, "{:?}", stream.variance());
        // Of n equally likely steps: -6/5 (n^2 + 1) / (n^2 - 1).
        assert!((stream.excess_kurtosis().unwrap() + 1.2 * (1e6 + 1.0) / (1e6 - 1.0)).abs() < 1e-10);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_what_no_observations_have() {
        let text = |n: u64, unit: &str, mean: f64, sums: [&str; 3]| {
            let [second, third, fourth] = sums;
            format!(r#"{{"n":{n},"unit":{unit},"mean":{mean},"second":{second},"third":{third},"fourth":{fourth}}}"#)
        };
        let read = |text: String| serde_json::from_str::<Moments>(&text);
        assert!(read(text(2, "1.0", 1.0, ["2.0", "0.0", "2.0"])).is_ok());
        for refused in [
            text(0, "1.0", 1.0, ["0.0", "0.0", "0.0"]),
            text(1, "1.0", 1.0, ["0.5", "0.0", "0.0"]),
            text(2, "1.5", 1.0, ["2.0", "0.0", "2.0"]),
            text(2, "0.0", 1.0, ["2.0", "0.0", "2.0"]),
            text(2, "1.0", 2.5, ["2.0", "0.0", "2.0"]),
            text(2, "1.0", 1.0, ["-2.0", "0.0", "2.0"]),
            text(2, "1.0", 1.0, ["2.0", "0.0", "1.0"]),
            text(2, "1.0", 1.0, ["2.0", "1e9", "2.0"]),
            text(2, "1.0", 1.0, ["1e308", "0.0", "2.0"]),
        ] {
            assert!(read(refused.clone()).is_err(), "{refused}");
        }
    }
}
