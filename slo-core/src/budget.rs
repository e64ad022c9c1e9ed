//! Error budgets: what may go wrong, what did, and what is left, in integers.

use chrono::TimeDelta;

use crate::error::Error;
use crate::factor::nanoseconds;
use crate::objective::{BILLION, Objective};
use crate::sli::Counts;

/// What a budget is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Unit {
    /// Requests, checks: the method Occurrences.
    Events,
    /// Time slices: the methods Timeslices and RatioTimeslices.
    Slices,
    /// Nanoseconds of downtime.
    Nanoseconds,
}

/// An error budget: exact, in units and billionths of a unit.
///
/// A budget of 99.9 % of 1,000,000 events is 1,000 events, not 999.9999999999432. Whole units are given by
/// floor for what is allowed and left, and by ceiling for what is consumed and overspent, so rounding never
/// flatters.
///
/// ```
/// use slo_core::{Budget, Counts};
/// let budget = Budget::of_events("99.9%".parse()?, Counts::from_bad(250, 1_000_000)?);
/// assert_eq!((budget.allowed(), budget.consumed(), budget.remaining()), (1_000, 250, 750));
/// assert_eq!(budget.remaining_ratio(), Some(0.75));
///
/// // No traffic is no budget spent and no ratio, not a NaN.
/// let quiet = Budget::of_events("99.9%".parse()?, Counts::ZERO);
/// assert_eq!((quiet.remaining(), quiet.remaining_ratio()), (0, None));
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "RawBudget", into = "RawBudget")
)]
pub struct Budget {
    unit: Unit,
    objective: Objective,
    /// Units counted, or planned for the whole period.
    total: u64,
    /// Bad units in 10^-18: at most 2^64 x 10^18, which 128 bits hold.
    // INVARIANT: at most total x 10^18.
    spent: u128,
}

/// 10^-18 of a unit: fine enough for the sum of a thousand million slice ratios to be right to 10^-9.
pub(crate) const UNIT: u128 = 1_000_000_000_000_000_000;
/// 10^-18 to a billionth.
const PER_BILLIONTH: u128 = 1_000_000_000;

impl Budget {
    /// The budget in events: OpenSLO's method Occurrences.
    #[must_use]
    pub fn of_events(objective: Objective, counts: Counts) -> Self {
        Self::whole(Unit::Events, objective, counts)
    }

    /// The budget in time of a `period` of which `down` was bad.
    ///
    /// # Errors
    /// [`Error::DurationOutOfRange`] unless `0 <= down <= period` and the period is positive.
    ///
    /// ```
    /// use slo_core::Budget;
    /// use chrono::TimeDelta;
    /// let month = Budget::of_time("99.9%".parse()?, TimeDelta::days(30), TimeDelta::minutes(5))?;
    /// assert_eq!(month.allowed(), 43 * 60_000_000_000 + 12_000_000_000); // 43 min 12 s
    /// # Ok::<(), slo_core::Error>(())
    /// ```
    pub fn of_time(objective: Objective, period: TimeDelta, down: TimeDelta) -> Result<Self, Error> {
        let fault = |what, length: TimeDelta, bound: TimeDelta| Error::DurationOutOfRange {
            what,
            given: crate::error::in_words(length),
            bound: crate::error::in_words(bound),
        };
        nanoseconds("the period", period)?;
        let nanos = |what, length: TimeDelta| {
            length.num_nanoseconds().and_then(|n| u64::try_from(n).ok()).ok_or_else(|| fault(what, length, period))
        };
        let (total, bad) = (nanos("the period", period)?, nanos("downtime", down)?);
        let counts = Counts::from_bad(bad, total).map_err(|_| fault("downtime", down, period))?;
        Ok(Self::whole(Unit::Nanoseconds, objective, counts))
    }

    pub(crate) fn whole(unit: Unit, objective: Objective, counts: Counts) -> Self {
        let spent = u128::from(counts.bad()).saturating_mul(UNIT);
        Self { unit, objective, total: counts.total(), spent }
    }

    /// A budget whose consumption has fractions: RatioTimeslices. `spent` is in 10^-18 of a unit.
    pub(crate) fn fractional(unit: Unit, objective: Objective, total: u64, spent: u128) -> Self {
        Self { unit, objective, total, spent: spent.min(u128::from(total).saturating_mul(UNIT)) }
    }

    /// The same consumption against the allowance of `total` units: what a whole calendar period will allow,
    /// known before it is over for slices and time, or planned for events.
    ///
    /// # Errors
    /// [`Error::BadExceedsTotal`] when more units were bad already than `total`.
    pub fn with_total(self, total: u64) -> Result<Self, Error> {
        if self.spent > u128::from(total).saturating_mul(UNIT) {
            return Err(Error::BadExceedsTotal { bad: self.consumed(), total });
        }
        Ok(Self { total, ..self })
    }

    /// What the budget is counted in.
    #[must_use]
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// The objective that it follows from.
    #[must_use]
    pub const fn objective(&self) -> Objective {
        self.objective
    }

    /// All units that the allowance is a share of.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.total
    }

    /// Bad units allowed, exactly, in billionths of a unit.
    #[must_use]
    pub fn allowed_billionths(&self) -> u128 {
        u128::from(self.objective.allowed_parts_per_billion()).saturating_mul(u128::from(self.total))
    }

    /// Bad units so far, in billionths of a unit, by ceiling (exact but for the method RatioTimeslices).
    #[must_use]
    pub const fn consumed_billionths(&self) -> u128 {
        self.spent.div_ceil(PER_BILLIONTH)
    }

    /// Whole bad units allowed.
    #[must_use]
    pub fn allowed(&self) -> u64 {
        whole_units(self.allowed_billionths())
    }

    /// Whole bad units so far, by ceiling (exact but for the method RatioTimeslices).
    #[must_use]
    pub fn consumed(&self) -> u64 {
        u64::try_from(self.spent.div_ceil(UNIT)).unwrap_or(u64::MAX)
    }

    /// Whole units that may still go wrong; 0 when overspent.
    #[must_use]
    pub fn remaining(&self) -> u64 {
        whole_units(self.allowed_billionths().saturating_sub(self.consumed_billionths()))
    }

    /// What is left in billionths of a unit; below 0 when overspent.
    #[must_use]
    pub fn remaining_billionths(&self) -> i128 {
        let part = |billionths: u128| i128::try_from(billionths).unwrap_or(i128::MAX);
        part(self.allowed_billionths()).saturating_sub(part(self.consumed_billionths()))
    }

    /// Whole units beyond the allowance, by ceiling; 0 unless overspent.
    #[must_use]
    pub fn overspent(&self) -> u64 {
        let beyond = self.consumed_billionths().saturating_sub(self.allowed_billionths());
        u64::try_from(beyond.div_ceil(u128::from(BILLION))).unwrap_or(u64::MAX)
    }

    /// Whether more went wrong than was allowed. A budget spent to the last unit is not overspent.
    #[must_use]
    pub fn is_overspent(&self) -> bool {
        self.spent > self.allowance()
    }

    /// The share of the budget that is left: 1 untouched, 0 spent, below 0 overspent; `None` without units.
    #[must_use]
    pub fn remaining_ratio(&self) -> Option<f64> {
        let difference = |of: u128, from: u128| as_f64(from.saturating_sub(of));
        let allowance = self.allowance();
        (allowance != 0)
            .then(|| (difference(self.spent, allowance) - difference(allowance, self.spent)) / as_f64(allowance))
    }

    /// The share of good units, in `[0, 1]`; `None` without units.
    #[must_use]
    pub fn success_ratio(&self) -> Option<f64> {
        let total = u128::from(self.total).saturating_mul(UNIT);
        (total != 0).then(|| as_f64(total.saturating_sub(self.spent)) / as_f64(total))
    }

    /// The allowance in 10^-18 of a unit: below 10^9 x 2^64 x 10^9.
    fn allowance(&self) -> u128 {
        self.allowed_billionths().saturating_mul(PER_BILLIONTH)
    }
}

fn whole_units(billionths: u128) -> u64 {
    u64::try_from(billionths.checked_div(u128::from(BILLION)).unwrap_or(0)).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a ratio is a float; the cast is within one part in 2^53")]
const fn as_f64(number: u128) -> f64 {
    number as f64
}

/// The shape in a file: the consumption as text, since JSON numbers end at 2^53.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBudget {
    unit: Unit,
    objective: Objective,
    total: u64,
    spent_quintillionths: String,
}

#[cfg(feature = "serde")]
impl TryFrom<RawBudget> for Budget {
    type Error = Error;

    fn try_from(raw: RawBudget) -> Result<Self, Error> {
        let spent: u128 = raw.spent_quintillionths.parse().map_err(|_| Error::NumberOutOfRange {
            what: "the budget spent",
            given: raw.spent_quintillionths.clone(),
            bound: "0 and the total".to_owned(),
        })?;
        if spent > u128::from(raw.total).saturating_mul(UNIT) {
            let bad = u64::try_from(spent.div_ceil(UNIT)).unwrap_or(u64::MAX);
            return Err(Error::BadExceedsTotal { bad, total: raw.total });
        }
        Ok(Self { unit: raw.unit, objective: raw.objective, total: raw.total, spent })
    }
}

#[cfg(feature = "serde")]
impl From<Budget> for RawBudget {
    fn from(budget: Budget) -> Self {
        Self {
            unit: budget.unit,
            objective: budget.objective,
            total: budget.total,
            spent_quintillionths: budget.spent.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(objective: &str, bad: u64, total: u64) -> Budget {
        Budget::of_events(objective.parse().unwrap(), Counts::from_bad(bad, total).unwrap())
    }

    #[test]
    fn a_thousandth_of_a_million_is_exactly_a_thousand() {
        let budget = of("99.9%", 1_000, 1_000_000);
        assert_eq!((budget.allowed(), budget.remaining(), budget.overspent()), (1_000, 0, 0));
        assert!(!budget.is_overspent());
        assert_eq!(budget.remaining_ratio(), Some(0.0));
        assert!(of("99.9%", 1_001, 1_000_000).is_overspent());
    }

    #[test]
    fn rounding_never_flatters() {
        let budget = of("99.9%", 2, 1_500);
        assert_eq!((budget.allowed(), budget.remaining(), budget.overspent()), (1, 0, 1));
        assert_eq!(budget.remaining_billionths(), -500_000_000);
        let sliver = Budget::fractional(Unit::Slices, "90%".parse().unwrap(), 10, 1);
        assert_eq!((sliver.allowed(), sliver.consumed(), sliver.remaining()), (1, 1, 0));
    }

    #[test]
    fn the_limits_of_64_bits_hold() {
        let budget = of("99.9999999%", u64::MAX, u64::MAX);
        assert_eq!(budget.allowed(), 18_446_744_073);
        assert_eq!(budget.overspent(), u64::MAX - 18_446_744_073);
        assert!((budget.remaining_ratio().unwrap() + 999_999_999.0).abs() < 1e-3);
        assert_eq!(of("0.0000001%", 0, u64::MAX).remaining_ratio(), Some(1.0));
    }

    #[test]
    fn downtime_beyond_the_period_is_refused() {
        let objective = "99.9%".parse().unwrap();
        let day = TimeDelta::days(1);
        assert!(Budget::of_time(objective, day, TimeDelta::days(2)).is_err());
        assert!(Budget::of_time(objective, day, TimeDelta::seconds(-1)).is_err());
        assert!(Budget::of_time(objective, TimeDelta::zero(), TimeDelta::zero()).is_err());
        assert_eq!(Budget::of_time(objective, day, day).unwrap().success_ratio(), Some(0.0));
    }

    #[test]
    fn a_planned_total_changes_the_allowance_alone() {
        let budget = of("99%", 3, 100).with_total(1_000).unwrap();
        assert_eq!((budget.allowed(), budget.remaining()), (10, 7));
        assert!(of("99%", 3, 100).with_total(2).is_err());
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_budget_survives_json() {
        let budget = of("99.95%", 7, u64::MAX);
        let text = serde_json::to_string(&budget).unwrap();
        assert_eq!(serde_json::from_str::<Budget>(&text).unwrap(), budget);
        let smuggled = text.replace("\"7000000000000000000\"", "\"99999999999999999999999999999999999999\"");
        assert!(smuggled != text && serde_json::from_str::<Budget>(&smuggled).is_err());
    }
}
