//! Missing data is a value, and what it counts as is declared.

use crate::sli::Counts;

/// What was observed in a stretch of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Observation {
    /// Events were counted; there may have been none.
    Counted(Counts),
    /// Nothing is known: the scrape failed, the exporter was down.
    NoData,
}

/// What a stretch without data counts as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum NoDataPolicy {
    /// Left out, as if the time had not been.
    #[default]
    Exclude,
    /// As good: for services whose silence means that nobody called.
    CountGood,
    /// As bad: for services whose silence means that they are down.
    CountBad,
}

impl NoDataPolicy {
    /// The events that `observation` counts as. A stretch without data has no events to count, so
    /// `expected` says how many there would have been (the same hour last week, a neighbour's count).
    ///
    /// ```
    /// use slo_core::sli::{NoDataPolicy, Observation};
    /// let down = NoDataPolicy::CountBad.events(Observation::NoData, 300);
    /// assert_eq!((down.bad(), down.total()), (300, 300));
    /// ```
    #[must_use]
    pub const fn events(self, observation: Observation, expected: u64) -> Counts {
        match (observation, self) {
            (Observation::Counted(counts), _) => counts,
            (Observation::NoData, Self::Exclude) => Counts::ZERO,
            (Observation::NoData, Self::CountGood) => Counts::at_most(expected, expected),
            (Observation::NoData, Self::CountBad) => Counts::at_most(0, expected),
        }
    }
}
