//! Good events out of all events.

use crate::error::Error;

/// Good events out of all events: what every service level indicator comes down to.
///
/// A monoid: [`Counts::ZERO`] is the identity of [`Counts::merge`], which is associative and commutative.
///
/// ```
/// use slo_core::Counts;
/// let morning = Counts::new(995, 1_000)?;
/// let evening = Counts::from_bad(1, 500)?;
/// let day = morning.merge(evening)?;
/// assert_eq!((day.good(), day.bad(), day.total()), (1_494, 6, 1_500));
/// assert!(Counts::new(2, 1).is_err());
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawCounts", into = "RawCounts")
)]
pub struct Counts {
    // INVARIANT: bad <= total. Bad and total are what burn rates need, so they are what is kept.
    bad: u64,
    total: u64,
}

impl Counts {
    /// No events.
    pub const ZERO: Self = Self { bad: 0, total: 0 };

    /// `good` events out of `total`.
    ///
    /// # Errors
    /// [`Error::GoodExceedsTotal`].
    pub const fn new(good: u64, total: u64) -> Result<Self, Error> {
        match total.checked_sub(good) {
            Some(bad) => Ok(Self { bad, total }),
            None => Err(Error::GoodExceedsTotal { good, total }),
        }
    }

    /// `bad` events out of `total`.
    ///
    /// # Errors
    /// [`Error::BadExceedsTotal`].
    pub const fn from_bad(bad: u64, total: u64) -> Result<Self, Error> {
        if bad > total { Err(Error::BadExceedsTotal { bad, total }) } else { Ok(Self { bad, total }) }
    }

    /// `good` out of `total`, and no more than `total`.
    pub(crate) const fn at_most(good: u64, total: u64) -> Self {
        Self { bad: total.saturating_sub(good), total }
    }

    /// Good events.
    #[must_use]
    pub const fn good(self) -> u64 {
        self.total.saturating_sub(self.bad)
    }

    /// Bad events.
    #[must_use]
    #[inline]
    pub const fn bad(self) -> u64 {
        self.bad
    }

    /// All events.
    #[must_use]
    #[inline]
    pub const fn total(self) -> u64 {
        self.total
    }

    /// Whether there were no events at all.
    #[must_use]
    #[inline]
    pub const fn is_empty(self) -> bool {
        self.total == 0
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] when the total does not fit 64 bits.
    #[inline]
    pub const fn merge(self, other: Self) -> Result<Self, Error> {
        match self.total.checked_add(other.total) {
            // No more bad events than events: their sum fits when the total does.
            Some(total) => Ok(Self { bad: self.bad.wrapping_add(other.bad), total }),
            None => Err(Error::CountOverflow { left: self.total, right: other.total }),
        }
    }

    /// Both together, where the sum is known to fit.
    #[inline]
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self { bad: self.bad.wrapping_add(other.bad), total: self.total.wrapping_add(other.total) }
    }

    /// What came after `earlier`, a sum of which this one is a continuation.
    #[inline]
    pub(crate) const fn since(self, earlier: Self) -> Self {
        Self { bad: self.bad.wrapping_sub(earlier.bad), total: self.total.wrapping_sub(earlier.total) }
    }

    /// The share of good events, in `[0, 1]`; `None` without events.
    #[must_use]
    pub fn success_ratio(self) -> Option<f64> {
        ratio(self.good(), self.total)
    }

    /// The share of bad events, in `[0, 1]`; `None` without events.
    #[must_use]
    pub fn error_ratio(self) -> Option<f64> {
        ratio(self.bad, self.total)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a ratio is a float; both casts are within one part in 2^53")]
fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole != 0).then(|| part as f64 / whole as f64)
}

/// The shape in a file: `{"good": 995, "total": 1000}`.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCounts {
    good: u64,
    total: u64,
}

#[cfg(feature = "serde")]
impl TryFrom<RawCounts> for Counts {
    type Error = Error;

    fn try_from(raw: RawCounts) -> Result<Self, Error> {
        Self::new(raw.good, raw.total)
    }
}

#[cfg(feature = "serde")]
impl From<Counts> for RawCounts {
    fn from(counts: Counts) -> Self {
        Self { good: counts.good(), total: counts.total }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_good_than_all_is_refused() {
        assert_eq!(Counts::new(2, 1), Err(Error::GoodExceedsTotal { good: 2, total: 1 }));
        assert_eq!(Counts::from_bad(2, 1), Err(Error::BadExceedsTotal { bad: 2, total: 1 }));
    }

    #[test]
    fn an_overflow_is_an_error_not_a_wrap() {
        let full = Counts::new(0, u64::MAX).unwrap();
        assert!(matches!(full.merge(Counts::new(1, 1).unwrap()), Err(Error::CountOverflow { .. })));
        assert_eq!(full.merge(Counts::ZERO), Ok(full));
    }

    #[test]
    fn no_events_have_no_ratio() {
        assert_eq!(Counts::ZERO.error_ratio(), None);
        assert_eq!(Counts::ZERO.success_ratio(), None);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_more_good_than_all() {
        assert!(serde_json::from_str::<Counts>(r#"{"good":2,"total":1}"#).is_err());
        let counts: Counts = serde_json::from_str(r#"{"good":1,"total":2}"#).unwrap();
        assert_eq!(serde_json::to_string(&counts).unwrap(), r#"{"good":1,"total":2}"#);
    }
}
