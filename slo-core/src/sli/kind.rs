//! The four kinds of indicator, and the two that are plain counting.

use std::fmt;

use crate::error::Error;
use crate::sli::Counts;

/// What an indicator speaks of (SRE Workbook, chapter 2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum IndicatorKind {
    /// The share of requests that were answered: [`availability`].
    Availability,
    /// The share of answers that were fast enough: [`crate::sli::ClassicHistogram`], [`crate::sli::NativeHistogram`].
    Latency,
    /// The share of results that were right: [`correctness`].
    Correctness,
    /// The share of time, or of checks, in which data was young enough: [`crate::sli::freshness`].
    Freshness,
}

impl fmt::Display for IndicatorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Availability => "availability",
            Self::Latency => "latency",
            Self::Correctness => "correctness",
            Self::Freshness => "freshness",
        })
    }
}

/// Availability from counts by HTTP status: server errors (500 and above) are bad, everything else is good. A
/// caller who counts 429 as bad, or leaves out health checks, does so in `is_bad`.
///
/// # Errors
/// [`Error::CountOverflow`] when the total does not fit 64 bits.
///
/// ```
/// use slo_core::sli::{availability, is_server_error};
/// let counts = availability([(200, 990), (404, 8), (503, 2)], is_server_error)?;
/// assert_eq!((counts.bad(), counts.total()), (2, 1_000));
/// # Ok::<(), slo_core::Error>(())
/// ```
pub fn availability(
    by_status: impl IntoIterator<Item = (u16, u64)>,
    is_bad: impl Fn(u16) -> bool,
) -> Result<Counts, Error> {
    by_status.into_iter().try_fold(Counts::ZERO, |sum, (status, count)| {
        sum.merge(Counts::from_bad(if is_bad(status) { count } else { 0 }, count)?)
    })
}

/// The usual rule for [`availability`]: the server is to blame from 500 on.
#[must_use]
pub const fn is_server_error(status: u16) -> bool {
    status >= 500
}

/// What checking one result said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Outcome {
    /// As expected.
    Right,
    /// Not as expected.
    Wrong,
    /// Not checked: sampled out, or no expectation known. Says nothing, so it is not counted.
    Unchecked,
}

/// Correctness from checked results (probes with a known answer, reconciliations, sampled comparisons): right
/// ones out of those that were checked.
///
/// # Errors
/// [`Error::CountOverflow`] when the total does not fit 64 bits.
///
/// ```
/// use slo_core::sli::{correctness, Outcome::{Right, Unchecked, Wrong}};
/// let counts = correctness([Right, Wrong, Unchecked, Right])?;
/// assert_eq!((counts.bad(), counts.total()), (1, 3));
/// # Ok::<(), slo_core::Error>(())
/// ```
pub fn correctness(outcomes: impl IntoIterator<Item = Outcome>) -> Result<Counts, Error> {
    outcomes.into_iter().try_fold(Counts::ZERO, |sum, outcome| match outcome {
        Outcome::Right => sum.merge(Counts::new(1, 1)?),
        Outcome::Wrong => sum.merge(Counts::new(0, 1)?),
        Outcome::Unchecked => Ok(sum),
    })
}
