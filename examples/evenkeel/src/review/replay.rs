//! The history through the burn tracker and the alerts, tick by tick, as a service would have lived it.

use chrono::{DateTime, TimeDelta, Utc};
use slo_core::{
    Alert, AlertRule, AlertState, BurnTracker, Counts, Error, Resolution, RowEvaluation, RowVerdict, TrackerPlan,
};

use super::report::{AlertReport, RowReport};
use crate::book::Slo;

/// Beyond so many ticks windows are kept in buckets, within 2 % of their length.
const MOST_EXACT: usize = 200_000;

/// What the rows said over time and say at the end.
pub struct Replay {
    /// Every alert, by the instant it was first pending.
    pub alerts: Vec<AlertReport>,
    /// The rows at the end.
    pub rows: Vec<RowReport>,
    /// The burn rate in the longest window of the policy at the end.
    pub burn: Option<f64>,
    /// Whether windows were exact.
    pub exact: bool,
}

/// Replays `counts` up to `now`.
///
/// # Errors
/// As for [`BurnTracker::observe`] and [`BurnTracker::evaluate`].
pub fn replay(slo: &Slo, counts: &[(DateTime<Utc>, Counts)], now: DateTime<Utc>) -> Result<Replay, Error> {
    let mut plan = TrackerPlan::new(slo.objective, &slo.policy)?;
    let exact = counts.len() <= MOST_EXACT;
    if exact {
        let most_samples = u32::try_from(counts.len()).unwrap_or(u32::MAX).max(1);
        plan = plan.with_resolution(Resolution::Exact { most_samples })?;
    }
    let mut tracker = BurnTracker::with_plan(plan.into());
    let mut rows = Vec::new();
    for row in slo.policy.rows() {
        rows.push(Following::new(AlertRule::for_row(row, slo.keep_firing)?));
    }
    for (at, counts) in counts {
        tracker.observe(*at, *counts)?;
        let evaluation = tracker.evaluate(*at)?;
        for (row, following) in evaluation.rows().zip(&mut rows) {
            following.take(*at, &row)?;
        }
    }
    let now = tracker.latest().map_or(now, |latest| latest.max(now));
    let evaluation = tracker.evaluate(now)?;
    let longest = slo.policy.rows().iter().map(|row| row.long).max();
    let burn = longest.and_then(|window| evaluation.burn_rate(window));
    let mut reports = Vec::new();
    for (row, following) in evaluation.rows().zip(&mut rows) {
        following.take(now, &row)?;
        reports.push(report(&row, following.alert.is_firing()));
    }
    let mut alerts: Vec<_> = rows.into_iter().flat_map(|following| following.alerts).collect();
    alerts.sort_by_key(|alert| alert.pending_from);
    Ok(Replay { alerts, rows: reports, burn, exact })
}

/// One row's alert and what became of it.
struct Following {
    alert: Alert,
    alerts: Vec<AlertReport>,
}

impl Following {
    fn new(rule: AlertRule) -> Self {
        Self { alert: Alert::new(rule), alerts: Vec::new() }
    }

    fn take(&mut self, at: DateTime<Utc>, row: &RowEvaluation<'_>) -> Result<(), Error> {
        let Some(transition) = self.alert.handle(at, row.verdict.condition())? else { return Ok(()) };
        let begin = |firing_from| AlertReport {
            row: row.row.name.clone(),
            severity: row.row.severity.to_string(),
            pending_from: at,
            firing_from,
            until: None,
        };
        match (transition.from, transition.to) {
            (_, AlertState::Pending) => self.alerts.push(begin(None)),
            (AlertState::Pending, AlertState::Firing) => {
                if let Some(alert) = self.alerts.last_mut() {
                    alert.firing_from = Some(at);
                }
            }
            (_, AlertState::Firing) => self.alerts.push(begin(Some(at))),
            (_, AlertState::Inactive | AlertState::Resolved) => {
                if let Some(alert) = self.alerts.last_mut() {
                    alert.until = Some(at);
                }
            }
        }
        Ok(())
    }
}

fn report(row: &RowEvaluation<'_>, firing: bool) -> RowReport {
    let (long_burn, short_burn) = match row.verdict {
        RowVerdict::NoData { long, short } | RowVerdict::Quiet { long, short } => (long, short),
        RowVerdict::Exceeded { long, short } => (Some(long), short),
    };
    RowReport {
        name: row.row.name.clone(),
        severity: row.row.severity.to_string(),
        factor: row.row.factor.as_f64(),
        long_seconds: row.row.long.num_seconds(),
        long_burn,
        short_seconds: row.row.short.as_ref().map(TimeDelta::num_seconds),
        short_burn,
        firing,
        reason: row.to_string(),
    }
}
