//! The budget along one future.

use std::ops::Range;

use super::plan::{Plan, Position};
use crate::bootstrap::{Sum, Sums};
use crate::objective::BILLION;
use crate::sli::Counts;

/// The sums of one future from now to the end of each of its buckets; the first is now and nothing.
pub(super) fn walk(history: &[Counts], blocks: &[Range<usize>], path: &mut Vec<Sum>) {
    path.clear();
    let mut sum = Sum::default();
    path.push(sum);
    for block in blocks {
        for counts in history.get(block.clone()).unwrap_or_default() {
            sum = sum.plus(Sum::from(*counts));
            path.push(sum);
        }
    }
}

/// The budget of a plan, with the past that still counts in it.
pub(super) struct CurrentBudget<'a> {
    pub(super) plan: &'a Plan,
    pub(super) sums: Sums,
    pub(super) buckets: usize,
}

impl CurrentBudget<'_> {
    /// What the past still contributes to the period after `step` buckets.
    fn past(&self, step: usize) -> Sum {
        let left = match self.plan.position {
            Position::Rolling => self.plan.period.saturating_sub(step),
            Position::Aligned { elapsed } => elapsed,
        };
        self.sums.range(self.buckets.saturating_sub(left)..self.buckets)
    }

    /// The events that count in the period after `step` buckets of `path`. Of an aligned period the total is that
    /// of its end: what it allows is known only there.
    fn period(&self, path: &[Sum], step: usize) -> Sum {
        let at = |step: usize| path.get(step).copied().unwrap_or_default();
        let total = match self.plan.position {
            Position::Rolling => at(step).total,
            Position::Aligned { .. } => at(self.plan.horizon()).total,
        };
        self.past(step).plus(Sum { bad: at(step).bad, total })
    }

    pub(super) fn is_spent(&self, path: &[Sum], step: usize) -> bool {
        !self.period(path, step).keeps(self.plan.objective.allowed_parts_per_billion())
    }

    /// The remaining share; 1 without events.
    pub(super) fn remaining(&self, path: &[Sum], step: usize) -> f64 {
        let period = self.period(path, step);
        if period.total == 0 {
            return 1.0;
        }
        1.0 - float(period.bad) / float(period.total) / self.plan.objective.allowed_bad_fraction()
    }

    /// The bad events that fit beside those of the past, at every step.
    pub(super) fn safe_to_spend(&self, path: &[Sum]) -> u64 {
        let steps = match self.plan.position {
            Position::Rolling => 0..=self.plan.horizon(),
            Position::Aligned { .. } => self.plan.horizon()..=self.plan.horizon(),
        };
        let allowed = u128::from(self.plan.objective.allowed_parts_per_billion());
        let fits = |step: usize| {
            let allowance = self.period(path, step).total.saturating_mul(allowed);
            let allowance = allowance.checked_div(u128::from(BILLION)).unwrap_or(0);
            allowance.saturating_sub(self.past(step).bad)
        };
        whole(steps.map(fits).min().unwrap_or(0))
    }
}

/// As 64 bits; the most they hold for what they do not.
pub(super) fn whole(number: u128) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a share is a float; the cast is within one part in 2^53")]
const fn float(number: u128) -> f64 {
    number as f64
}
