//! Time slices: the budgeting methods Timeslices and RatioTimeslices of OpenSLO.

use crate::budget::{Budget, UNIT, Unit};
use crate::error::Error;
use crate::objective::{BILLION, Objective, SliceTarget};
use crate::sli::{Counts, NoDataPolicy, Observation};

/// Slices that were good, bad, without data, or left out by maintenance: the method Timeslices.
///
/// A slice is good when its share of good events is at least the target. A slice in which nothing happened
/// counts as one without data. A monoid: [`SliceTally::ZERO`] is the identity of [`SliceTally::merge`].
///
/// ```
/// use slo_core::{Counts, SliceTally, SliceTarget, sli::{NoDataPolicy, Observation}};
/// let target = SliceTarget::from_ratio("0.95")?;
/// let mut tally = SliceTally::ZERO;
/// tally.add(Observation::Counted(Counts::new(95, 100)?), target)?; // good: at least the target
/// tally.add(Observation::Counted(Counts::new(94, 100)?), target)?; // bad
/// tally.add(Observation::NoData, target)?;
/// let budget = tally.budget("99%".parse()?, NoDataPolicy::Exclude)?;
/// assert_eq!((budget.total(), budget.consumed()), (2, 1));
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(deny_unknown_fields))]
pub struct SliceTally {
    good: u64,
    bad: u64,
    no_data: u64,
    excluded: u64,
}

impl SliceTally {
    /// No slices.
    pub const ZERO: Self = Self { good: 0, bad: 0, no_data: 0, excluded: 0 };

    /// Adds one slice.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] beyond 2^64 slices.
    pub fn add(&mut self, slice: Observation, target: SliceTarget) -> Result<(), Error> {
        let field = match slice {
            Observation::Counted(counts) if !counts.is_empty() => {
                if is_good(counts, target) {
                    &mut self.good
                } else {
                    &mut self.bad
                }
            }
            _ => &mut self.no_data,
        };
        count_up(field)
    }

    /// Adds a slice that declared maintenance leaves out.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] beyond 2^64 slices.
    pub fn add_excluded(&mut self) -> Result<(), Error> {
        count_up(&mut self.excluded)
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] beyond 2^64 slices.
    pub fn merge(self, other: Self) -> Result<Self, Error> {
        Ok(Self {
            good: add(self.good, other.good)?,
            bad: add(self.bad, other.bad)?,
            no_data: add(self.no_data, other.no_data)?,
            excluded: add(self.excluded, other.excluded)?,
        })
    }

    /// Slices at or above the target.
    #[must_use]
    pub const fn good(self) -> u64 {
        self.good
    }

    /// Slices below the target.
    #[must_use]
    pub const fn bad(self) -> u64 {
        self.bad
    }

    /// Slices without events or without data.
    #[must_use]
    pub const fn no_data(self) -> u64 {
        self.no_data
    }

    /// Slices left out by maintenance.
    #[must_use]
    pub const fn excluded(self) -> u64 {
        self.excluded
    }

    /// The slices that count under `policy`.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] beyond 2^64 slices.
    pub fn counts(self, policy: NoDataPolicy) -> Result<Counts, Error> {
        let (good, bad) = match policy {
            NoDataPolicy::Exclude => (self.good, self.bad),
            NoDataPolicy::CountGood => (add(self.good, self.no_data)?, self.bad),
            NoDataPolicy::CountBad => (self.good, add(self.bad, self.no_data)?),
        };
        Counts::from_bad(bad, add(good, bad)?)
    }

    /// The budget in slices; [`Budget::with_total`] takes it to the slices of a whole period.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] beyond 2^64 slices.
    pub fn budget(self, objective: Objective, policy: NoDataPolicy) -> Result<Budget, Error> {
        Ok(Budget::whole(Unit::Slices, objective, self.counts(policy)?))
    }
}

/// The mean of the slices' own ratios: the method RatioTimeslices. Each slice weighs the same, however many
/// events it had.
///
/// This is what Sloth records as the ratio of its period. Each ratio is kept to 10^-18, rounded against the
/// service, so the sum of a thousand million slices is right to 10^-9. A monoid, as [`SliceTally`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawRatioTally", into = "RawRatioTally")
)]
pub struct RatioTally {
    // INVARIANT: at most `slices x 10^18`.
    bad: u128,
    slices: u64,
    no_data: u64,
    excluded: u64,
}

impl RatioTally {
    /// No slices.
    pub const ZERO: Self = Self { bad: 0, slices: 0, no_data: 0, excluded: 0 };

    /// Adds one slice.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] beyond 2^64 slices.
    pub fn add(&mut self, slice: Observation) -> Result<(), Error> {
        match slice {
            Observation::Counted(counts) if !counts.is_empty() => {
                count_up(&mut self.slices)?;
                // bad x 10^18 is below 2^64 x 2^60.
                let ratio = u128::from(counts.bad()).saturating_mul(UNIT).div_ceil(u128::from(counts.total()));
                self.bad = self.bad.saturating_add(ratio);
                Ok(())
            }
            _ => count_up(&mut self.no_data),
        }
    }

    /// Adds a slice that declared maintenance leaves out.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] beyond 2^64 slices.
    pub fn add_excluded(&mut self) -> Result<(), Error> {
        count_up(&mut self.excluded)
    }

    /// Both together.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] beyond 2^64 slices.
    pub fn merge(self, other: Self) -> Result<Self, Error> {
        Ok(Self {
            bad: self.bad.saturating_add(other.bad),
            slices: add(self.slices, other.slices)?,
            no_data: add(self.no_data, other.no_data)?,
            excluded: add(self.excluded, other.excluded)?,
        })
    }

    /// Slices with events.
    #[must_use]
    pub const fn slices(self) -> u64 {
        self.slices
    }

    /// Slices without events or without data.
    #[must_use]
    pub const fn no_data(self) -> u64 {
        self.no_data
    }

    /// Slices left out by maintenance.
    #[must_use]
    pub const fn excluded(self) -> u64 {
        self.excluded
    }

    /// The budget in slices, consumed by fractions of them.
    ///
    /// # Errors
    /// [`Error::CountOverflow`] beyond 2^64 slices.
    pub fn budget(self, objective: Objective, policy: NoDataPolicy) -> Result<Budget, Error> {
        let (total, bad) = match policy {
            NoDataPolicy::Exclude => (self.slices, self.bad),
            NoDataPolicy::CountGood => (add(self.slices, self.no_data)?, self.bad),
            NoDataPolicy::CountBad => {
                let lost = u128::from(self.no_data).saturating_mul(UNIT);
                (add(self.slices, self.no_data)?, self.bad.saturating_add(lost))
            }
        };
        Ok(Budget::fractional(Unit::Slices, objective, total, bad))
    }
}

/// `good / total >= target`, in integers.
fn is_good(counts: Counts, target: SliceTarget) -> bool {
    let good = u128::from(counts.good()).saturating_mul(u128::from(BILLION));
    good >= u128::from(counts.total()).saturating_mul(u128::from(target.parts_per_billion()))
}

fn add(left: u64, right: u64) -> Result<u64, Error> {
    left.checked_add(right).ok_or(Error::CountOverflow { left, right })
}

fn count_up(field: &mut u64) -> Result<(), Error> {
    *field = add(*field, 1)?;
    Ok(())
}

/// The shape in a file: the sum as text, since JSON numbers end at 2^53.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRatioTally {
    bad_quintillionths: String,
    slices: u64,
    no_data: u64,
    excluded: u64,
}

#[cfg(feature = "serde")]
impl TryFrom<RawRatioTally> for RatioTally {
    type Error = Error;

    fn try_from(raw: RawRatioTally) -> Result<Self, Error> {
        let most = u128::from(raw.slices).saturating_mul(UNIT);
        match raw.bad_quintillionths.parse() {
            Ok(bad) if bad <= most => {
                Ok(Self { bad, slices: raw.slices, no_data: raw.no_data, excluded: raw.excluded })
            }
            _ => Err(Error::NumberOutOfRange {
                what: "the sum of bad slice ratios",
                given: raw.bad_quintillionths,
                bound: format!("0 and {most}"),
            }),
        }
    }
}

#[cfg(feature = "serde")]
impl From<RatioTally> for RawRatioTally {
    fn from(tally: RatioTally) -> Self {
        Self {
            bad_quintillionths: tally.bad.to_string(),
            slices: tally.slices,
            no_data: tally.no_data,
            excluded: tally.excluded,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(bad: u64, total: u64) -> Observation {
        Observation::Counted(Counts::from_bad(bad, total).unwrap())
    }

    fn target(text: &str) -> SliceTarget {
        SliceTarget::from_ratio(text).unwrap()
    }

    #[test]
    fn a_slice_at_the_target_is_good() {
        let mut tally = SliceTally::ZERO;
        tally.add(counted(5, 100), target("0.95")).unwrap();
        tally.add(counted(6, 100), target("0.95")).unwrap();
        tally.add(counted(0, 0), target("0.95")).unwrap();
        tally.add_excluded().unwrap();
        assert_eq!((tally.good(), tally.bad(), tally.no_data(), tally.excluded()), (1, 1, 1, 1));
    }

    #[test]
    fn the_policy_decides_what_silence_counts_as() {
        let mut tally = SliceTally::ZERO;
        tally.add(counted(0, 1), target("1")).unwrap();
        tally.add(Observation::NoData, target("1")).unwrap();
        let counts = |policy| {
            let counts = tally.counts(policy).unwrap();
            (counts.bad(), counts.total())
        };
        assert_eq!(counts(NoDataPolicy::Exclude), (0, 1));
        assert_eq!(counts(NoDataPolicy::CountGood), (0, 2));
        assert_eq!(counts(NoDataPolicy::CountBad), (1, 2));
    }

    #[test]
    fn a_busy_slice_weighs_no_more_than_a_quiet_one() {
        let mut tally = RatioTally::ZERO;
        tally.add(counted(1, 2)).unwrap();
        tally.add(counted(0, 1_000_000)).unwrap();
        tally.add(Observation::NoData).unwrap();
        let budget = tally.budget("50%".parse().unwrap(), NoDataPolicy::Exclude).unwrap();
        assert_eq!(budget.success_ratio(), Some(0.75));
        assert_eq!((budget.consumed(), budget.consumed_billionths()), (1, 500_000_000));
        let strict = tally.budget("50%".parse().unwrap(), NoDataPolicy::CountBad).unwrap();
        assert_eq!(strict.success_ratio(), Some(0.5));
    }

    #[test]
    fn no_slices_have_no_ratio() {
        let objective = "99%".parse().unwrap();
        let budget = SliceTally::ZERO.budget(objective, NoDataPolicy::CountBad).unwrap();
        assert_eq!((budget.remaining_ratio(), budget.success_ratio()), (None, None));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_ratio_tally_cannot_be_smuggled_beyond_its_slices() {
        let mut tally = RatioTally::ZERO;
        tally.add(counted(1, 3)).unwrap();
        let text = serde_json::to_string(&tally).unwrap();
        assert_eq!(serde_json::from_str::<RatioTally>(&text).unwrap(), tally);
        assert!(serde_json::from_str::<RatioTally>(&text.replace("\"slices\":1", "\"slices\":0")).is_err());
    }
}
