//! What was forecast, and what happened.

use crate::estimate::NotEnough;
use crate::flagged::{Flagged, Ties};
use crate::probability::Probability;

/// Forecasts in no order, each with whether the event happened; kept sorted. May be empty.
///
/// In a file: a list of pairs, `[[0.7, true], [0.1, false]]`.
///
/// A monoid: the empty one is the identity of [`Forecasts::merge`], which is associative and commutative.
///
/// ```
/// use measure_core::{Probability, calibration::Forecasts};
/// let rain = Forecasts::new([(Probability::new(0.7)?, true), (Probability::new(0.1)?, false)]);
/// assert_eq!((rain.n(), rain.happened()), (2, 1));
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(from = "Vec<(Probability, bool)>", into = "Vec<(Probability, bool)>")
)]
pub struct Forecasts {
    // INVARIANT: within 0 and 1; the flag says that the event happened.
    rows: Flagged,
}

impl Forecasts {
    /// Pairs of a forecast and whether the event happened.
    #[must_use]
    pub fn new(rows: impl IntoIterator<Item = (Probability, bool)>) -> Self {
        Self { rows: Flagged::new(rows.into_iter().map(|(forecast, happened)| (forecast.get(), happened))) }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows.len() == 0
    }

    /// How many there are, as answers state it.
    #[must_use]
    pub fn n(&self) -> u64 {
        self.rows.n()
    }

    /// How many of the events happened.
    #[must_use]
    pub fn happened(&self) -> u64 {
        self.rows.flagged()
    }

    /// Every forecast with whether the event happened, ascending.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (Probability, bool)> {
        self.rows.pairs().map(|(forecast, happened)| (Probability::clamped(forecast), happened))
    }

    /// Both together.
    #[must_use]
    pub fn merge(self, other: &Self) -> Self {
        Self { rows: self.rows.merge(&other.rows) }
    }

    /// Every forecast once, ascending, with how often the event happened.
    pub(super) fn ties(&self) -> impl Iterator<Item = Ties> {
        self.rows.ties()
    }

    /// How many happened and how many did not, when at least `need` are of either kind.
    pub(super) fn both_kinds(&self, need: u64) -> Result<(u64, u64), NotEnough> {
        let (happened, not) = (self.happened(), self.n().saturating_sub(self.happened()));
        NotEnough::unless(happened, need, "events that happened")?;
        NotEnough::unless(not, need, "events that did not happen")?;
        Ok((happened, not))
    }
}

impl From<Vec<(Probability, bool)>> for Forecasts {
    fn from(rows: Vec<(Probability, bool)>) -> Self {
        Self::new(rows)
    }
}

impl From<Forecasts> for Vec<(Probability, bool)> {
    fn from(forecasts: Forecasts) -> Self {
        forecasts.rows().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_a_forecast_of_more_than_one() {
        assert!(serde_json::from_str::<Forecasts>("[[1.5, true]]").is_err());
        let forecasts: Forecasts = serde_json::from_str("[[0.5, true], [0.25, false]]").unwrap();
        assert_eq!(serde_json::to_string(&forecasts).unwrap(), "[[0.25,false],[0.5,true]]");
    }

    #[test]
    fn only_one_kind_says_what_is_missing() {
        let sure = Forecasts::new([(Probability::ONE, true)]);
        assert_eq!(sure.both_kinds(1), Err(NotEnough::TooFew { of: "events that did not happen", have: 0, need: 1 }));
        assert!(Forecasts::default().is_empty() && Forecasts::default().both_kinds(1).is_err());
    }
}
