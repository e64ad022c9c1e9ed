//! A range that is believed to hold a quantity, and how firmly.

use std::fmt;

use crate::error::Error;
use crate::probability::Level;
use crate::sample::LARGEST;

/// An interval for a quantity: finite ends, `lower <= upper`, with the level it was made for. For a probability both
/// ends are in `[0, 1]`; else in the units of the quantity.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawInterval", into = "RawInterval")
)]
pub struct Interval {
    lower: f64,
    upper: f64,
    level: Level,
}

impl Interval {
    /// # Errors
    /// [`Error::IntervalOutOfOrder`] unless both are finite and `lower <= upper`.
    pub fn new(lower: f64, upper: f64, level: Level) -> Result<Self, Error> {
        if lower.is_finite() && upper.is_finite() && lower <= upper {
            Ok(Self { lower, upper, level })
        } else {
            Err(Error::IntervalOutOfOrder { lower, upper })
        }
    }

    /// The lower end.
    #[must_use]
    pub const fn lower(self) -> f64 {
        self.lower
    }

    /// The upper end.
    #[must_use]
    pub const fn upper(self) -> f64 {
        self.upper
    }

    /// The level it was made for.
    #[must_use]
    pub const fn level(self) -> Level {
        self.level
    }

    /// `upper - lower`, at least 0; at most [`f64::MAX`], which ends near both ends of the floats are further apart than.
    #[must_use]
    pub const fn width(self) -> f64 {
        (self.upper - self.lower).min(f64::MAX)
    }

    /// Whether `value` is in it, ends included.
    #[must_use]
    pub fn contains(self, value: f64) -> bool {
        self.lower <= value && value <= self.upper
    }

    /// Ends that are finite by how they were computed, and in order but for rounding. Should one not be finite all the
    /// same, which is a fault of the crate, the interval says nothing on that side: it reaches as far as observations can.
    pub(crate) fn between(lower: f64, upper: f64, level: Level) -> Self {
        debug_assert!(lower.is_finite() && upper.is_finite(), "{lower} to {upper}");
        Self::known(lower, upper, (-LARGEST, LARGEST), level)
    }

    /// Ends of a probability that are in order within `[0, 1]` but for rounding. Should one not be finite, as in
    /// [`Interval::between`], it is 0 or 1.
    pub(crate) fn clamped(lower: f64, upper: f64, level: Level) -> Self {
        debug_assert!(lower.is_finite() && upper.is_finite(), "{lower} to {upper}");
        let Self { lower, upper, level } = Self::known(lower, upper, (0.0, 1.0), level);
        let lower = lower.clamp(0.0, 1.0);
        Self { lower, upper: upper.clamp(lower, 1.0), level }
    }

    /// What is not finite becomes the far end of `range`, so that it never makes an interval look narrow.
    fn known(lower: f64, upper: f64, range: (f64, f64), level: Level) -> Self {
        let upper = if upper.is_finite() { upper } else { range.1 };
        let lower = if lower.is_finite() { lower } else { range.0.min(upper) };
        Self { lower, upper: upper.max(lower), level }
    }
}

impl fmt::Display for Interval {
    /// `0.1 to 0.3 (95 %)`, with the precision asked for.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lower.fmt(f)?;
        f.write_str(" to ")?;
        self.upper.fmt(f)?;
        // A level such as 0.95 is 95.00000000000001 as a float times 100: as many decimals as tell it from 0 and 1.
        let level = self.level.get();
        let least = 100.0 * level.min(self.level.outside());
        let decimals = (3..10_u8).find(|decimals| libm::pow(10.0, f64::from(*decimals)) * least >= 0.9).unwrap_or(10);
        let text = format!("{:.*}", usize::from(decimals), 100.0 * level);
        write!(f, " ({} %)", text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// The shape in a file: `{"lower": 0.1, "upper": 0.3, "level": 0.95}`.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawInterval {
    lower: f64,
    upper: f64,
    level: Level,
}

#[cfg(feature = "serde")]
impl TryFrom<RawInterval> for Interval {
    type Error = Error;

    fn try_from(raw: RawInterval) -> Result<Self, Error> {
        Self::new(raw.lower, raw.upper, raw.level)
    }
}

#[cfg(feature = "serde")]
impl From<Interval> for RawInterval {
    fn from(interval: Interval) -> Self {
        Self { lower: interval.lower, upper: interval.upper, level: interval.level }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_out_of_order_are_refused() {
        for (lower, upper) in
            [(0.2, 0.1), (f64::NEG_INFINITY, 0.1), (0.9, f64::INFINITY), (f64::NAN, 0.5), (0.5, f64::NAN)]
        {
            assert!(Interval::new(lower, upper, Level::P95).is_err(), "{lower} {upper}");
        }
    }

    #[test]
    fn what_is_not_finite_never_makes_an_interval_look_narrow() {
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            let of = |lower, upper, range| {
                let found = Interval::known(lower, upper, range, Level::P95);
                (found.lower(), found.upper())
            };
            let all = (-LARGEST, LARGEST);
            assert_eq!(of(bad, 0.3, all), (-LARGEST, 0.3), "{bad}");
            assert_eq!(of(0.3, bad, all), (0.3, LARGEST), "{bad}");
            assert_eq!(of(bad, bad, all), all, "{bad}");
            assert_eq!(of(bad, bad, (0.0, 1.0)), (0.0, 1.0), "{bad}");
            assert_eq!(of(bad, -1e301, all), (-1e301, -1e301), "{bad}");
        }
    }

    #[test]
    fn the_width_is_finite() {
        assert_eq!(Interval::new(-f64::MAX, f64::MAX, Level::P95).unwrap().width(), f64::MAX);
    }

    #[test]
    fn ends_belong_to_it() {
        let interval = Interval::new(0.1, 0.3, Level::P95).unwrap();
        assert!(interval.contains(0.1) && interval.contains(0.3) && !interval.contains(0.31));
        assert_eq!(format!("{interval:.2}"), "0.10 to 0.30 (95 %)");
    }

    #[test]
    fn a_level_near_0_or_1_is_not_written_as_one_of_them() {
        let text = |level| format!("{:.0}", Interval::new(0.0, 1.0, level).unwrap());
        let of = |level| text(Level::new(level).unwrap());
        assert_eq!(
            [of(0.95), of(0.5), of(0.123_45), of(0.9)],
            ["(95 %)", "(50 %)", "(12.345 %)", "(90 %)"].map(|level| format!("0 to 1 {level}"))
        );
        assert_eq!(
            [of(0.001), of(1e-6), text(Level::LOWEST)],
            ["(0.1 %)", "(0.0001 %)", "(0.0000000001 %)"].map(|level| format!("0 to 1 {level}"))
        );
        let near = [of(1.0 - 1e-5), of(1.0 - 1e-7), text(Level::HIGHEST)];
        assert_eq!(near, ["(99.999 %)", "(99.99999 %)", "(99.9999999999 %)"].map(|level| format!("0 to 1 {level}")));
    }
}
