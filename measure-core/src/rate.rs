//! Counts over exposure: incidents a week, pages a shift. What a rate is worth, whether the counts vary more than
//! chance alone would have them, and whether two rates differ when they do.
//!
//! # Which function answers which question
//! - How often does it happen, and how sure are we? [`Rate::garwood`], [`Rate::upper_bound`].
//! - Is it more often than was claimed? [`Rate::poisson_test`].
//! - Do the counts vary more than Poisson's law allows? [`CountSeries::dispersion`].
//! - Did the rate change? [`compare_rates`], which takes the variance from the counts. By a method of the caller's choice:
//!   [`compare_poisson`] (refuses overdispersed counts), [`compare_quasi_poisson`], [`compare_negative_binomial`].
//!
//! # Why not simply Poisson
//! Weekly counts of incidents have a variance of 5 to 27 times their mean. A plain Poisson comparison of two such
//! periods is wrong 15 % of the time and more at a level of 5 %, since one cause brings many tickets.

mod comparison;
mod dispersion;
mod intervals;
mod likelihood;
mod negative_binomial;
mod plain;
mod quasi_poisson;
mod series;
mod tails;

pub use comparison::{Choice, RateComparison, Refusal, Variance, compare_rates};
pub use dispersion::Dispersion;
pub use negative_binomial::compare_negative_binomial;
pub use plain::{compare_poisson, compare_totals};
pub use quasi_poisson::compare_quasi_poisson;
pub use series::CountSeries;

use crate::error::Error;
use crate::estimate::NotEnough;
use crate::proportion::count;

/// The least exposure above 0, and the inverse of the largest: rates and their ratios stay finite.
const LEAST_EXPOSURE: f64 = 1e-100;

/// `count` events in an `exposure`: a length of time, a number of requests, whatever the events are counted over.
///
/// A monoid: [`Rate::ZERO`] is the identity of [`Rate::merge`], which is commutative, and associative but for the
/// rounding of the sum of exposures (exactly so where these are whole numbers).
///
/// ```
/// use measure_core::{Level, Rate};
/// // 15 incidents in 12 weeks.
/// let rate = Rate::new(15, 12.0)?;
/// assert_eq!(format!("{:.2}", rate.garwood(Level::P95)?), "1.25 [0.70 to 2.06 (95 %)], n = 15, Garwood");
/// // None in 12 weeks: at 95 %, fewer than one in four weeks. The rule of three.
/// let quiet = Rate::new(0, 12.0)?.upper_bound(Level::P95)?;
/// assert!((quiet - 3.0 / 12.0).abs() < 1e-3);
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawRate", into = "RawRate")
)]
pub struct Rate {
    // INVARIANT: exposure is 0 or within 1e-100 and 1e100, and 0 only for no events.
    count: u64,
    exposure: f64,
}

impl Rate {
    /// Nothing watched, and nothing seen.
    pub const ZERO: Self = Self { count: 0, exposure: 0.0 };

    /// No events in no exposure is [`Rate::ZERO`], from which nothing can be told.
    ///
    /// # Errors
    /// [`Error::ExposureOutOfRange`] unless `exposure` is within 1e-100 and 1e100, or both are 0.
    pub fn new(count: u64, exposure: f64) -> Result<Self, Error> {
        let nothing = count == 0 && exposure == 0.0;
        if nothing {
            return Ok(Self::ZERO);
        }
        if (LEAST_EXPOSURE..=1.0 / LEAST_EXPOSURE).contains(&exposure) {
            Ok(Self { count, exposure })
        } else {
            Err(Error::ExposureOutOfRange { count, given: exposure })
        }
    }

    /// Events.
    #[must_use]
    pub const fn count(self) -> u64 {
        self.count
    }

    /// What they were counted over; 0 or within 1e-100 and 1e100.
    #[must_use]
    pub const fn exposure(self) -> f64 {
        self.exposure
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] when the events do not fit 64 bits, [`Error::ExposureOutOfRange`] when the exposure is
    /// beyond 1e100.
    pub fn merge(self, other: Self) -> Result<Self, Error> {
        let overflow = Error::CountOverflow { left: self.count, right: other.count };
        Self::new(self.count.checked_add(other.count).ok_or(overflow)?, self.exposure + other.exposure)
    }

    /// Events for each unit of exposure.
    ///
    /// # Errors
    /// [`NotEnough`] without exposure.
    pub fn estimate(self) -> Result<f64, NotEnough> {
        Ok(count(self.count) / self.watched()?)
    }

    /// The exposure, above 0.
    fn watched(self) -> Result<f64, NotEnough> {
        if self.exposure > 0.0 { Ok(self.exposure) } else { Err(NotEnough::NoExposure) }
    }
}

/// The shape in a file: `{"count": 15, "exposure": 12.0}`.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRate {
    count: u64,
    exposure: f64,
}

#[cfg(feature = "serde")]
impl TryFrom<RawRate> for Rate {
    type Error = Error;

    fn try_from(raw: RawRate) -> Result<Self, Error> {
        Self::new(raw.count, raw.exposure)
    }
}

#[cfg(feature = "serde")]
impl From<Rate> for RawRate {
    fn from(rate: Rate) -> Self {
        Self { count: rate.count, exposure: rate.exposure }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_without_exposure_are_refused() {
        for (count, given) in [(1, 0.0), (0, -1.0), (0, f64::NAN), (0, f64::INFINITY), (3, 1e101), (3, 5e-324)] {
            assert!(Rate::new(count, given).is_err(), "{count} {given}");
        }
        assert_eq!(
            Rate::new(1, 0.0).unwrap_err().to_string(),
            "exposure `0` is not within 1e-100 and 1e100 (events: 1)"
        );
        assert_eq!(Rate::new(0, 0.0), Ok(Rate::ZERO));
        assert_eq!(Rate::new(0, -0.0).map(|rate| rate.exposure().to_bits()), Ok(0));
    }

    #[test]
    fn sums_that_do_not_fit_are_errors() {
        let most = Rate::new(u64::MAX, 1e100).unwrap();
        assert_eq!(most.merge(Rate::ZERO), Ok(most));
        assert!(matches!(most.merge(Rate::new(1, 1.0).unwrap()), Err(Error::CountOverflow { .. })));
        let long = Rate::new(0, 1e100).unwrap();
        assert!(matches!(long.merge(long), Err(Error::ExposureOutOfRange { .. })));
    }

    #[test]
    fn nothing_watched_has_no_rate() {
        assert_eq!(Rate::ZERO.estimate(), Err(NotEnough::NoExposure));
        assert_eq!(Rate::new(0, 2.0).unwrap().estimate(), Ok(0.0));
        assert!(Rate::new(u64::MAX, 1e-100).unwrap().estimate().unwrap().is_finite());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_events_without_exposure() {
        assert!(serde_json::from_str::<Rate>(r#"{"count":2,"exposure":0}"#).is_err());
        assert!(serde_json::from_str::<Rate>(r#"{"count":2,"exposure":1,"level":1}"#).is_err());
        let rate: Rate = serde_json::from_str(r#"{"count":1,"exposure":2}"#).unwrap();
        assert_eq!(serde_json::to_string(&rate).unwrap(), r#"{"count":1,"exposure":2.0}"#);
    }
}
