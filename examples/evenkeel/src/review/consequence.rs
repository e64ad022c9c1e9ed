//! What the error-budget policy says of an objective: ship as usual, look twice, slow down, fix only.

use chrono::{DateTime, Utc};
use slo_core::consequence::{BudgetShare, Consequence, ErrorBudgetPolicy, Event, Verdict};

use super::report::BurnDownPoint;

/// The verdict at `now` of the default policy, having lived through `points`: a budget that was spent stays frozen
/// until more than a tenth is back. `None` without a budget.
#[must_use]
pub fn verdict(points: &[BurnDownPoint], now: DateTime<Utc>) -> Option<Verdict> {
    points.first()?;
    let mut machine = Consequence::new(ErrorBudgetPolicy::default());
    for point in points {
        let left = BudgetShare::nearest(point.remaining).ok()?;
        machine.handle(point.at, Event::Budget(left)).ok()?;
    }
    Some(machine.verdict(now))
}
