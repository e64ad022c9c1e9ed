//! The gate: a burn rate alone does not fire a row, it must also be unlikely by chance.

use chrono::TimeDelta;
use measure_core::{Probability, Proportion};

use crate::alert::Condition;
use crate::burn::seconds;
use crate::error::{Error, in_words};
use crate::factor::Factor;
use crate::objective::Objective;
use crate::sli::Counts;

/// Lets a row fire only if the bad events of its long window are too many for chance: if
/// `P(X >= bad) <= alpha` for `X ~ Binomial(total, allowed error ratio)`, computed exactly.
///
/// `alpha` is what one look at one window may fire by chance; 1e-4 unless stated.
///
/// ```
/// use slo_core::{Counts, low_traffic::Gate};
/// let (gate, objective, factor) = (Gate::default(), "99.9%".parse()?, "14.4".parse()?);
/// // One bad request of ten is 100 times the allowed ratio, and yet chance does it once in a hundred.
/// let verdict = gate.judge(factor, objective, Counts::from_bad(1, 10)?, None);
/// assert!(!verdict.fires());
/// assert_eq!(verdict.bad_needed(), Some(2));
/// assert!(gate.judge(factor, objective, Counts::from_bad(2, 10)?, None).fires());
/// # Ok::<(), slo_core::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "f64", into = "f64"))]
pub struct Gate {
    // INVARIANT: in (0, 1).
    alpha: f64,
}

impl Gate {
    /// A gate that chance passes with probability `alpha` at one look.
    ///
    /// # Errors
    /// [`Error::NumberOutOfRange`] unless `0 < alpha < 1`.
    pub fn new(alpha: f64) -> Result<Self, Error> {
        if alpha > 0.0 && alpha < 1.0 {
            Ok(Self { alpha })
        } else {
            let bound = "0 and 1, both excluded".to_owned();
            Err(Error::NumberOutOfRange { what: "alpha", given: alpha.to_string(), bound })
        }
    }

    /// The gate for `accepted` false alarms per `period` of a row with the window `long`: a period holds
    /// `period / long` windows that share no event, so `alpha = accepted x long / period`.
    ///
    /// # Errors
    /// [`Error::DurationOutOfRange`] for a length that is not positive, [`Error::NumberOutOfRange`] when `alpha`
    /// comes out outside `(0, 1)`.
    pub fn from_false_alarms(accepted: f64, period: TimeDelta, long: TimeDelta) -> Result<Self, Error> {
        let positive = |what, length| {
            let bound = || Error::DurationOutOfRange { what, given: in_words(length), bound: "292 years".to_owned() };
            seconds(length).ok_or_else(bound)
        };
        Self::new(accepted * positive("the long window", long)? / positive("the period", period)?)
    }

    /// What one look may pass by chance, in `(0, 1)`.
    #[must_use]
    pub const fn alpha(self) -> f64 {
        self.alpha
    }

    /// Whether a row of `factor` fires on the counts of its windows; `short` is `None` for a row without a short
    /// window.
    #[must_use]
    pub fn judge(self, factor: Factor, objective: Objective, long: Counts, short: Option<Counts>) -> GateVerdict {
        let verdict = |outcome, tail| GateVerdict { outcome, counts: long, tail, gate: self, factor, objective };
        let threshold = factor.threshold(objective);
        let tail = if long.is_empty() { 1.0 } else { self.tail(long.bad(), long.total(), objective) };
        let outcome = match Condition::of_windows(threshold, long, short.unwrap_or(long)) {
            Condition::Clear => GateOutcome::BelowFactor,
            Condition::NoData => GateOutcome::NoEvents,
            Condition::Holds if tail <= self.alpha => GateOutcome::Fires,
            Condition::Holds => GateOutcome::MayBeChance,
        };
        verdict(outcome, tail)
    }

    /// The fewest bad events among `total` that are too many for chance, whatever the factor; `None` when even
    /// `total` bad ones would not be.
    #[must_use]
    pub fn least_bad(self, total: u64, objective: Objective) -> Option<u64> {
        least(total, |bad| self.tail(bad, total, objective) <= self.alpha)
    }

    /// The fewest bad events among `total` that fire a row of `factor` by its long window: above the factor and
    /// too many for chance. `None` when even `total` bad ones do not.
    #[must_use]
    pub fn bad_needed(self, factor: Factor, objective: Objective, total: u64) -> Option<u64> {
        let threshold = factor.threshold(objective);
        let above = |bad| Counts::from_bad(bad, total).is_ok_and(|counts| threshold.is_exceeded(counts));
        Some(self.least_bad(total, objective)?.max(least(total, above)?))
    }

    /// `P(X >= bad)` for a service at its objective.
    pub(super) fn tail(self, bad: u64, total: u64, objective: Objective) -> f64 {
        tail(bad, total, objective.allowed_bad_fraction())
    }
}

impl Default for Gate {
    fn default() -> Self {
        Self { alpha: 1e-4 }
    }
}

impl TryFrom<f64> for Gate {
    type Error = Error;

    fn try_from(alpha: f64) -> Result<Self, Error> {
        Self::new(alpha)
    }
}

impl From<Gate> for f64 {
    fn from(gate: Gate) -> Self {
        gate.alpha
    }
}

/// What became of a row at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "kebab-case"))]
pub enum GateOutcome {
    /// No window with events is quiet, and one has no events: nothing to judge, as in
    /// [`RowVerdict::NoData`](crate::RowVerdict::NoData).
    NoEvents,
    /// At least one window is at or below the factor.
    BelowFactor,
    /// The burn rate is above the factor, but chance alone may do that.
    MayBeChance,
    /// Above the factor and too many for chance.
    Fires,
}

/// A row at the gate, with the numbers that decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GateVerdict {
    outcome: GateOutcome,
    counts: Counts,
    tail: f64,
    gate: Gate,
    factor: Factor,
    objective: Objective,
}

impl GateVerdict {
    /// What became of the row.
    #[must_use]
    pub const fn outcome(&self) -> GateOutcome {
        self.outcome
    }

    /// Whether the row fires.
    #[must_use]
    pub const fn fires(&self) -> bool {
        matches!(self.outcome, GateOutcome::Fires)
    }

    /// The counts of the long window.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// How often chance does this or worse to a service at its objective, in `[0, 1]`; 1 without events.
    #[must_use]
    pub const fn tail(&self) -> f64 {
        self.tail
    }

    /// What `tail` is compared with.
    #[must_use]
    pub const fn gate(&self) -> Gate {
        self.gate
    }

    /// How many bad events the long window would need at its total; see [`Gate::bad_needed`].
    #[must_use]
    pub fn bad_needed(&self) -> Option<u64> {
        self.gate.bad_needed(self.factor, self.objective, self.counts.total())
    }
}

/// `P(X >= bad)` for `X ~ Binomial(total, ratio)`.
pub(super) fn tail(bad: u64, total: u64, ratio: f64) -> f64 {
    match (Proportion::new(bad, total), Probability::new(ratio)) {
        (Ok(bad), Ok(ratio)) => bad.tail_at_least(ratio).get(),
        // More bad events than events do not happen.
        _ => 0.0,
    }
}

/// The least number in `1..=most` for which `holds`, which must stay true once it is.
pub(super) fn least(most: u64, holds: impl Fn(u64) -> bool) -> Option<u64> {
    if most == 0 || !holds(most) {
        return None;
    }
    let (mut low, mut high) = (1, most);
    while low < high {
        let middle = low.midpoint(high);
        if holds(middle) {
            high = middle;
        } else {
            low = middle.saturating_add(1);
        }
    }
    Some(low)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objective() -> Objective {
        "99.9%".parse().unwrap()
    }

    #[test]
    fn bad_events_needed_are_those_of_the_notes() {
        let gate = Gate::from_false_alarms(0.05, TimeDelta::days(30), TimeDelta::hours(1)).unwrap();
        assert!((gate.alpha() / 6.944e-5 - 1.0).abs() < 1e-3);
        for (totals, bad) in [
            (1..=1, None),
            (2..=10, Some(2)),
            (50..=70, Some(3)),
            (100..=100, Some(4)),
            (300..=300, Some(5)),
            (1000..=1000, Some(8)),
        ] {
            for total in totals {
                assert_eq!(gate.least_bad(total, objective()), bad, "{total}");
            }
        }
        // Above some hundred requests the factor asks for more than chance does.
        assert_eq!(gate.bad_needed("14.4".parse().unwrap(), objective(), 1_000), Some(15));
    }

    #[test]
    fn the_short_window_counts_too() {
        let counts = |bad, total| Counts::from_bad(bad, total).unwrap();
        let judge = |short| Gate::default().judge("14.4".parse().unwrap(), objective(), counts(5, 50), short).outcome();
        assert_eq!(judge(Some(counts(0, 4))), GateOutcome::BelowFactor);
        assert_eq!(judge(Some(Counts::ZERO)), GateOutcome::NoEvents);
        assert_eq!(judge(Some(counts(1, 4))), GateOutcome::Fires);
        assert_eq!(judge(None), GateOutcome::Fires);
    }

    #[test]
    fn no_events_are_no_alarm() {
        let verdict = Gate::default().judge("1".parse().unwrap(), objective(), Counts::ZERO, None);
        assert_eq!((verdict.outcome(), verdict.tail(), verdict.bad_needed()), (GateOutcome::NoEvents, 1.0, None));
    }

    #[test]
    fn alpha_is_checked() {
        for alpha in [0.0, 1.0, f64::NAN, -1.0] {
            assert!(Gate::new(alpha).is_err(), "{alpha}");
        }
        assert!(Gate::from_false_alarms(1.0, TimeDelta::zero(), TimeDelta::hours(1)).is_err());
        assert!(Gate::from_false_alarms(2.0, TimeDelta::hours(1), TimeDelta::hours(1)).is_err());
    }
}
