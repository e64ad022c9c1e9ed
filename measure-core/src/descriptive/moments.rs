//! Moments of a stream: one pass, and shards merge.

use super::location::power_of_two_near;
use crate::error::Error;
use crate::proportion::count;
use crate::sample::{LARGEST, Sample};
use crate::special::Twofold;

const NOTHING: Twofold = Twofold::of(0.0);

/// How many there were, their mean, and their spread, skewness and kurtosis, of a stream that is not kept.
///
/// Updated and merged by Pébay's formulas (2008; Welford 1962 and Chan, Golub and LeVeque 1979 for the first two): sums
/// of powers of deviations, not of values. The deviations are from a mean that is known to some 31 digits, since all
/// sums are kept as two floats: with a mean of one float a deviation is off by the rounding of the mean, and of 1e15 to
/// 1e15 + 9 the variance by 2 %. As it is, streams and shards agree with exact fractions to 1e-12 also there; mean,
/// standard deviation and variance relative, skewness and kurtosis absolute. They are kept in units of a power of two
/// near the largest magnitude met, so that none overflows.
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
    sum: Twofold,
    second: Twofold,
    third: Twofold,
    fourth: Twofold,
}

impl Default for Moments {
    fn default() -> Self {
        Self::ZERO
    }
}

impl Moments {
    /// No observations.
    pub const ZERO: Self = Self { n: 0, unit: 1.0, sum: NOTHING, second: NOTHING, third: NOTHING, fourth: NOTHING };

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
        (self.n > 0).then(|| (self.middle().round() * self.unit).clamp(-LARGEST, LARGEST))
    }

    /// The variance with n - 1; `None` for fewer than two observations, and where it is beyond the largest float
    /// (observations beyond some 1e154; [`Moments::standard_deviation`] has an answer there).
    #[must_use]
    pub fn variance(self) -> Option<f64> {
        let variance = self.second.round() / (count(self.n) - 1.0) * self.unit * self.unit;
        (self.n >= 2 && variance.is_finite()).then_some(variance)
    }

    /// The standard deviation with n - 1; `None` for fewer than two observations.
    #[must_use]
    pub fn standard_deviation(self) -> Option<f64> {
        (self.n >= 2).then(|| (self.second.round() / (count(self.n) - 1.0)).sqrt() * self.unit)
    }

    /// The skewness `g1 = m3 / m2^1.5` with the moments about the mean over n, as `scipy.stats.skew`: 0 for what is
    /// symmetric, 2 for an exponential distribution. `None` where all are equal.
    #[must_use]
    pub fn skewness(self) -> Option<f64> {
        let second = self.second.round();
        let skewness = count(self.n).sqrt() * self.third.round() / (second * second.sqrt());
        (second > 0.0 && skewness.is_finite()).then_some(skewness)
    }

    /// The excess kurtosis `g2 = m4 / m2^2 - 3` with the moments about the mean over n, as `scipy.stats.kurtosis`: 0
    /// for a normal distribution, 6 for an exponential one, at least -2. `None` where all are equal.
    #[must_use]
    pub fn excess_kurtosis(self) -> Option<f64> {
        let second = self.second.round();
        let kurtosis = count(self.n) * self.fourth.round() / (second * second) - 3.0;
        (second > 0.0 && kurtosis.is_finite()).then_some(kurtosis)
    }

    /// Of one observation within [`LARGEST`].
    fn single(value: f64) -> Self {
        let unit = power_of_two_near(value.abs());
        Self { n: 1, unit, sum: Twofold::of(value / unit), ..Self::ZERO }
    }

    /// The mean in units; there must be an observation.
    fn middle(self) -> Twofold {
        if self.n == 1 { self.sum } else { self.sum.over(Twofold::of(count(self.n))) }
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
        let apart = right.middle().minus(left.middle()).round();
        let square = apart * apart;
        let third = apart * square * a * there * (here - there)
            + 3.0 * apart * (here * right.second.high - there * left.second.high);
        let fourth = square * square * a * there * (here * here - here * there + there * there)
            + 6.0 * square * (here * here * right.second.high + there * there * left.second.high)
            + 4.0 * apart * (here * right.third.high - there * left.third.high);
        let with = |one: Twofold, other: Twofold, between: f64| one.plus(other).plus(Twofold::of(between));
        let fourth = with(left.fourth, right.fourth, fourth);
        Self {
            n: left.n.saturating_add(right.n),
            unit,
            sum: left.sum.plus(right.sum),
            second: with(left.second, right.second, square * a * there),
            third: with(left.third, right.third, third),
            fourth: if fourth.high > 0.0 { fourth } else { NOTHING },
        }
    }

    /// The same in a unit that is no smaller: exact but for what becomes too small to matter.
    fn in_units_of(self, unit: f64) -> Self {
        if unit <= self.unit {
            return self;
        }
        let share = self.unit / unit;
        let square = share * share;
        let times = |sum: Twofold, share: f64| Twofold { high: sum.high * share, low: sum.low * share };
        Self {
            n: self.n,
            unit,
            sum: times(self.sum, share),
            second: times(self.second, square),
            third: times(self.third, square * share),
            fourth: times(self.fourth, square * square),
        }
    }

    #[cfg(feature = "serde")]
    fn checked(self) -> Result<Self, Error> {
        let refuse = |what, given| Err(Error::MomentOutOfRange { what, given });
        let sums = [("second", self.second), ("third", self.third), ("fourth", self.fourth)];
        // The second float is what the first one has rounded off.
        let whole = |sum: Twofold| sum.high.is_finite() && sum.low.is_finite() && sum.round() == sum.high;
        if let Some((what, given)) = sums.iter().chain(&[("sum", self.sum)]).find(|(_, sum)| !whole(*sum)) {
            return refuse(what, if given.high.is_finite() { given.low } else { given.high });
        }
        let [second, third, fourth] = [self.second.high, self.third.high, self.fourth.high];
        if self.n == 0 {
            return if self == Self::ZERO { Ok(self) } else { refuse("moments without observations", second) };
        }
        if !(self.unit.is_normal()
            && self.unit > 0.0
            && self.unit <= LARGEST
            && power_of_two_near(self.unit) == self.unit)
        {
            return refuse("unit", self.unit);
        }
        let mean = self.middle().round();
        if !(mean.abs() <= 2.0 && (mean * self.unit).abs() <= LARGEST * (1.0 + 1e-9)) {
            return refuse("mean", mean);
        }
        if self.n == 1 && (self.sum.low != 0.0 || sums.iter().any(|(_, sum)| *sum != NOTHING)) {
            return refuse("second of a single observation", second);
        }
        // No value is beyond 2 units, and so no deviation beyond 4.
        let n = count(self.n);
        if !(0.0..=16.0 * n).contains(&second) {
            return refuse("second", second);
        }
        if third.abs() > 64.0 * n {
            return refuse("third", third);
        }
        // The mean of squares of squares is no less than the square of their mean; up to rounding.
        let least = second * second / n * (1.0 - 1e-6);
        if !(least..=256.0 * n).contains(&fourth) { refuse("fourth", fourth) } else { Ok(self) }
    }
}

/// The shape in a file: sums of powers 1 of the values and 2 to 4 of their deviations from the mean, in units of
/// `unit`, each as a float and what it rounds off.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMoments {
    n: u64,
    unit: f64,
    sum: [f64; 2],
    second: [f64; 2],
    third: [f64; 2],
    fourth: [f64; 2],
}

#[cfg(feature = "serde")]
impl TryFrom<RawMoments> for Moments {
    type Error = Error;

    fn try_from(raw: RawMoments) -> Result<Self, Error> {
        let RawMoments { n, unit, sum, second, third, fourth } = raw;
        let [sum, second, third, fourth] = [sum, second, third, fourth].map(|[high, low]| Twofold { high, low });
        Self { n, unit, sum, second, third, fourth }.checked()
    }
}

#[cfg(feature = "serde")]
impl From<Moments> for RawMoments {
    fn from(moments: Moments) -> Self {
        let Moments { n, unit, sum, second, third, fourth } = moments;
        let [sum, second, third, fourth] = [sum, second, third, fourth].map(|sum| [sum.high, sum.low]);
        Self { n, unit, sum, second, third, fourth }
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

    /// Mean, and variance by whole numbers: all values are multiples of `grain`, a power of two.
    fn exactly(values: &[f64], grain: f64) -> (f64, f64) {
        #[allow(clippy::cast_possible_truncation, reason = "whole, below 2^53")]
        let whole: Vec<i128> = values.iter().map(|value| (value / grain) as i128).collect();
        assert!(values.iter().all(|value| (value / grain).fract() == 0.0 && (value / grain).abs() < 1e17));
        let n = i128::try_from(whole.len()).unwrap();
        let sum: i128 = whole.iter().sum();
        // From the first value on, so that squares fit.
        let (mut of_rest, mut squares) = (0, 0);
        for value in &whole {
            of_rest += value - whole[0];
            squares += (value - whole[0]).pow(2);
        }
        let squares = (n * squares - of_rest * of_rest) as f64 / n as f64 / (n - 1) as f64;
        (sum as f64 / n as f64 * grain, squares * grain * grain)
    }

    #[test]
    fn a_large_offset_costs_no_digits() {
        let mut chance = crate::chance::Seed::new(3).generator();
        let mut drawn = |n: usize, offset: f64, of: &dyn Fn(f64) -> f64| -> Vec<f64> {
            (0..n).map(|_| offset + of(chance.unit())).collect()
        };
        let normal = |u: f64| crate::special::normal_quantile(u.clamp(1e-9, 1.0 - 1e-9));
        for (values, grain) in [
            (drawn(1_000, 1e8, &normal), 2_f64.powi(-27)),
            (drawn(1_000, -1e8, &|u| 0.1 * (u * 10.0).floor()), 2_f64.powi(-27)),
            (drawn(1_000, 1e15, &|u| (u * 10.0).floor()), 0.125),
            ((0..10).map(|at| 1e15 + f64::from(at)).collect(), 0.125),
            (drawn(1_000, 1e15, &|u| u * 3.0), 0.125),
            // Milliseconds since 1970.
            ((0..100_000).map(|at| 1.764e12 + f64::from(at * 7 % 10)).collect(), 1.0),
        ] {
            let (mean, variance) = exactly(&values, grain);
            let near = |got: Option<f64>, want: f64| (got.unwrap() / want - 1.0).abs() < 1e-12;
            let stream = moments(&values);
            assert!(near(stream.mean(), mean), "{stream:?} {mean}");
            assert!(near(stream.variance(), variance), "{:?} {variance}", stream.variance());
            for shards in [2, 7, 300] {
                let merged = values.chunks(values.len().div_ceil(shards)).map(moments);
                let merged = merged.fold(Moments::ZERO, |all, shard| all.merge(shard).unwrap());
                assert!(near(merged.mean(), mean), "{merged:?} {mean}");
                assert!(near(merged.variance(), variance), "{:?} {variance}", merged.variance());
                // The same values without the offset have the same shape.
                let plain: Vec<f64> = values.iter().map(|value| value - values[0]).collect();
                let plain = moments(&plain);
                for (one, other) in
                    [(plain.skewness(), merged.skewness()), (plain.excess_kurtosis(), merged.excess_kurtosis())]
                {
                    assert!((one.unwrap() - other.unwrap()).abs() < 1e-12, "{one:?} {other:?}");
                }
            }
        }
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
        let text = |n: u64, unit: &str, sum: f64, sums: [&str; 3]| {
            let [second, third, fourth] = sums;
            format!(
                r#"{{"n":{n},"unit":{unit},"sum":[{sum},0.0],"second":[{second},0.0],"third":[{third},0.0],"fourth":[{fourth},0.0]}}"#
            )
        };
        let read = |text: String| serde_json::from_str::<Moments>(&text);
        assert!(read(text(2, "1.0", 2.0, ["2.0", "0.0", "2.0"])).is_ok());
        // What the first float does not round off.
        assert!(read(text(2, "1.0", 2.0, ["2.0", "0.0", "2.0"]).replace("[2,0.0]", "[2,0.1]")).is_err());
        for refused in [
            text(0, "1.0", 1.0, ["0.0", "0.0", "0.0"]),
            text(1, "1.0", 1.0, ["0.5", "0.0", "0.0"]),
            text(2, "1.5", 1.0, ["2.0", "0.0", "2.0"]),
            text(2, "0.0", 1.0, ["2.0", "0.0", "2.0"]),
            text(2, "1.0", 5.0, ["2.0", "0.0", "2.0"]),
            text(2, "1.0", 1.0, ["-2.0", "0.0", "2.0"]),
            text(2, "1.0", 1.0, ["2.0", "0.0", "1.0"]),
            text(2, "1.0", 1.0, ["2.0", "1e9", "2.0"]),
            text(2, "1.0", 1.0, ["1e308", "0.0", "2.0"]),
        ] {
            assert!(read(refused.clone()).is_err(), "{refused}");
        }
    }
}
