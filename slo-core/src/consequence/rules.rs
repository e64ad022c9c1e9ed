//! At which share of the budget which consequence begins and ends.

use std::fmt;

use crate::consequence::BudgetShare;
use crate::error::Error;

/// What an error budget allows, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum State {
    /// Ship as usual.
    Healthy,
    /// Ship, and look twice.
    Caution,
    /// Ship less, and reliability work first.
    Slow,
    /// Ship nothing but fixes.
    Frozen,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Healthy => "healthy",
            Self::Caution => "caution",
            Self::Slow => "slow",
            Self::Frozen => "frozen",
        })
    }
}

/// The thresholds of an [`ErrorBudgetPolicy`], as shares of the period's budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct Thresholds {
    /// Less than this left is caution.
    pub caution_below: BudgetShare,
    /// Less than this left is slow.
    pub slow_below: BudgetShare,
    /// This or less left is frozen.
    pub frozen_at: BudgetShare,
    /// Frozen until more than this is left.
    pub thaw_above: BudgetShare,
    /// Caution and slow are left when what is left has come back above their threshold by this.
    pub margin: BudgetShare,
    /// One incident that spends more than this demands a review.
    pub review_above: BudgetShare,
}

impl Default for Thresholds {
    /// Caution below 50 %, slow below 25 %, frozen at 0 until above 10 %, a review above 20 % (all from the
    /// family's design; 20 % as in the SRE Workbook, appendix B), a margin of 5 points.
    fn default() -> Self {
        let percent = |percent: i64| BudgetShare::from_parts_per_billion(percent.saturating_mul(10_000_000));
        Self {
            caution_below: percent(50),
            slow_below: percent(25),
            frozen_at: percent(0),
            thaw_above: percent(10),
            margin: percent(5),
            review_above: percent(20),
        }
    }
}

/// An error budget policy: thresholds in an order that makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(try_from = "Thresholds", into = "Thresholds")
)]
pub struct ErrorBudgetPolicy {
    // INVARIANT: frozen_at < slow_below <= caution_below, frozen_at <= thaw_above, 0 <= margin,
    // caution_below + margin <= 100 %, thaw_above < 100 %, 0 < review_above.
    thresholds: Thresholds,
}

impl ErrorBudgetPolicy {
    /// A policy with these thresholds.
    ///
    /// # Errors
    /// [`Error::Consequence`] naming every pair out of order: frozen < slow <= caution, frozen <= thaw, caution
    /// with its margin at most 100 % and thaw below it (there would be no way back), a margin of at least 0, a
    /// review threshold above 0.
    pub fn new(thresholds: Thresholds) -> Result<Self, Error> {
        let Thresholds { caution_below, slow_below, frozen_at, thaw_above, margin, review_above } = thresholds;
        let back = caution_below.plus(margin);
        let checks = [
            (frozen_at < slow_below, format!("frozen at {frozen_at} is not below slow, {slow_below}")),
            (slow_below <= caution_below, format!("slow below {slow_below} is above caution, {caution_below}")),
            (frozen_at <= thaw_above, format!("thaw above {thaw_above} is below frozen, {frozen_at}")),
            (thaw_above < BudgetShare::ALL, format!("thaw above {thaw_above} is never reached")),
            (margin >= BudgetShare::ZERO, format!("a margin of {margin} is below 0%")),
            (back <= BudgetShare::ALL, format!("caution with its margin ends at {back}, which is never reached")),
            (review_above > BudgetShare::ZERO, format!("a review above {review_above} is not above 0%")),
        ];
        let faults: Vec<_> = checks.into_iter().filter_map(|(holds, fault)| (!holds).then_some(fault)).collect();
        if faults.is_empty() { Ok(Self { thresholds }) } else { Err(Error::Consequence { reason: faults.join("; ") }) }
    }

    /// The thresholds.
    #[must_use]
    pub const fn thresholds(&self) -> &Thresholds {
        &self.thresholds
    }

    /// The state that follows `state` when `left` of the budget is left: worse at once, better only past the
    /// threshold and its margin.
    #[must_use]
    pub fn next(&self, state: State, left: BudgetShare) -> State {
        let entered = self.entered(left);
        if entered >= state {
            return entered;
        }
        if state == State::Frozen && left <= self.thresholds.thaw_above {
            return State::Frozen;
        }
        // INVARIANT: no better than what `left` would enter, since margins are at least 0.
        state.min(self.kept(left)).max(entered)
    }

    /// Whether one incident that spent `spent` demands a review.
    #[must_use]
    pub fn demands_review(&self, spent: BudgetShare) -> bool {
        spent > self.thresholds.review_above
    }

    /// What a machine that starts here would enter.
    fn entered(&self, left: BudgetShare) -> State {
        let Thresholds { caution_below, slow_below, frozen_at, .. } = self.thresholds;
        if left <= frozen_at {
            State::Frozen
        } else if left < slow_below {
            State::Slow
        } else if left < caution_below {
            State::Caution
        } else {
            State::Healthy
        }
    }

    /// The worst state, frozen apart, that is kept when what is left comes back.
    fn kept(&self, left: BudgetShare) -> State {
        let Thresholds { caution_below, slow_below, margin, .. } = self.thresholds;
        if left < slow_below.plus(margin) {
            State::Slow
        } else if left < caution_below.plus(margin) {
            State::Caution
        } else {
            State::Healthy
        }
    }

    /// The share at which `state` is left for a better one, and whether it must be exceeded (or only reached).
    pub(super) fn way_out(&self, state: State) -> Option<(BudgetShare, bool)> {
        let Thresholds { caution_below, slow_below, thaw_above, margin, .. } = self.thresholds;
        match state {
            State::Healthy => None,
            State::Caution => Some((caution_below.plus(margin), false)),
            State::Slow => Some((slow_below.plus(margin), false)),
            State::Frozen => Some((thaw_above, true)),
        }
    }
}

impl TryFrom<Thresholds> for ErrorBudgetPolicy {
    type Error = Error;

    fn try_from(thresholds: Thresholds) -> Result<Self, Error> {
        Self::new(thresholds)
    }
}

impl From<ErrorBudgetPolicy> for Thresholds {
    fn from(policy: ErrorBudgetPolicy) -> Self {
        policy.thresholds
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(text: &str) -> BudgetShare {
        text.parse().unwrap()
    }

    #[test]
    fn the_default_thresholds_are_a_policy() {
        assert_eq!(ErrorBudgetPolicy::new(Thresholds::default()), Ok(ErrorBudgetPolicy::default()));
    }

    #[test]
    fn every_pair_out_of_order_is_named() {
        let upside_down = Thresholds {
            caution_below: share("10%"),
            slow_below: share("20%"),
            frozen_at: share("30%"),
            thaw_above: share("0%"),
            margin: share("-1%"),
            review_above: share("0%"),
        };
        let error = ErrorBudgetPolicy::new(upside_down).unwrap_err().to_string();
        assert_eq!(error.matches(';').count(), 4, "{error}");
        let no_way_back = Thresholds { caution_below: share("99%"), ..Thresholds::default() };
        assert!(ErrorBudgetPolicy::new(no_way_back).unwrap_err().to_string().contains("104%, which is never reached"));
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_file_states_what_differs_from_the_defaults_and_is_checked() {
        let policy: ErrorBudgetPolicy = serde_json::from_str(r#"{"slow_below":"30%"}"#).unwrap();
        assert_eq!(policy.thresholds().slow_below, share("30%"));
        assert!(serde_json::from_str::<ErrorBudgetPolicy>(r#"{"slow_below":"60%"}"#).is_err());
        assert!(serde_json::from_str::<ErrorBudgetPolicy>(r#"{"slow":"30%"}"#).is_err());
    }
}
