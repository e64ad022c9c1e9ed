//! Counts in consecutive periods, each with its exposure.

use super::Rate;
use crate::error::Error;

/// Counts by period (by week, by shift), each over an exposure above 0. May be empty.
///
/// A monoid: the empty series is the identity of [`CountSeries::merge`], which is associative.
///
/// ```
/// use measure_core::rate::CountSeries;
/// let weekly = CountSeries::of_equal_periods(&[4, 0, 11, 3])?;
/// assert_eq!((weekly.len(), weekly.total().count(), weekly.total().exposure()), (4, 18, 4.0));
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<Rate>", into = "Vec<Rate>")
)]
pub struct CountSeries {
    // INVARIANT: every exposure is above 0.
    periods: Vec<Rate>,
    // INVARIANT: the sum of the periods, in their order.
    total: Rate,
}

impl CountSeries {
    /// # Errors
    /// [`Error::PeriodWithoutExposure`] with the index of the first such; what [`Rate::merge`] has for the total.
    pub fn new(periods: Vec<Rate>) -> Result<Self, Error> {
        if let Some(index) = periods.iter().position(|period| period.exposure() <= 0.0) {
            return Err(Error::PeriodWithoutExposure { index });
        }
        let total = periods.iter().try_fold(Rate::ZERO, |total, period| total.merge(*period))?;
        Ok(Self { periods, total })
    }

    /// Counts by periods of equal length, which is the unit of exposure.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] when their sum does not fit 64 bits.
    pub fn of_equal_periods(counts: &[u64]) -> Result<Self, Error> {
        Self::new(counts.iter().map(|count| Rate::new(*count, 1.0)).collect::<Result<_, _>>()?)
    }

    /// The periods, in order.
    #[must_use]
    pub fn periods(&self) -> &[Rate] {
        &self.periods
    }

    /// How many periods there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.periods.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.periods.is_empty()
    }

    /// All periods together.
    #[must_use]
    pub const fn total(&self) -> Rate {
        self.total
    }

    /// These periods, then those.
    ///
    /// # Errors
    /// What [`Rate::merge`] has for the total.
    pub fn merge(mut self, other: &Self) -> Result<Self, Error> {
        self.periods.extend_from_slice(&other.periods);
        Self::new(self.periods)
    }

    /// How many periods there are, as answers state it.
    pub(super) fn n(&self) -> u64 {
        u64::try_from(self.periods.len()).unwrap_or(u64::MAX)
    }
}

impl TryFrom<Vec<Rate>> for CountSeries {
    type Error = Error;

    fn try_from(periods: Vec<Rate>) -> Result<Self, Error> {
        Self::new(periods)
    }
}

impl From<CountSeries> for Vec<Rate> {
    fn from(series: CountSeries) -> Self {
        series.periods
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_without_exposure_is_refused_with_its_place() {
        let periods = vec![Rate::new(1, 2.0).unwrap(), Rate::ZERO];
        assert_eq!(CountSeries::new(periods), Err(Error::PeriodWithoutExposure { index: 1 }));
        assert_eq!(CountSeries::new(vec![]), Ok(CountSeries::default()));
    }

    #[test]
    fn a_total_that_does_not_fit_is_an_error() {
        assert!(matches!(CountSeries::of_equal_periods(&[u64::MAX, 1]), Err(Error::CountOverflow { .. })));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_a_period_without_exposure() {
        assert!(serde_json::from_str::<CountSeries>(r#"[{"count":0,"exposure":0}]"#).is_err());
        let series = CountSeries::of_equal_periods(&[1, 2]).unwrap();
        let text = serde_json::to_string(&series).unwrap();
        assert_eq!(serde_json::from_str::<CountSeries>(&text).unwrap(), series);
    }
}
