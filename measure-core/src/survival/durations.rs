//! How long things took, and which of them had not ended when they were last seen.

use crate::error::Error;
use crate::flagged::Flagged;
use crate::sample::LARGEST;

/// Durations in no order, each observed to its end or censored: at least 0, at most [`LARGEST`], kept sorted. May be
/// empty. A duration of 0 is one that ended (or was lost from sight) as it began.
///
/// In a file: a list of pairs, `[[12.5, true], [30, false]]`, with `true` for one that was observed to its end.
///
/// A monoid: the empty one is the identity of [`Durations::merge`], which is associative and commutative.
///
/// ```
/// use measure_core::survival::Durations;
/// let incidents = Durations::new([(30.0, true), (12.5, true), (60.0, false)])?;
/// assert_eq!((incidents.n(), incidents.events(), incidents.censored()), (3, 2, 1));
/// let fault = Durations::new([(30.0, true), (-1.0, true)]).unwrap_err();
/// assert_eq!(fault.to_string(), "duration `-1` at index 1 is not within 0 and 1e300");
/// # Ok::<(), measure_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Vec<(f64, bool)>", into = "Vec<(f64, bool)>")
)]
pub struct Durations {
    // INVARIANT: within 0 and LARGEST; the flag says that it was observed to its end.
    rows: Flagged,
}

impl Durations {
    /// Pairs of a duration and whether its end was observed.
    ///
    /// # Errors
    /// [`Error::DurationOutOfRange`] when one is negative, not finite or beyond [`LARGEST`].
    pub fn new(rows: impl IntoIterator<Item = (f64, bool)>) -> Result<Self, Error> {
        let (mut first, mut faults) = (None, 0_usize);
        let rows = Flagged::new(rows.into_iter().enumerate().map(|(index, (duration, observed))| {
            if (0.0..=LARGEST).contains(&duration) {
                return (duration, observed);
            }
            faults = faults.saturating_add(1);
            first.get_or_insert((index, duration));
            (0.0, observed)
        }));
        match first {
            Some((index, given)) => Err(Error::DurationOutOfRange { index, given, others: faults.saturating_sub(1) }),
            None => Ok(Self { rows }),
        }
    }

    /// Durations that were all observed to their ends.
    ///
    /// # Errors
    /// As [`Durations::new`].
    pub fn all_observed(durations: impl IntoIterator<Item = f64>) -> Result<Self, Error> {
        Self::new(durations.into_iter().map(|duration| (duration, true)))
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

    /// How many were observed to their ends.
    #[must_use]
    pub fn events(&self) -> u64 {
        self.rows.flagged()
    }

    /// How many had not ended when last seen.
    #[must_use]
    pub fn censored(&self) -> u64 {
        self.n().saturating_sub(self.events())
    }

    /// Every duration with whether its end was observed, ascending.
    pub fn rows(&self) -> impl ExactSizeIterator<Item = (f64, bool)> {
        self.rows.pairs()
    }

    /// Both together.
    #[must_use]
    pub fn merge(self, other: &Self) -> Self {
        Self { rows: self.rows.merge(&other.rows) }
    }

    /// At how many times something happened.
    pub(super) fn times(&self) -> usize {
        self.rows.distinct()
    }

    /// What happened at each time, ascending.
    pub(super) fn table(&self) -> impl Iterator<Item = At> {
        let mut at_risk = self.n();
        self.rows.ties().map(move |ties| {
            let at = At { time: ties.value, at_risk, events: ties.flagged, censored: ties.plain };
            at_risk = at_risk.saturating_sub(ties.all());
            at
        })
    }
}

/// What happened at one time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct At {
    pub(super) time: f64,
    /// Not ended and still in sight just before: those censored at this time are among them.
    pub(super) at_risk: u64,
    pub(super) events: u64,
    pub(super) censored: u64,
}

impl TryFrom<Vec<(f64, bool)>> for Durations {
    type Error = Error;

    fn try_from(rows: Vec<(f64, bool)>) -> Result<Self, Error> {
        Self::new(rows)
    }
}

impl From<Durations> for Vec<(f64, bool)> {
    fn from(durations: Durations) -> Self {
        durations.rows().collect()
    }
}

/// A time since the start, in the unit of the durations: at least 0, at most [`LARGEST`].
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "f64", into = "f64"))]
pub struct Elapsed(f64);

impl Elapsed {
    /// # Errors
    /// [`Error::ElapsedOutOfRange`] unless `0 <= value <= 1e300`.
    pub fn new(value: f64) -> Result<Self, Error> {
        // Adding 0 turns -0 into 0, so that equal values print alike.
        if (0.0..=LARGEST).contains(&value) {
            Ok(Self(value + 0.0))
        } else {
            Err(Error::ElapsedOutOfRange { given: value })
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Elapsed {
    type Error = Error;

    fn try_from(value: f64) -> Result<Self, Error> {
        Self::new(value)
    }
}

impl From<Elapsed> for f64 {
    fn from(elapsed: Elapsed) -> Self {
        elapsed.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_duration_is_refused_with_its_place() {
        for given in [-1.0, -5e-324, 1.1e300, f64::INFINITY, f64::NEG_INFINITY] {
            let fault = Durations::new([(1.0, true), (given, false), (given, true)]).unwrap_err();
            assert_eq!(fault, Error::DurationOutOfRange { index: 1, given, others: 1 });
            assert!(Elapsed::new(given).is_err());
        }
        assert!(Durations::all_observed([f64::NAN]).is_err() && Elapsed::new(f64::NAN).is_err());
        assert!(Durations::all_observed([0.0, -0.0, 5e-324, LARGEST]).is_ok());
    }

    #[test]
    fn the_censored_are_at_risk_at_their_time() {
        let durations = Durations::new([(2.0, false), (2.0, true), (1.0, false), (3.0, true)]).unwrap();
        let table: Vec<_> = durations.table().map(|at| (at.time, at.at_risk, at.events, at.censored)).collect();
        assert_eq!(table, [(1.0, 4, 0, 1), (2.0, 3, 1, 1), (3.0, 1, 1, 0)]);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_cannot_smuggle_in_a_negative_duration() {
        assert!(serde_json::from_str::<Durations>("[[-1, true]]").is_err());
        assert!(serde_json::from_str::<Elapsed>("-1").is_err());
        let durations: Durations = serde_json::from_str("[[3, true], [1.5, false]]").unwrap();
        assert_eq!(serde_json::to_string(&durations).unwrap(), "[[1.5,false],[3.0,true]]");
    }
}
